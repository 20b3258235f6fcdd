import { attention } from 'hw2-engine';
import { DataError } from '../../data/error.js';
import { parseSafetensors, writeSafetensors } from '../../data/safetensors.js';
import { readShard } from '../shards/shards.js';
import type { Store } from '../store/store.js';
import type { Tasks } from './kinds.js';
import { formatOutput, manifestOf } from './objects.js';
import { combine, type Partial } from './partial.js';

/** Exact attention over shards: a shard of queries against shards of keys, and the parts put together. */
export const tasks: Tasks<'partial' | 'combine'> = {
  async partial({ shards, queries, keys, isCausal }, { store, engine }) {
    const manifest = await manifestOf(store, shards);
    const q = await readShard(store, manifest, queries, 'q');
    const [, heads, tokens] = q.dims;
    let sum: Partial | undefined;
    for (const shard of keys) {
      const k = await readShard(store, manifest, shard, 'k');
      const v = await readShard(store, manifest, shard, 'v');
      const { output, logSumExp } = await attention(
        engine,
        { q, k, v },
        // Keys of earlier shards come before all of these queries.
        { isCausal: isCausal && shard === queries, logSumExp: true },
      );
      const part = { output: output.data, logSumExp: logSumExp!.data };
      sum = sum ? combine([sum, part]) : part;
    }
    const tensor = (data: Float32Array, dims: number[]) => ({ type: 'float32' as const, data, dims });
    const tensors = new Map([
      ['output', tensor(sum!.output, [heads, tokens, manifest.valueDim])],
      ['logSumExp', tensor(sum!.logSumExp, [heads, tokens])],
    ]);
    return { bytes: writeSafetensors({ tensors, metadata: {} }) };
  },

  async combine({ partials, keepOutput }, { store }) {
    const parts: Partial[] = [];
    let dims: readonly number[] = [];
    for (const name of partials) {
      const part = await readPartial(store, name);
      dims = part.dims;
      parts.push(part);
    }
    return { bytes: formatOutput(combine(parts).output, dims, keepOutput) };
  },
};

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
