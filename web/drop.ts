/** A place where a file can be dropped, or chosen by its input. */
export function acceptFile(area: HTMLElement, input: HTMLInputElement, onFile: (file: File) => void): void {
  const mark = (over: boolean) => area.classList.toggle('over', over);
  area.addEventListener('dragover', (event) => {
    event.preventDefault();
    mark(true);
  });
  area.addEventListener('dragleave', () => mark(false));
  area.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(false);
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) onFile(file);
    // The same file may be chosen again.
    input.value = '';
  });
}
