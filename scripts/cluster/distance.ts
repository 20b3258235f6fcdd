import {
  attention,
  checkCall,
  chooseTier,
  createEngine,
  enableTier,
  referenceRow,
  sampleRows,
} from 'hw2-engine';
import { beginRun, outputsOf, planOf } from '#hw2/cluster/run.js';
import { runLocally } from '#hw2/cluster/runners/local.js';
import { readManifest } from '#hw2/cluster/shards/manifest.js';
import { readShard } from '#hw2/cluster/shards/shards.js';
import type { Store } from '#hw2/cluster/store/store.js';
import { readFloats } from '#hw2/cluster/tasks/objects.js';
import type { TensorName } from '#hw2/data/qkv.js';

/** Multiplications of the reference: some seconds, for a hundred rows and more. */
const WORK = 2e9;
const ORDER = 2;

/** How far an output is from the formula in float64: the largest difference, and the root mean square of all. */
export interface Difference {
  largest: number;
  rms: number;
}

/**
 * How far linear attention of order 2 over shards is from its formula in float64, and how far a single call is, both by
 * the tier that a computing process takes: tiers round differently.
 */
export async function distance(
  store: Store,
  shards: string,
  isCausal: boolean,
): Promise<{ sharded: Difference; single: Difference }> {
  const run = await beginRun(store, `${shards}-${isCausal ? 'causal' : 'dense'}`, {
    ...{ kind: 'attention', method: 'taylor', order: ORDER, isCausal, subtractMeanKey: !isCausal },
    ...{ shards, keepOutput: true },
  });
  const stages = await planOf(store, run);
  await runLocally(stages, { store: store.url, concurrency: 2 });
  const parts = [];
  for (const name of outputsOf(stages)) parts.push((await readFloats(store, name)).data);

  const manifest = await readManifest(store, shards);
  const whole = async (name: TensorName) => {
    const dim = name === 'v' ? manifest.valueDim : manifest.headDim;
    const read = [];
    for (const index of manifest.shards.keys())
      read.push((await readShard(store, manifest, index, name)).data);
    return { data: joined(read), dims: [1, 1, manifest.length, dim] };
  };
  const inputs = { q: await whole('q'), k: await whole('k'), v: await whole('v') };
  enableTier('relaxed');
  const engine = await createEngine({ tier: chooseTier(), threads: 1 });
  const { output } = await attention(engine, inputs, { method: 'taylor', order: ORDER, isCausal });
  await engine.dispose();

  const [sharded, single] = [new Differences(), new Differences()];
  const call = checkCall(inputs, { isCausal });
  const { scale, valueDim } = call;
  const outputs = joined(parts);
  for (const { query, q, k, v, visible, centre } of sampleRows(call, !isCausal, WORK)) {
    const formula = { scale, keys: visible, order: ORDER, ...(centre && { centre }) };
    const expected = referenceRow(q, k, v, valueDim, formula);
    const row = (values: Float32Array) => values.subarray(query * valueDim, (query + 1) * valueDim);
    sharded.add(row(outputs), expected);
    single.add(row(output.data), expected);
  }
  return { sharded: sharded.difference, single: single.difference };
}

class Differences {
  #largest = 0;
  #squares = 0;
  #count = 0;

  add(row: Float32Array, expected: ArrayLike<number>): void {
    for (let d = 0; d < row.length; d++) {
      const difference = Math.abs(row[d]! - expected[d]!);
      this.#largest = Math.max(this.#largest, difference);
      this.#squares += difference * difference;
    }
    this.#count += row.length;
  }

  get difference(): Difference {
    return { largest: this.#largest, rms: Math.sqrt(this.#squares / this.#count) };
  }
}

/** Shards of one head, one after the other. */
function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
