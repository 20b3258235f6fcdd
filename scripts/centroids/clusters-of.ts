import type { AttentionInputs, Engine } from 'hw2-engine';
import { placeClusters } from '#engine/attention/clusters.js';
import { placeCall, Scope } from '#engine/attention/placement.js';
import { checkCall } from '#engine/attention/shapes.js';
import type { Arena } from '#engine/runtime/arena.js';

/** The cluster of each key of a call with one head, and its mean query, as the engine finds them. */
export async function clustersOf(engine: Engine, inputs: AttentionInputs, centroids: number) {
  const call = checkCall(inputs, {});
  const scope = new Scope(engine as never);
  try {
    const { params } = placeCall(scope, call, false);
    const options = { centroids, order: 1, subtractMeanQuery: true };
    const placed = await placeClusters(scope, call, params, options);
    // The memory of an engine is not in its public types.
    const { arena } = scope.engine as unknown as { arena: Arena };
    const order = arena.int32(placed.keyOrder!, call.keys);
    const starts = arena.int32(placed.clusterStarts!, placed.centroids! + 1);
    const labels = new Int32Array(call.keys);
    for (let c = 0; c < placed.centroids!; c++)
      for (let i = starts[c]!; i < starts[c + 1]!; i++) labels[order[i]!] = c;
    return { labels, meanQuery: arena.float32(placed.meanQuery!, call.headDim).slice() };
  } finally {
    scope.release();
  }
}
