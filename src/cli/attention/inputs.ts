import { totalmem } from 'node:os';
import { checkCall, type Engine, EngineTensor, type Tensor } from 'hw2-engine';
import type { Inputs } from '../../bench/method.js';
import { openArrays } from '../../data/arrays.js';
import { elementCount } from '../../data/dims.js';
import { DataError } from '../../data/error.js';
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
): Inputs {
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

/** Names under which files keep the three tensors. */
const NAMES = { q: ['q', 'query'], k: ['k', 'key'], v: ['v', 'value'] };

/**
 * Tensors of a .npz or .safetensors file with entries q, k and v, or of a file with one array that stacks them, [3, …].
 * Each is [L, D], [heads, L, D] or [batch, heads, L, D], of float16, bfloat16, float32 or float64.
 * @throws DataError or RangeError before the engine takes memory.
 */
export async function fileInputs(engine: Engine, path: string): Promise<Inputs> {
  const file = await openArrays(path, { maxBytes: Math.min(engine.memory.limit, totalmem() / 2) });
  const stacked = file.names.length === 1 ? unstack(file.read(file.names[0]!)) : undefined;
  const named = (name: 'q' | 'k' | 'v', index: number): Tensor => {
    if (stacked) return fourDimensional(path, name, stacked[index]!);
    const entry = file.names.find((candidate) => NAMES[name].includes(candidate.toLowerCase()));
    if (entry === undefined)
      throw new DataError(`${path}: no tensor "${name}" among ${file.names.join(', ') || 'none'}`);
    return fourDimensional(path, name, file.read(entry));
  };
  const tensors = { q: named('q', 0), k: named('k', 1), v: named('v', 2) };
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

/** The three parts of a stack [3, …], or nothing where it is none. */
function unstack({
  type,
  data,
  dims,
}: {
  type: string;
  data: ArrayLike<unknown>;
  dims: readonly number[];
}): Tensor[] | undefined {
  if (dims[0] !== 3 || dims.length < 3) return undefined;
  const size = data.length / 3;
  const { subarray } = data as unknown as Float32Array;
  return [0, 1, 2].map((i) => ({
    type,
    dims: dims.slice(1),
    data: subarray.call(data, i * size, (i + 1) * size),
  }));
}

function fourDimensional(path: string, name: string, { type, data, dims }: Tensor): Tensor {
  if (dims.length < 2 || dims.length > 4) {
    throw new DataError(
      `${path}: ${name} has dims [${dims.join(', ')}], expected [L, D], [heads, L, D] or [batch, heads, L, D]`,
    );
  }
  if (type !== 'float64' && type !== 'float32' && type !== 'float16')
    throw new DataError(`${path}: ${name} is ${type}; expected float32, float16, bfloat16 or float64`);
  if (type !== 'float64') return { type, data, dims: [1, 1, ...dims].slice(-4) } as Tensor;
  return { type: 'float32', data: Float32Array.from(data as Float64Array), dims: [1, 1, ...dims].slice(-4) };
}
