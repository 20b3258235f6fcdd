import { bfloat16ToNumber, toBfloat16 } from './half-precision.js';

/** How a cache holds the numbers of a key or a value. */
export type StoredType = 'float32' | 'bfloat16' | 'int8';

export const STORED_TYPES: readonly StoredType[] = ['float32', 'bfloat16', 'int8'];

export interface RowFormat {
  /** Bytes of a row of `dim` numbers; of small types there are a multiple of eight, the last ones zeros. */
  rowBytes(dim: number): number;
  /** Whether each row has a scale, a float32 that its numbers are multiplied by. */
  scaled: boolean;
  /** Writes a row and returns its scale. Undefined for float32, which is written as it is. */
  encode?: (values: Float32Array, target: Uint8Array<ArrayBufferLike>) => number;
  decode(bytes: Uint8Array<ArrayBufferLike>, dim: number, scale: number): DecodedRow;
}

/** The numbers of a row, and how far each can be from what was encoded. */
export interface DecodedRow {
  values: Float32Array;
  rounding: Float32Array;
}

export function rowFormat(type: StoredType): RowFormat {
  return FORMATS[type];
}

const FORMATS: Record<StoredType, RowFormat> = {
  float32: {
    rowBytes: (dim) => 4 * dim,
    scaled: false,
    decode: ({ buffer, byteOffset }, dim) => ({
      values: new Float32Array(buffer, byteOffset, dim).slice(),
      rounding: new Float32Array(dim),
    }),
  },
  bfloat16: {
    rowBytes: (dim) => 16 * Math.ceil(dim / 8),
    scaled: false,
    encode: encodeBfloat16,
    decode: decodeBfloat16,
  },
  int8: {
    rowBytes: (dim) => 8 * Math.ceil(dim / 8),
    scaled: true,
    encode: encodeInt8,
    decode: decodeInt8,
  },
};

function encodeBfloat16(values: Float32Array, target: Uint8Array<ArrayBufferLike>): number {
  const halves = new Uint16Array(target.buffer, target.byteOffset, target.length / 2);
  for (let i = 0; i < halves.length; i++) halves[i] = i < values.length ? toBfloat16(values[i]!) : 0;
  return 1;
}

function decodeBfloat16(bytes: Uint8Array<ArrayBufferLike>, dim: number): DecodedRow {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, dim);
  const values = Float32Array.from(halves, bfloat16ToNumber);
  // Half a unit in the last of eight binary places is at most 2⁻⁸ of the number.
  return { values, rounding: values.map((x) => Math.abs(x) * 2 ** -8 + 2 ** -134) };
}

/** Each number as a multiple, −127 to 127, of the largest magnitude over 127. */
function encodeInt8(values: Float32Array, target: Uint8Array<ArrayBufferLike>): number {
  const multiples = new Int8Array(target.buffer, target.byteOffset, target.length).fill(0);
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const x = Math.abs(values[i]!);
    // Not a number of any size: the scale makes NaN of the whole row.
    if (!(x < Number.POSITIVE_INFINITY)) return Number.NaN;
    if (x > largest) largest = x;
  }
  const scale = Math.fround(largest / 127);
  if (scale === 0) return 0;
  for (let i = 0; i < values.length; i++)
    multiples[i] = Math.max(-127, Math.min(127, Math.round(values[i]! / scale)));
  return scale;
}

function decodeInt8(bytes: Uint8Array<ArrayBufferLike>, dim: number, scale: number): DecodedRow {
  const values = Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, dim), (x) => x * scale);
  // Half a step, and what rounding the scale itself to a float32 moves the largest multiple by.
  return { values, rounding: new Float32Array(dim).fill(scale * (0.5 + 127 * 2 ** -23) + 127 * 2 ** -149) };
}
