import type { AttentionInputs } from '#engine/attention/call.js';
import { placeClusters } from '#engine/attention/clusters.js';
import { placeCall, Scope } from '#engine/attention/placement.js';
import { checkCall } from '#engine/attention/shapes.js';
import type { Engine } from '../tiers.js';
import { type Floats, floats, gaussian } from './tensors.js';

/** Keys in a few heaps, and queries off the origin: what expansions are for. */
export function heaps(dims: readonly number[], seed: number, size = 1): Floats {
  const dim = dims.at(-1)!;
  const [noise, places] = [gaussian(dims, seed, 0.4 * size), gaussian([7, dim], seed + 1, size)];
  return floats(
    dims,
    (i) => noise.data[i]! + places.data[((Math.floor(i / dim) * 5) % 7) * dim + (i % dim)]!,
  );
}
/** Off the origin, by another number in each dimension. */
export const shifted = (tensor: Floats, by: number) =>
  floats(tensor.dims, (i) => tensor.data[i]! + by * Math.sin(i % tensor.dims.at(-1)!));

/** The clusters that the engine makes of a call's keys, [head of the key][key], and the mean queries. */
export async function clustersOf(engine: Engine, inputs: AttentionInputs, centroids: number) {
  const call = checkCall(inputs, {});
  const scope = new Scope(engine);
  try {
    const { params } = placeCall(scope, call, false);
    const placed = await placeClusters(scope, call, params, {
      centroids,
      order: 1,
      subtractMeanQuery: true,
    });
    const heads = call.batches * call.kvHeads;
    const order = engine.arena.int32(placed.keyOrder!, heads * call.keys);
    const starts = engine.arena.int32(placed.clusterStarts!, heads * (placed.centroids! + 1));
    const labels = Array.from({ length: heads }, (_, index) => {
      const own: number[] = new Array(call.limits[Math.floor(index / call.kvHeads)]!.keys).fill(-1);
      for (let c = 0; c < placed.centroids!; c++) {
        const at = index * (placed.centroids! + 1) + c;
        for (let i = starts[at]!; i < starts[at + 1]!; i++) own[order[index * call.keys + i]!] = c;
      }
      return own;
    });
    const meanQuery = engine.arena.float32(placed.meanQuery!, heads * call.headDim).slice();
    return { labels, meanQuery };
  } finally {
    scope.release();
  }
}
