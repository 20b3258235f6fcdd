import { unbroken } from '#hw2/format/numbers.js';

/** The element of an id, of the type that the page gives it. @throws Error when index.html has no such element */
export function elementOf<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} with id ${id}`);
  return element;
}

/** Writes a text that may hold numbers with units, which stay on one line. */
export function write(target: Element, text: string): void {
  target.textContent = unbroken(text);
}

/** Writes what went wrong, or was taken back, and a button beside it that does it again. */
export function offerAgain(target: Element, text: string, again: () => void): void {
  const button = element('button', { type: 'button' }, 'Try again');
  button.addEventListener('click', again);
  target.replaceChildren(unbroken(`${text} `), button);
}

/** An element with text or children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value);
  created.append(...children.map((child) => (typeof child === 'string' ? unbroken(child) : child)));
  return created;
}
