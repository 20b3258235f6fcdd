import { DataError } from './error.js';
import { arrayBytes, type ElementType, fromBytes, type NdArray, toRowMajor } from './ndarray.js';
import { beyondLimit } from './size-limit.js';

const MAGIC = '\x93NUMPY';
/** What numpy itself accepts without being told to trust the file. */
const MAX_HEADER_BYTES = 10_000;

const types: Record<string, ElementType> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  b1: 'bool',
};

/** Other names that numpy reads as the same types: letters of C's types where they have one size everywhere, and words. */
const aliases: Record<string, string> = {
  ...{
    e: 'f2',
    f: 'f4',
    d: 'f8',
    b: 'i1',
    B: 'u1',
    h: 'i2',
    H: 'u2',
    i: 'i4',
    I: 'u4',
    q: 'i8',
    Q: 'u8',
    '?': 'b1',
  },
  ...{ float16: 'f2', float32: 'f4', float64: 'f8', half: 'f2', single: 'f4', double: 'f8', float: 'f8' },
  ...{
    int8: 'i1',
    uint8: 'u1',
    int16: 'i2',
    uint16: 'u2',
    int32: 'i4',
    uint32: 'u4',
    int64: 'i8',
    uint64: 'u8',
  },
  ...{ bool: 'b1' },
};

/** What numpy calls types that are not read here, by the first letter of their code. */
const OTHER_TYPES: Readonly<Record<string, string>> = {
  ...{ c: 'complex numbers', U: 'text', S: 'text', a: 'text', M: 'dates', m: 'time spans' },
  ...{ V: 'raw or structured data', O: 'pickled Python objects' },
};

/**
 * Reads one array in numpy's .npy format, versions 1 to 3, of numbers or booleans in either byte order. Arrays saved in
 * Fortran order are put into row-major order. The data is a view of `bytes` where it can be; like numpy, this does not
 * look at what follows it.
 *
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param source names the array in messages
 * @throws DataError
 */
export function parseNpy(bytes: Uint8Array, source: string): NdArray {
  const { header, end } = readHeader(bytes, source);
  const { type, isLittle } = elementType(header, source);
  const dims = shape(header, source);
  const needed = Math.min(arrayBytes(type, dims), bytes.length - end);
  const array = fromBytes(bytes.subarray(end, end + needed), type, dims, source, isLittle);
  return fortranOrder(header, source) ? toRowMajor(array) : array;
}

function readHeader(bytes: Uint8Array, source: string): { header: string; end: number } {
  if (bytes.length < 12 || latin1(bytes.subarray(0, 6)) !== MAGIC)
    throw new DataError(`${source}: not a .npy array (it does not begin with \\x93NUMPY)`);
  const version = bytes[6]!;
  if (version < 1 || version > 3)
    throw new DataError(`${source}: .npy version ${version}; 1 to 3 can be read`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES)
    throw new DataError(`${source}: .npy header of ${beyondLimit(length, MAX_HEADER_BYTES)}`);
  if (start + length > bytes.length) throw new DataError(`${source}: cut off inside the .npy header`);
  return { header: latin1(bytes.subarray(start, start + length)), end: start + length };
}

function elementType(header: string, source: string): { type: ElementType; isLittle: boolean } {
  const descr = field(header, 'descr', /[ub]?'([^']*)'|[ub]?"([^"]*)"|(\[)/, source);
  if (descr === '[')
    throw new DataError(`${source}: structured types are not read; save each field on its own`);
  const [, order, name] = /^([<>|=]?)(.*)$/s.exec(descr)!;
  const code = Object.hasOwn(aliases, name!) ? aliases[name!] : name;
  const type = Object.hasOwn(types, code!) ? types[code!]! : undefined;
  if (type) return { type, isLittle: order !== '>' };
  const kind = OTHER_TYPES[code![0] ?? ''];
  throw new DataError(
    `${source}: type '${descr}'${kind ? `, ${kind},` : ''} is not read; use one of ${Object.keys(types).join(', ')}`,
  );
}

function fortranOrder(header: string, source: string): boolean {
  return field(header, 'fortran_order', /(True|False)/, source) === 'True';
}

function shape(header: string, source: string): number[] {
  const inside = field(header, 'shape', /\(((?:\s*\d+L?\s*,)*\s*(?:\d+L?)?\s*)\)/, source);
  const dims = [...inside.matchAll(/\d+/g)].map(Number);
  if (dims.length > 32) throw new DataError(`${source}: ${dims.length} dimensions; at most 32 are read`);
  return dims;
}

/** The header is the text of a Python dict; this takes one key's value when it has the form of `value`. */
function field(header: string, key: string, value: RegExp, source: string): string {
  const match = new RegExp(`['"]${key}['"]\\s*:\\s*(?:${value.source})`).exec(header);
  const found = match?.slice(1).find((group) => group !== undefined);
  if (found === undefined) throw new DataError(`${source}: the .npy header has no readable '${key}'`);
  return found;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
