/** What takes a file that is dropped, by the panel of its section. */
const takers = new Map<Element, { area: HTMLElement; onFile: (file: File) => void }>();

/** A section that takes files: dropped anywhere on the page while it is open, or chosen by its input. */
export function acceptFile(area: HTMLElement, input: HTMLInputElement, onFile: (file: File) => void): void {
  takers.set(area.closest('[role=tabpanel]')!, { area, onFile });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) onFile(file);
    // The same file may be chosen again.
    input.value = '';
  });
}

/** Gives files that are dropped on the page to the open section. No drop leaves the page for the file itself. */
export function catchDrops(page: HTMLElement): void {
  const open = () => [...takers].find(([panel]) => !(panel as HTMLElement).hidden)?.[1];
  const mark = (over: boolean) => {
    for (const { area } of takers.values()) area.classList.toggle('over', over && area === open()?.area);
  };
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false;
  page.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const taker = open();
    if (!taker) event.dataTransfer!.dropEffect = 'none';
    mark(true);
  });
  page.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!relatedTarget) mark(false);
  });
  page.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(false);
    const file = event.dataTransfer!.files[0];
    if (file) open()?.onFile(file);
  });
}
