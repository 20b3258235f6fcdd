import { elementCount } from './dims.js';
import { DataError } from './error.js';

/** How each element type lies in memory; float16 is kept as its bits, bool as bytes 0 and 1. */
const views = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Element types, spelled as ONNX Runtime spells them. */
export type ElementType = keyof typeof views;

type View<Constructor> = Constructor extends { readonly prototype: infer Instance } ? Instance : never;

/** A dense array in row-major order: `data` holds the product of `dims` elements of `type`. */
export interface NdArray<T extends ElementType = ElementType> {
  type: T;
  data: View<(typeof views)[T]>;
  dims: readonly number[];
}

/** The arrays of a file, by name. An array is looked at when it is asked for: others may be of any kind. */
export interface ArrayFile {
  readonly names: readonly string[];
  /** @throws DataError when the array is damaged or of a type that is not read; RangeError when there is none */
  read(name: string): NdArray;
}

/** Bytes of one element. */
function elementBytes(type: ElementType): number {
  return views[type].BYTES_PER_ELEMENT;
}

/**
 * The bytes that an array of these dimensions takes, as far as they can be counted: Infinity when the
 * product passes what a number holds exactly, so that a comparison with any real size still refuses it.
 */
export function arrayBytes(type: ElementType, dims: readonly number[]): number {
  if (dims.includes(0)) return 0;
  const bytes = elementCount(dims) * elementBytes(type);
  return Number.isSafeInteger(bytes) ? bytes : Number.POSITIVE_INFINITY;
}

/**
 * Sees bytes as an array, without a copy where they are little-endian and their address allows it.
 *
 * @throws DataError when the dimensions ask for more or fewer bytes than are there; `source` names the array.
 */
export function fromBytes(
  bytes: Uint8Array,
  type: ElementType,
  dims: readonly number[],
  source: string,
  isLittle = true,
): NdArray {
  const needed = arrayBytes(type, dims);
  if (needed !== bytes.length)
    throw new DataError(
      `${source}: ${type} of shape [${dims}] takes ${needed} bytes, but ${bytes.length} are there`,
    );
  const swaps = !isLittle && elementBytes(type) > 1;
  const aligned = bytes.byteOffset % elementBytes(type) === 0 && !swaps ? bytes : new Uint8Array(bytes);
  if (swaps) swapBytes(aligned, elementBytes(type));
  const data = new views[type](
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    needed / elementBytes(type),
  );
  return { type, data, dims };
}

/** Reverses the bytes of each element, in place. */
function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** The float32 numbers whose upper halves bfloat16 keeps: exact. */
export function widenBfloat16(bits: Uint16Array): Float32Array {
  const words = Uint32Array.from(bits, (half) => half << 16);
  return new Float32Array(words.buffer);
}

/** The float32 numbers that IEEE 754 binary16 numbers stand for: exact. */
export function widenFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  });
}

/** Rewrites column-major (Fortran) order as row-major order. */
export function toRowMajor(array: NdArray): NdArray {
  const { data, dims } = array;
  const strides = dims.map((_, axis) => elementCount(dims.slice(0, axis)));
  const index = dims.map(() => 0);
  let source = 0;
  const sorted = data.slice();
  for (let target = 0; target < data.length; target++) {
    sorted[target] = data[source]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      if (++index[axis]! < dims[axis]!) break;
      source -= strides[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
  return { ...array, data: sorted };
}
