import { totalmem } from 'node:os';
import { checkCall, type Engine, EngineTensor, type Tensor } from 'hw2-engine';
import type { PlacedInputs } from '../../bench/placed.js';
import { elementCount } from '../../data/dims.js';
import { DataError } from '../../data/error.js';
import { type FloatArray, readQkv } from '../../data/qkv.js';
import { Random } from '../../statistics/random.js';
import { checked } from '../misuse.js';
import { warn } from '../output.js';

export interface RandomShape {
  L: number;
  D: number;
  heads: number;
  kvHeads: number;
  batch: number;
  /** Standard deviation of the scores. */
  sigma: number;
  seed: number;
}

/** Gaussian tensors whose scores q·k/√D have standard deviation `sigma`. */
export function randomTensors(
  engine: Engine,
  { L, D, heads, kvHeads, batch, sigma, seed }: RandomShape,
): PlacedInputs {
  engine.memory.require(4 * batch * L * D * (heads + 2 * kvHeads));
  const random = new Random(seed);
  const fill = (count: number, scale: number) => {
    const tensor = new EngineTensor(engine, [batch, count, L, D]);
    const { data } = tensor;
    for (let i = 0; i < data.length; i++) data[i] = scale * random.normal();
    return tensor;
  };
  return { q: fill(heads, sigma), k: fill(kvHeads, 1), v: fill(kvHeads, 1) };
}

/**
 * Tensors of a .npz or .safetensors file with entries q, k and v, or of a file with one array that stacks them, [3, …].
 * Each is [L, D], [heads, L, D] or [batch, heads, L, D], of float16, bfloat16, float32 or float64.
 * @throws DataError or RangeError before the engine takes memory.
 */
export async function fileInputs(engine: Engine, path: string): Promise<PlacedInputs> {
  const arrays = await readQkv(path, Math.min(engine.memory.limit, totalmem() / 2));
  const tensors = {
    q: fourDimensional(path, 'q', arrays.q),
    k: fourDimensional(path, 'k', arrays.k),
    v: fourDimensional(path, 'v', arrays.v),
  };
  try {
    checkCall(tensors, {});
  } catch (error) {
    throw new DataError(`${path}: ${(error as Error).message}`);
  }
  engine.memory.require(
    4 * [tensors.q, tensors.k, tensors.v].reduce((sum, { dims }) => sum + elementCount(dims), 0),
  );
  const place = (name: 'q' | 'k' | 'v') => {
    const placed = checked(() => EngineTensor.from(engine, tensors[name], name));
    const bad = placed.data.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) warn(`${path}: ${name} holds ${placed.data[bad]} at [${indexOf(bad, placed.dims)}]`);
    return placed;
  };
  return { q: place('q'), k: place('k'), v: place('v') };
}

/** The indices of an element. */
function indexOf(element: number, dims: readonly number[]): string {
  const indices = dims.map((dim, axis) => Math.floor(element / elementCount(dims.slice(axis + 1))) % dim);
  return indices.join(', ');
}

function fourDimensional(path: string, name: string, { type, data, dims }: FloatArray): Tensor {
  if (dims.length < 2 || dims.length > 4) {
    throw new DataError(
      `${path}: ${name} has dims [${dims.join(', ')}], expected [L, D], [heads, L, D] or [batch, heads, L, D]`,
    );
  }
  if (dims.includes(0))
    throw new DataError(`${path}: ${name} has dims [${dims.join(', ')}], expected at least one number`);
  const four = [1, 1, ...dims].slice(-4);
  return type === 'float64' ? { data: Float32Array.from(data), dims: four } : { type, data, dims: four };
}
