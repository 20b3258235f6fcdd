import { reading, shown } from '../runtime/arguments.js';
import { bfloat16ToNumber } from './half-precision.js';

/** Element types that the operator reads, as onnxruntime spells them. */
export type TensorType = 'float32' | 'float16' | 'bfloat16' | 'bool' | 'int64' | 'int32';

/**
 * A tensor, row-major. An onnxruntime `Tensor` is one. The type may be left out where the array tells it:
 * Float32Array float32, Uint8Array bool, BigInt64Array int64, Int32Array int32.
 */
export interface Tensor {
  readonly type?: string;
  readonly data: ArrayBufferView | readonly unknown[] | object;
  readonly dims: readonly number[];
}

/** A tensor that the engine returns. */
export interface Float32Tensor {
  readonly type: 'float32';
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

type Elements = Float32Array | Uint16Array | Uint8Array | BigInt64Array | Int32Array;

export interface CheckedTensor {
  type: TensorType;
  readonly data: Elements;
  dims: readonly number[];
}

const TYPE_OF_ARRAY: Record<string, TensorType> = {
  Float32Array: 'float32',
  Float16Array: 'float16',
  Uint8Array: 'bool',
  BigInt64Array: 'int64',
  Int32Array: 'int32',
};
const ARRAYS_OF_TYPE: Record<TensorType, readonly string[]> = {
  float32: ['Float32Array'],
  float16: ['Float16Array', 'Uint16Array'],
  bfloat16: ['Uint16Array'],
  bool: ['Uint8Array'],
  int64: ['BigInt64Array'],
  int32: ['Int32Array'],
};

/** The dims that a message names at most: no tensor here has more than four. */
const SHOWN_DIMS = 8;

/** Dims for a message, whatever they are. */
export const shapeOf = (dims: readonly number[]) =>
  `[${[...dims.slice(0, SHOWN_DIMS).map(shown), ...(dims.length > SHOWN_DIMS ? ['…'] : [])].join(', ')}]`;

/** How many elements a tensor of these dims has: 1 for none, a scalar's. */
export const elementCount = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);

/**
 * Checks that a tensor is what it says.
 * @throws TypeError or RangeError that names the argument, what was given and what was expected.
 */
export function checkTensor(
  name: string,
  tensor: Tensor | undefined,
  types: readonly TensorType[],
): CheckedTensor {
  if (typeof tensor !== 'object' || tensor === null)
    throw new TypeError(
      `${name}: expected a tensor { data, dims }, got ${tensor === null ? 'null' : typeof tensor}`,
    );
  const {
    dims,
    data,
    type: given,
  } = reading(name, () => {
    const { dims, data, type } = tensor;
    return { dims: Array.isArray(dims) ? dims : undefined, data, type };
  });
  if (!dims) throw new TypeError(`${name}: expected a tensor { data, dims }, got object without dims`);
  const array = arrayOf(data);
  const type = given ?? TYPE_OF_ARRAY[array] ?? array;
  if (!types.includes(type as TensorType)) {
    throw new TypeError(
      `${name}: given type ${typeof type === 'string' && /^\w+$/.test(type) ? type : shown(type)}, expected ${types.join(' or ')}`,
    );
  }
  if (!ARRAYS_OF_TYPE[type as TensorType].includes(array)) {
    throw new TypeError(
      `${name}: type ${type} is held in ${ARRAYS_OF_TYPE[type as TensorType].join(' or ')}, got ${array}`,
    );
  }
  let size = 1;
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || dim < 0)
      throw new RangeError(`${name}: given dims ${shapeOf(dims)}, expected whole numbers from 0`);
    size *= dim;
  }
  const { length } = data as Elements;
  if (length !== size) {
    throw new RangeError(`${name}: dims ${shapeOf(dims)} hold ${size} elements, data has ${length}`);
  }
  return new TensorInUse(name, type as TensorType, dims, tensor, size);
}

/** The class of a typed array, also where it is one of another realm or a class derived from it; of anything else, what it is. */
function arrayOf(data: unknown): string {
  if (ArrayBuffer.isView(data)) return (data as Uint8Array)[Symbol.toStringTag];
  return Array.isArray(data) ? 'Array' : shown(data);
}

/** As `checkTensor`, of an input that may be left out, as undefined or as null. */
export function checkOptional(
  name: string,
  tensor: Tensor | null | undefined,
  types: readonly TensorType[],
): CheckedTensor | undefined {
  return tensor === undefined || tensor === null ? undefined : checkTensor(name, tensor, types);
}

/** A tensor that passed its checks. */
class TensorInUse implements CheckedTensor {
  type: TensorType;
  dims: readonly number[];
  readonly #name: string;
  readonly #tensor: Tensor;
  readonly #size: number;

  constructor(name: string, type: TensorType, dims: readonly number[], tensor: Tensor, size: number) {
    this.type = type;
    this.dims = dims;
    this.#name = name;
    this.#tensor = tensor;
    this.#size = size;
  }

  /**
   * Read anew at each use: a view of engine memory is replaced when that memory grows.
   * @throws TypeError where it was not, or where the array was given away since it was checked
   */
  get data(): Elements {
    const data = this.#tensor.data as Elements;
    if (data.length !== this.#size)
      throw new TypeError(
        `${this.#name}: its array is gone; of an engine's own memory expected the EngineTensor, not its data`,
      );
    return data;
  }
}

/** Copies elements [start, start + target.length) into `target`; float16 and bfloat16 are widened. */
export function copyFloats(source: CheckedTensor, start: number, target: Float32Array): void {
  const slice = source.data.subarray(start, start + target.length);
  // By name: an array of another realm, as in a vm or a test runner, is no instance of this one's class.
  if (source.type === 'float16' && slice[Symbol.toStringTag] === 'Uint16Array') {
    for (let i = 0; i < slice.length; i++) target[i] = float16ToNumber(slice[i] as number);
  } else if (source.type === 'bfloat16') {
    for (let i = 0; i < slice.length; i++) target[i] = bfloat16ToNumber(slice[i] as number);
  } else {
    target.set(slice as Float32Array);
  }
}

/** Value of an IEEE 754 binary16 number. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
