/** How a cache holds the numbers of a key or a value. */
export type StoredType = 'float32' | 'bfloat16' | 'int8';

export const STORED_TYPES: readonly StoredType[] = ['float32'];

export interface RowFormat {
  /** Bytes of a row of `dim` numbers; those of small types are padded to whole vectors of the kernels, with zeros. */
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
    rowBytes: (dim) => 16 * Math.ceil(dim / 16),
    scaled: true,
    encode: encodeInt8,
    decode: decodeInt8,
  },
};

/** The upper half of each float32, rounded to the nearest, ties to even. */
function encodeBfloat16(values: Float32Array, target: Uint8Array<ArrayBufferLike>): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(target.buffer, target.byteOffset, target.length / 2);
  halves.fill(0, values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i]!;
    // Of a NaN the lower half may hold all that makes it one.
    const isNotANumber = (x & 0x7fffffff) > 0x7f800000;
    halves[i] = isNotANumber ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
  return 1;
}

function decodeBfloat16(bytes: Uint8Array<ArrayBufferLike>, dim: number): DecodedRow {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, dim);
  const values = new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
  // Half a unit in the last of eight binary places is at most 2⁻⁸ of the number.
  return { values, rounding: values.map((x) => Math.abs(x) * 2 ** -8 + 2 ** -134) };
}

/** Each number as a multiple, −127 to 127, of the largest magnitude over 127. */
function encodeInt8(values: Float32Array, target: Uint8Array<ArrayBufferLike>): number {
  const multiples = new Int8Array(target.buffer, target.byteOffset, target.length).fill(0);
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const x = Math.abs(values[i]!);
    // A NaN is larger than all: the scale becomes NaN, and with it the row.
    if (!(x <= largest)) largest = x;
  }
  // NaN or infinity makes NaN of the whole row.
  if (!Number.isFinite(largest)) return Number.NaN;
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
