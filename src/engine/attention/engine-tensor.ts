import { checkEngine, reading, shown } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import {
  type CheckedTensor,
  checkTensor,
  copyFloats,
  elementCount,
  type Float32Tensor,
  shapeOf,
  type Tensor,
} from './tensor.js';

/**
 * A tensor that lies in the engine's memory: as an input it is not copied, and as `out` it receives the result.
 * Its contents are undefined at first. `data` is a view to be read anew after each call, for memory may move.
 *
 * @example
 * const out = new EngineTensor(engine, [1, 8, 16, 64]);
 * await attention(engine, { q, k, v }, { out }); // and out.release() in the end
 */
export class EngineTensor implements Float32Tensor {
  readonly type = 'float32';
  readonly dims: readonly number[];
  readonly #engine: Engine;
  readonly #address: number;

  #isReleased = false;
  /** Kept until memory grows. */
  #view: Float32Array | undefined;

  /** @throws RangeError that names `dims`, MemoryLimitError */
  constructor(engine: Engine, dims: readonly number[]) {
    checkEngine(engine);
    const isList = Array.isArray(dims);
    if (!isList || ![...dims].every((dim) => Number.isSafeInteger(dim) && dim >= 0))
      throw new RangeError(
        `dims: given ${isList ? shapeOf(dims) : shown(dims)}, expected whole numbers from 0`,
      );
    this.#engine = engine;
    this.dims = [...dims];
    engine.arena.require(4 * this.#length);
    this.#address = engine.arena.allocate(4 * this.#length);
  }

  /**
   * A copy of a float32 or float16 tensor in the engine's memory; float16 is widened.
   * @param name What errors call it.
   * @throws TypeError or RangeError that names it, MemoryLimitError
   */
  static from(engine: Engine, tensor: Tensor, name = 'tensor'): EngineTensor {
    const source = checkTensor(name, tensor, ['float32', 'float16']);
    const copy = new EngineTensor(engine, source.dims);
    try {
      copyFloats(source, 0, copy.data);
    } catch (error) {
      copy.release();
      throw error;
    }
    return copy;
  }

  /** @throws Error after release(), when its memory may hold something else. */
  get data(): Float32Array {
    if (this.#isReleased) throw new Error('EngineTensor: it was released');
    const { arena } = this.#engine;
    if (this.#view?.buffer !== arena.buffer) this.#view = arena.float32(this.#address, this.#length);
    return this.#view;
  }

  /** Gives the memory back. @throws Error the second time, when that memory may be another one's. */
  release(): void {
    if (this.#isReleased) throw new Error('EngineTensor: it was released');
    this.#isReleased = true;
    this.#engine.arena.release(this.#address);
  }

  get #length(): number {
    return elementCount(this.dims);
  }
}

/** Copies a result out of the engine's memory. */
export function take(engine: Engine, address: number, dims: readonly number[]): Float32Tensor {
  const start = address / 4;
  return { type: 'float32', data: engine.arena.floats.slice(start, start + elementCount(dims)), dims };
}

/** Whether a tensor shares memory with one of some others. */
export function overlaps(
  { data }: Pick<Float32Tensor, 'data'>,
  others: readonly (Pick<CheckedTensor, 'data'> | undefined)[],
): boolean {
  const { buffer, byteOffset: start, byteLength } = data;
  return others.some((other) => {
    if (!other || other.data.buffer !== buffer) return false;
    const { byteOffset, byteLength: size } = other.data;
    return byteOffset < start + byteLength && start < byteOffset + size;
  });
}

/**
 * The tensor that is to receive a result where it can be written there at once: not where it overlaps what is still to be read,
 * also by other tasks. Then the result is written elsewhere, and copied in the end.
 */
export function apartFrom(
  others: readonly (Pick<CheckedTensor, 'data'> | undefined)[],
  out: EngineTensor | undefined,
): EngineTensor | undefined {
  return out && overlaps(out, others) ? undefined : out;
}

/** Checks a tensor that is to receive a result, where one is given. */
export function checkOut(
  engine: Engine,
  name: string,
  tensor: EngineTensor | null | undefined,
  dims: readonly number[],
): EngineTensor | undefined {
  if (tensor === undefined || tensor === null) return undefined;
  const isOurs = () => tensor.data?.buffer === engine.arena.buffer && Array.isArray(tensor.dims);
  if (!reading(name, isOurs)) throw new TypeError(`${name}: expected an EngineTensor of this engine`);
  if (shapeOf(tensor.dims) !== shapeOf(dims) || tensor.data.length !== elementCount(dims)) {
    throw new RangeError(`${name}: given dims ${shapeOf(tensor.dims)}, expected ${shapeOf(dims)}`);
  }
  return tensor;
}
