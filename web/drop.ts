/** What takes a file that is dropped, by the id of its section. */
const takers = new Map<string, { area: HTMLElement; onFile: (file: File) => void }>();

/** The section for a kind of file. */
function sectionFor({ type, name }: File): string | undefined {
  if (type.startsWith('image/') || /\.(png|jpe?g)$/i.test(name)) return 'images';
  return type.startsWith('audio/') || /\.wav$/i.test(name) ? 'speech' : undefined;
}

/** A section that takes files: dropped anywhere on the page while it is open, or chosen by its input. */
export function acceptFile(area: HTMLElement, input: HTMLInputElement, onFile: (file: File) => void): void {
  takers.set(area.closest('[role=tabpanel]')!.id, { area, onFile });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) onFile(file);
    // The same file may be chosen again.
    input.value = '';
  });
}

/**
 * Gives a file that is dropped on the page to the section for its kind, which is opened; one of no known kind to the open section, if
 * that takes files, to say so. No drop leaves the page for the file itself.
 *
 * @param openSection resolves when the section has started
 * @param say told why a file is not taken
 */
export function catchDrops(
  page: HTMLElement,
  openSection: (id: string) => Promise<void>,
  say: (text: string) => void,
): void {
  const open = () => page.querySelector('[role=tabpanel]:not([hidden])')!.id;
  const mark = (over: boolean) => {
    for (const [id, { area }] of takers) area.classList.toggle('over', over && id === open());
  };
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false;
  page.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  page.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!relatedTarget) mark(false);
  });
  page.addEventListener('drop', async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(false);
    const file = event.dataTransfer!.files[0];
    if (!file) return;
    const id = sectionFor(file) ?? (takers.has(open()) ? open() : undefined);
    if (id === undefined) return say(`${file.name}: this page takes pictures (PNG, JPEG) and sounds.`);
    await openSection(id);
    takers.get(id)?.onFile(file);
  });
}
