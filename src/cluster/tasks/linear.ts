import {
  attention,
  createState,
  type Engine,
  type LinearAttentionState,
  loadState,
  StateFileError,
} from 'hw2-engine';
import { DataError } from '../../data/error.js';
import { formatNpy } from '../../data/write-arrays.js';
import { readShard, type ShardTensor } from '../shards/shards.js';
import type { Store } from '../store/store.js';
import type { Tasks } from './kinds.js';
import { formatOutput, manifestOf, readFloats } from './objects.js';

/** Linear attention over shards: states of shards, merged, then queried. */
export const tasks: Tasks<'shard-mean' | 'mean-key' | 'state' | 'merge' | 'query' | 'causal'> = {
  async 'shard-mean'({ shards, shard }, { store }) {
    const { data, dims } = await readShard(store, await manifestOf(store, shards), shard, 'k');
    const [, heads, tokens, dim] = dims;
    const sums = new Float64Array(heads * dim);
    for (let head = 0; head < heads; head++) {
      for (let token = 0; token < tokens; token++) {
        const row = (head * tokens + token) * dim;
        for (let d = 0; d < dim; d++) sums[head * dim + d]! += data[row + d]!;
      }
    }
    const mean = Float32Array.from(sums, (sum) => sum / tokens);
    return { bytes: formatNpy({ data: mean, dims: [heads, dim] }) };
  },

  async 'mean-key'({ means }, { store }) {
    let total = 0;
    let sums = new Float64Array(0);
    let shape: readonly number[] = [];
    for (const { name, tokens } of means) {
      const { data, dims } = await readFloats(store, name);
      if (total === 0) sums = new Float64Array(data.length);
      for (let i = 0; i < sums.length; i++) sums[i]! += tokens * data[i]!;
      total += tokens;
      shape = dims;
    }
    return { bytes: formatNpy({ data: Float32Array.from(sums, (sum) => sum / total), dims: shape }) };
  },

  async state({ shards, shard, order, meanKey, isCausal }, { store, engine }) {
    const manifest = await manifestOf(store, shards);
    const k = await readShard(store, manifest, shard, 'k');
    const v = await readShard(store, manifest, shard, 'v');
    const { heads, kvHeads, headDim, valueDim } = manifest;
    const state = await createState(engine, { heads, kvHeads, headDim, valueDim, order });
    try {
      if (meanKey) await centre(k, store, meanKey);
      const step = isCausal ? CAUSAL_STEP : Number.POSITIVE_INFINITY;
      for (let first = 0; first < k.dims[2]; first += step)
        await state.append({ k: rows(k, first, step), v: rows(v, first, step) });
      return { bytes: await state.save() };
    } finally {
      await state.dispose();
    }
  },

  /** The order of additions is that of the plan, so the bits do not depend on who finished first. */
  async merge({ states }, { store, engine }) {
    const sum = await mergeStates(states, store, engine);
    try {
      return { bytes: await sum.save() };
    } finally {
      await sum.dispose();
    }
  },

  async query({ shards, shard, state: name, keepOutput }, { store, engine }) {
    const manifest = await manifestOf(store, shards);
    const q = await readShard(store, manifest, shard, 'q');
    const state = await readState(name, store, engine);
    try {
      const { output, warnings } = await state.query({ q });
      return { bytes: formatOutput(output.data, output.dims.slice(1), keepOutput), warnings };
    } finally {
      await state.dispose();
    }
  },

  async causal({ shards, shard, order, before, keepOutput }, { store, engine }) {
    const manifest = await manifestOf(store, shards);
    const [q, k, v] = [
      await readShard(store, manifest, shard, 'q'),
      await readShard(store, manifest, shard, 'k'),
      await readShard(store, manifest, shard, 'v'),
    ];
    const initialState = before.length > 0 ? await mergeStates(before, store, engine) : undefined;
    try {
      const options = {
        method: 'taylor',
        order,
        isCausal: true,
        ...(initialState && { initialState }),
      } as const;
      const { output, warnings } = await attention(engine, { q, k, v }, options);
      return { bytes: formatOutput(output.data, output.dims.slice(1), keepOutput), warnings };
    } finally {
      await initialState?.dispose();
    }
  },
};

/**
 * Keys that causal attention adds to its running sums at a time. A state to which a shard is added at once sums 1,024 keys
 * before what rounding left out is kept; in these steps its sums have the bits of a causal call, and take about 1.2 times
 * as long. Without them, outputs after the first shard were 4 to 8 % further from float64 (root mean square).
 */
const CAUSAL_STEP = 128;

/** At most `count` rows of every head, from `first` on. */
function rows({ data, dims }: ShardTensor, first: number, count: number): ShardTensor {
  const [, heads, tokens, dim] = dims;
  const end = Math.min(tokens, first + count);
  if (first === 0 && end === tokens) return { data, dims };
  const part = new Float32Array(heads * (end - first) * dim);
  for (let head = 0; head < heads; head++) {
    const from = head * tokens * dim;
    part.set(data.subarray(from + first * dim, from + end * dim), head * (end - first) * dim);
  }
  return { data: part, dims: [1, heads, end - first, dim] };
}

/** Takes their mean from keys: softmax does not change by it, and the series is closer to it. */
async function centre(k: ShardTensor, store: Store, meanKey: string): Promise<void> {
  const { data: mean } = await readFloats(store, meanKey);
  const [, heads, tokens, dim] = k.dims;
  for (let head = 0; head < heads; head++) {
    for (let token = 0; token < tokens; token++) {
      const row = (head * tokens + token) * dim;
      for (let d = 0; d < dim; d++) k.data[row + d]! -= mean[head * dim + d]!;
    }
  }
}

async function mergeStates(
  names: readonly string[],
  store: Store,
  engine: Engine,
): Promise<LinearAttentionState> {
  const sum = await readState(names[0]!, store, engine);
  try {
    for (const name of names.slice(1)) {
      const other = await readState(name, store, engine);
      await sum.merge(other).finally(() => other.dispose());
    }
    return sum;
  } catch (error) {
    await sum.dispose();
    throw error;
  }
}

/** @throws DataError that names the object, for one that is damaged or none */
async function readState(name: string, store: Store, engine: Engine): Promise<LinearAttentionState> {
  const bytes = await store.read(name);
  return loadState(engine, bytes).catch((error) => {
    throw error instanceof StateFileError ? new DataError(`${store.url}/${name}: ${error.message}`) : error;
  });
}
