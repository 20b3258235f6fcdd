/** Checks of arguments that every part of the engine takes. */

const kindOf = (given: unknown) => (given === null ? 'null' : typeof given);

/** @throws TypeError that names the argument, unless it is an object. */
export function checkObject(name: string, given: unknown, expected = 'an object'): void {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${name}: expected ${expected}, got ${kindOf(given)}`);
}

/** Refuses what is no object, and names that a call does not know. */
export function checkNames(kind: 'input' | 'option', given: object, known: readonly string[]): void {
  checkObject(`${kind}s`, given);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`${unknown}: unknown ${kind}, expected one of ${known.join(', ')}`);
}

/** The greatest of numbers from 0, however many there are: Math.max takes no more than a stack holds. */
export const greatest = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b), 0);

/** More of a text is not shown. */
const MAX_SHOWN = 100;

/** The beginning of a text, for a message. */
export const cut = (text: string) => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

/**
 * Reads what may throw when it is read, such as a tensor that lies on another device.
 * @throws TypeError that names the argument
 */
export function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`${name}: cannot be read (${(cause as Error | undefined)?.message})`, { cause });
  }
}

/**
 * A value for a message, whatever it is: text in quotes and a bigint with its n, so that neither is taken for a number. An object
 * or a symbol is only named, for its own conversion to text can throw.
 */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (typeof value === 'bigint') return cut(`${value}n`);
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** @throws TypeError that names the option, unless it is true, false or left out. */
export function checkFlag(name: string, given: unknown): void {
  if (given !== undefined && given !== null && typeof given !== 'boolean')
    throw new TypeError(`${name}: given ${shown(given)}, expected true or false`);
}

/** @throws RangeError that names the argument, unless it is a whole number of that range. */
export function checkWhole(name: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new RangeError(`${name}: given ${shown(value)}, expected a whole number from 1 to ${most}`);
}

/** @throws TypeError that names the argument, unless it is a list of numbers, in an array of any kind. */
export function checkNumbers(name: string, given: unknown): void {
  if (!Array.isArray(given) && !ArrayBuffer.isView(given))
    throw new TypeError(`${name}: expected an array, got ${kindOf(given)}`);
}

/** @throws TypeError unless it is what createEngine made, also by another copy of this package. */
export function checkEngine(given: unknown): void {
  if (typeof (given as { exclusive?: unknown } | null | undefined)?.exclusive !== 'function')
    throw new TypeError(`engine: expected what createEngine made, got ${kindOf(given)}`);
}

/**
 * The bytes of a file, in any view and at any offset. They are a plain Uint8Array: slice() of a Buffer, which fs.readFile
 * gives, copies nothing.
 * @throws TypeError unless bytes are given.
 */
export function checkBytes(given: Uint8Array): { bytes: Uint8Array; view: DataView } {
  if (!ArrayBuffer.isView(given)) throw new TypeError(`bytes: expected a Uint8Array, got ${kindOf(given)}`);
  const { buffer, byteOffset, byteLength } = given;
  return {
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
  };
}
