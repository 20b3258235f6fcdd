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

  async state({ shards, shard, order, meanKey }, { store, engine }) {
    const manifest = await manifestOf(store, shards);
    const k = await readShard(store, manifest, shard, 'k');
    const v = await readShard(store, manifest, shard, 'v');
    const { heads, kvHeads, headDim, valueDim } = manifest;
    const state = await createState(engine, { heads, kvHeads, headDim, valueDim, order });
    try {
      await state.append({ k: meanKey ? await centred(k, store, meanKey) : k, v });
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

/** Keys without their mean: softmax does not change by it, and the series is closer to it. */
async function centred(k: ShardTensor, store: Store, meanKey: string): Promise<ShardTensor> {
  const { data: mean } = await readFloats(store, meanKey);
  const [, heads, tokens, dim] = k.dims;
  for (let head = 0; head < heads; head++) {
    for (let token = 0; token < tokens; token++) {
      const row = (head * tokens + token) * dim;
      for (let d = 0; d < dim; d++) k.data[row + d]! -= mean[head * dim + d]!;
    }
  }
  return k;
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
