/**
 * The address names the open section and those of its settings that are not as it was opened with: `#attention?L=64&K=3`.
 * So reload, Back and a link that is passed on bring them back.
 */

/** A setting as text. */
export interface Control {
  name: string;
  read(): string;
  /** Takes what `read` gave; leaves the control as it is for what it does not know. */
  write(text: string): void;
}

/** What each section's part of the address is, for those that are not open. */
const parts = new Map<string, string>();

/** Open where the address names none. */
const FIRST_SECTION = 'attention';

export function addressedSection(): string {
  return location.hash.slice(1).split('?')[0] || FIRST_SECTION;
}

/** Opens a section in the address, with the settings that it had last. */
export function openInAddress(section: string): void {
  if (section !== addressedSection()) go(parts.get(section) || section);
}

function go(part: string): void {
  // Not location.hash: the browser would scroll to the panel.
  if (`#${part}` !== location.hash) history.pushState(null, '', `#${part}`);
}

/**
 * Keeps the settings of a section in the address.
 *
 * @param onRestore called when the address brought other settings: Back, or a link; at the start it is for the caller to look
 * @returns to be called when a user changed something
 */
export function keepInAddress(
  section: string,
  controls: readonly Control[],
  onRestore: () => void,
): () => void {
  const initial = new Map(controls.map((control) => [control, control.read()]));
  const restore = () => {
    const settings = new URLSearchParams(location.hash.split('?')[1]);
    for (const control of controls) {
      control.write(initial.get(control)!);
      const text = settings.get(control.name);
      if (text !== null) control.write(text);
    }
    parts.set(section, location.hash.slice(1));
  };
  if (addressedSection() === section) restore();
  window.addEventListener('popstate', () => {
    if (addressedSection() !== section || parts.get(section) === location.hash.slice(1)) return;
    restore();
    onRestore();
  });
  return () => {
    const changed = controls.filter((control) => control.read() !== initial.get(control));
    const query = changed.map(({ name, read }) => `${name}=${encodeURIComponent(read())}`).join('&');
    parts.set(section, query === '' ? section : `${section}?${query}`);
    go(parts.get(section)!);
  };
}

/** The named controls of a form: lists, boxes and numbers. Boxes of one name are one setting, the values that are checked. */
export function formControls(form: HTMLFormElement): Control[] {
  const controls = new Map<string, Control>();
  for (const field of form.elements) {
    if (field instanceof HTMLInputElement && field.type === 'checkbox' && field.name !== '') {
      const boxes = Array.from(form.querySelectorAll<HTMLInputElement>(`input[name="${field.name}"]`));
      controls.set(field.name, {
        name: field.name,
        read: () => boxes.flatMap(({ checked, value }) => (checked ? [value] : [])).join(),
        write: (text) => {
          const checked = text.split(',');
          for (const box of boxes) box.checked = checked.includes(box.value);
        },
      });
    } else if (field instanceof HTMLSelectElement && field.name !== '')
      controls.set(field.name, {
        name: field.name,
        read: () => field.value,
        write: (text) => {
          if (Array.from(field.options).some(({ value }) => value === text)) field.value = text;
        },
      });
  }
  return [...controls.values()];
}
