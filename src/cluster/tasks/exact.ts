import { attention, type Engine } from 'hw2-engine';
import { DataError } from '../../data/error.js';
import { parseSafetensors, writeSafetensors } from '../../data/safetensors.js';
import { readShard } from '../shards/shards.js';
import type { Store } from '../store/store.js';
import type { Tasks } from './kinds.js';
import { formatOutput, manifestOf } from './objects.js';
import { Merger, type Partial } from './partial.js';

/** Exact attention over shards: a shard of queries against shards of keys, and the parts put together. */
export const tasks: Tasks<'exact' | 'partial' | 'combine'> = {
  async exact({ keepOutput, ...block }, { store, engine }) {
    const { output, dims } = await attend(block, store, engine);
    return { bytes: formatOutput(output, dims, keepOutput) };
  },

  async partial(block, { store, engine }) {
    const { output, logSumExp, dims } = await attend(block, store, engine);
    const tensor = (data: Float32Array, shape: readonly number[]) => ({
      ...{ type: 'float32' as const, data },
      dims: [...shape],
    });
    const tensors = new Map([
      ['output', tensor(output, dims)],
      ['logSumExp', tensor(logSumExp, dims.slice(0, 2))],
    ]);
    return { bytes: writeSafetensors({ tensors, metadata: {} }) };
  },

  async combine({ partials, keepOutput }, { store }) {
    let merger: Merger | undefined;
    let dims: readonly number[] = [];
    for (const name of partials) {
      const part = await readPartial(store, name);
      dims = part.dims;
      merger ??= new Merger(dims[0]! * dims[1]!, dims[2]!);
      merger.add(part);
    }
    return { bytes: formatOutput(merger!.finish().output, dims, keepOutput) };
  },
};

interface Block {
  shards: string;
  queries: number;
  keys: readonly number[];
  isCausal: boolean;
}

/** Attention of a shard of queries to some shards of keys, [heads, tokens, valueDim]. */
async function attend(
  { shards, queries, keys, isCausal }: Block,
  store: Store,
  engine: Engine,
): Promise<Partial & { dims: readonly number[] }> {
  const manifest = await manifestOf(store, shards);
  const q = await readShard(store, manifest, queries, 'q');
  const [, heads, tokens] = q.dims;
  const merger = new Merger(heads * tokens, manifest.valueDim);
  for (const shard of keys) {
    const k = await readShard(store, manifest, shard, 'k');
    const v = await readShard(store, manifest, shard, 'v');
    const { output, logSumExp } = await attention(
      engine,
      { q, k, v },
      // Keys of earlier shards come before all of these queries.
      { isCausal: isCausal && shard === queries, logSumExp: true },
    );
    merger.add({ output: output.data, logSumExp: logSumExp!.data });
  }
  return { ...merger.finish(), dims: [heads, tokens, manifest.valueDim] };
}

async function readPartial(store: Store, name: string): Promise<Partial & { dims: readonly number[] }> {
  const source = `${store.url}/${name}`;
  const { tensors } = parseSafetensors(await store.read(name), source);
  const output = tensors.get('output');
  const logSumExp = tensors.get('logSumExp');
  if (!output || !logSumExp) throw new DataError(`${source}: damaged, it is not a part of attention`);
  return {
    output: output.data as Float32Array,
    logSumExp: logSumExp.data as Float32Array,
    dims: output.dims,
  };
}
