import { attention, checkCall, createEngine } from 'hw2-engine';
import { compareToFloat64 } from '#hw2/bench/float64.js';
import { beginRun, outputsOf, planOf } from '#hw2/cluster/run.js';
import { runLocally } from '#hw2/cluster/runners/local.js';
import { readManifest } from '#hw2/cluster/shards/manifest.js';
import { readShard } from '#hw2/cluster/shards/shards.js';
import type { Store } from '#hw2/cluster/store/store.js';
import { readFloats } from '#hw2/cluster/tasks/objects.js';
import type { TensorName } from '#hw2/data/qkv.js';

/** Multiplications of the reference: some seconds, for a hundred rows and more. */
const WORK = 2e9;

/** How far linear attention of order 2 over shards is from its formula in float64, and how far a single call is. */
export async function distance(
  store: Store,
  shards: string,
  isCausal: boolean,
): Promise<{ sharded: number; single: number }> {
  const run = await beginRun(store, `distance-${isCausal ? 'causal' : 'dense'}`, {
    ...{ kind: 'attention', method: 'taylor', order: 2, isCausal, subtractMeanKey: !isCausal },
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
  const engine = await createEngine({ threads: 1 });
  const { output } = await attention(engine, inputs, { method: 'taylor', order: 2, isCausal });
  await engine.dispose();
  const call = checkCall(inputs, { isCausal });
  const [sharded, single] = [joined(parts), output.data].map(
    (values) => compareToFloat64(call, values, { order: 2, work: WORK }).maxAbsError,
  );
  return { sharded: sharded!, single: single! };
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
