/** Checks of arguments that every part of the engine takes. */

const kindOf = (given: unknown) => (given === null ? 'null' : typeof given);

/** @throws TypeError that names the argument, unless it is an object. */
export function checkObject(name: string, given: unknown, expected = 'an object'): void {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${name}: expected ${expected}, got ${kindOf(given)}`);
}

/** A value for a message: text in quotes, so that "1" is not taken for 1. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
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
