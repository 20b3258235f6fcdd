/** The keys of each head in clusters, and what assembly/clusters.ts sums of each. */
import { FLOAT } from '../runtime/arena.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import { assign, findCentroids, SAMPLE_PER_CENTROID } from './k-means.js';
import type { Scope } from './placement.js';
import { headStateBytes, placeFeatures, stateRow, tableBytes } from './taylor.js';

/** Queries whose mean is subtracted. Any vector would do, and this one is close to the mean of all. */
export const MEAN_QUERIES = 256;

/** Bytes that `placeClusters` takes. */
export function clusterBytes(call: AttentionCall, centroids: number, order: number): number {
  const { batches, kvHeads, keys, headDim, valueDim } = call;
  const perKey = headDim + valueDim + 2;
  const sample = SAMPLE_PER_CENTROID * centroids * (headDim + 1);
  return (
    FLOAT * batches * kvHeads * (keys * perKey + sample + centroids * (headDim + 2)) +
    batches * kvHeads * recordBytes(call, centroids, order) +
    tableBytes(headDim, order)
  );
}

/** Bytes of what is known of the clusters of one head of the key: see assembly/clusters.ts. */
export function recordBytes(
  { headDim, valueDim }: Pick<AttentionCall, 'headDim' | 'valueDim'>,
  centroids: number,
  order: number,
): number {
  const words = centroids * (2 * headDim + 3 + stateRow(valueDim)) + headDim + 48;
  return FLOAT * words + (order > 0 ? centroids * headStateBytes(headDim, valueDim, order) : 0);
}

/**
 * Divides the keys into clusters, lays them side by side, and sums what their expansions need.
 * @returns the fields of the params that say where all of it lies
 */
export async function placeClusters(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  options: { centroids: number; order: number; subtractMeanQuery: boolean },
): Promise<Partial<Params>> {
  const { engine } = scope;
  const { batches, kvHeads, keys, headDim, valueDim } = call;
  const heads = batches * kvHeads;
  const assigned = await labelKeys(scope, call, operands, options.centroids);
  const { centroids, labels } = assigned;
  const { keyOrder, clusterStarts } = sortKeys(scope, call, labels, centroids);
  const fields = {
    ...assigned,
    ...(options.order > 0 ? placeFeatures(scope, headDim, options.order) : { order: 0 }),
    ...{ keyOrder, clusterStarts },
    sortedKeys: scope.allocate(FLOAT * heads * keys * headDim),
    sortedValues: scope.allocate(FLOAT * heads * keys * valueDim),
    meanQuery: scope.placeFloats(
      options.subtractMeanQuery ? meanQueries(scope, call, operands) : new Float64Array(heads * headDim),
    ),
  };
  const clustersStride = engine.kernels.clustersSize(scope.placeParams(fields));
  const clusters = scope.allocate(heads * clustersStride);
  const address = scope.placeParams({ ...fields, clusters, clustersStride });
  const scratchSize = engine.kernels.clusterScratch(address);
  const scratch = scope.allocate(scratchSize * engine.threads);
  await engine.run('clusterKeys', address, heads * centroids, scratch, scratchSize);
  await engine.run('clusterShape', address, heads, scratch, scratchSize);
  return { ...fields, clusters, clustersStride };
}

/**
 * Finds centroids of the keys, and which of them each key belongs to: int32 [B, Hkv, keys] at `labels`.
 * @returns the fields of the params that say where all of it lies
 */
export async function labelKeys(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  wanted: number,
): Promise<Partial<Params> & { centroids: number; labels: number }> {
  const { batches, kvHeads, keys } = call;
  const centroids = Math.max(1, Math.min(wanted, keys));
  const labels = scope.allocate(FLOAT * batches * kvHeads * keys);
  const centroidRows = await findCentroids(scope, call, { ...operands, labels }, centroids);
  const assigned = { ...operands, centroids, keys, centroidRows, labels };
  await assign(scope, assigned);
  return assigned;
}

/** The keys of each head by cluster, in their own order within one, and where each cluster begins. */
function sortKeys(scope: Scope, call: AttentionCall, labels: number, centroids: number) {
  const { arena } = scope.engine;
  const { batches, kvHeads, keys } = call;
  const heads = batches * kvHeads;
  const keyOrder = scope.allocate(FLOAT * heads * keys);
  const clusterStarts = scope.allocate(FLOAT * heads * (centroids + 1));
  const given = arena.int32(labels, heads * keys);
  const order = arena.int32(keyOrder, heads * keys);
  const starts = arena.int32(clusterStarts, heads * (centroids + 1)).fill(0);
  for (let index = 0; index < heads; index++) {
    const valid = call.limits[Math.floor(index / kvHeads)]!.keys;
    const own = starts.subarray(index * (centroids + 1), (index + 1) * (centroids + 1));
    for (let key = 0; key < valid; key++) own[given[index * keys + key]! + 1]!++;
    for (let c = 0; c < centroids; c++) own[c + 1]! += own[c]!;
    const next = own.slice();
    for (let key = 0; key < valid; key++) {
      const label = given[index * keys + key]!;
      order[index * keys + next[label]!++] = key;
    }
  }
  return { keyOrder, clusterStarts };
}

/** The mean of some queries of all heads that share a head of the key, those that are finite: [B, Hkv, D]. */
function meanQueries(scope: Scope, call: AttentionCall, operands: Partial<Params>): Float64Array {
  const { arena } = scope.engine;
  const { batches, heads, kvHeads, queries, headDim } = call;
  const sums = new Float64Array(batches * kvHeads * headDim);
  const perGroup = heads / kvHeads;
  const floats = arena.floats;
  const total = perGroup * queries;
  const rows = Math.min(total, MEAN_QUERIES);
  for (let index = 0; index < batches * kvHeads; index++) {
    const own = sums.subarray(index * headDim, (index + 1) * headDim);
    let counted = 0;
    for (let i = 0; i < rows; i++) {
      const at = Math.floor(((i + 0.5) * total) / rows);
      const head = (index % kvHeads) * perGroup + Math.floor(at / queries);
      const address =
        operands.q! +
        Math.floor(index / kvHeads) * operands.qBatch! +
        head * operands.qHead! +
        (at % queries) * operands.qRow!;
      if (!isFiniteRow(floats, address, headDim)) continue;
      const start = address / FLOAT;
      counted++;
      for (let d = 0; d < headDim; d++) own[d]! += floats[start + d]!;
    }
    if (counted > 0) for (let d = 0; d < headDim; d++) own[d]! /= counted;
  }
  return sums;
}

function isFiniteRow(floats: Float32Array, address: number, dim: number): boolean {
  let check = 0;
  for (let at = address / FLOAT; at < address / FLOAT + dim; at++) check += floats[at]! * 0;
  return check === 0;
}
