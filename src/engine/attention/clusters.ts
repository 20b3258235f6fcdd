/** The keys of each head in clusters, by k-means, and what assembly/clusters.ts sums of each. */
import { greatest } from '../runtime/arguments.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import type { Scope } from './placement.js';
import { headStateBytes, placeFeatures, stateRow, tableBytes } from './taylor.js';

/** Keys of the sample that k-means runs on, for each centroid, and its rounds: more of either was not measurably closer. */
export const SAMPLE_PER_CENTROID = 8;
export const ROUNDS = 4;
/** Share of the centroids that are any keys of the sample; the others are chosen by their distance from these. */
const FIRST = 1 / 4;
/** Queries whose mean is subtracted. Any vector would do, and this one is close to the mean of all. */
export const MEAN_QUERIES = 256;
const FLOAT = 4;

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
  const centroidRows = await findCentroids(scope, call, operands, centroids);
  const labels = scope.allocate(FLOAT * batches * kvHeads * keys);
  const assigned = { ...operands, centroids, keys, centroidRows, labels };
  await assign(scope, assigned);
  return assigned;
}

async function assign(scope: Scope, params: Partial<Params>): Promise<void> {
  const { engine } = scope;
  const address = scope.placeParams(params);
  const scratchSize = engine.kernels.assignScratch(address);
  const scratch = scope.allocate(scratchSize * engine.threads);
  await engine.run('assignKeys', address, engine.kernels.assignTasks(address), scratch, scratchSize);
}

/**
 * Centroids by k-means (Lloyd) on a sample of the distinct keys that are finite. It starts from the first of these and, as in
 * k-means++, from some that are far from the first: that is a third closer where there are but two or three keys a centroid.
 * The sample is chosen, and ordered, by a hash of each key: the same keys in another order give the same centroids, and so do
 * threads and the two fused tiers. A centroid without keys stays where it was.
 */
async function findCentroids(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  centroids: number,
): Promise<number> {
  const { arena } = scope.engine;
  const { batches, kvHeads, headDim } = call;
  const heads = batches * kvHeads;
  const samples = Array.from({ length: heads }, (_, index) => {
    const batch = Math.floor(index / kvHeads);
    const at = operands.k! + batch * operands.kBatch! + (index % kvHeads) * operands.kHead!;
    const valid = call.limits[batch]!.keys;
    const wanted = SAMPLE_PER_CENTROID * centroids;
    // A mean of keys that hold NaN or infinity would be no centroid.
    const chosen = sampleByHash(arena.buffer, at, operands.kRow!, headDim, valid, wanted).filter((key) =>
      isFiniteRow(arena.floats, at + key * operands.kRow!, headDim),
    );
    return { chosen, at };
  });
  const most = Math.max(1, greatest(samples.map(({ chosen }) => chosen.length)));
  const k = scope.allocate(FLOAT * heads * most * headDim);
  samples.forEach(({ chosen, at }, index) => {
    const { floats } = arena;
    chosen.forEach((key, i) => {
      const from = (at + key * operands.kRow!) / FLOAT;
      floats.copyWithin(k / FLOAT + (index * most + i) * headDim, from, from + headDim);
    });
  });
  const address = scope.allocate(FLOAT * heads * centroids * (headDim + 1));
  const labels = scope.allocate(FLOAT * heads * most);
  const params: Partial<Params> = {
    ...{ batches: heads, heads: 1, headsPerGroup: 1, headDim, centroids, keys: most },
    ...{ k, kBatch: FLOAT * most * headDim, kRow: FLOAT * headDim, centroidRows: address, labels },
    limits: scope.placeInts(samples.flatMap(({ chosen }) => [chosen.length, 0])),
  };
  for (let round = 0; round <= ROUNDS; round++) {
    // Views anew: memory may have moved.
    const means = arena.float32(address, heads * centroids * headDim);
    const norms = arena.float32(address + means.byteLength, heads * centroids);
    const sample = arena.float32(k, heads * most * headDim);
    const given = arena.int32(labels, heads * most);
    // A head with fewer distinct keys than centroids has none for the rest: they are nearest to no key.
    samples.forEach(({ chosen }, index) => {
      const all = Math.min(centroids, chosen.length);
      const first = Math.ceil(FIRST * all);
      const own = {
        means: means.subarray(index * centroids * headDim, (index + 1) * centroids * headDim),
        norms: norms.subarray(index * centroids, (index + 1) * centroids),
        sample: sample.subarray(index * most * headDim, (index * most + chosen.length) * headDim),
      };
      const labelled = given.subarray(index * most, index * most + chosen.length);
      if (round === 0) {
        own.means.fill(0);
        own.means.set(own.sample.subarray(0, first * headDim));
      } else if (round === 1) {
        addDistant(own.means, own.sample, labelled, first, all);
      } else {
        moveCentroids(own.means, own.sample, labelled, headDim);
      }
      const starts = round === 0 ? first : all;
      measureNorms(own.means, own.norms, starts, headDim);
    });
    if (round < ROUNDS) await assign(scope, params);
  }
  return address;
}

function isFiniteRow(floats: Float32Array, address: number, dim: number): boolean {
  let check = 0;
  for (let at = address / FLOAT; at < address / FLOAT + dim; at++) check += floats[at]! * 0;
  return check === 0;
}

/** Half the squared norm of each centroid, infinity where there is none. */
function measureNorms(means: Float32Array, norms: Float32Array, centroids: number, headDim: number): void {
  norms.fill(Number.POSITIVE_INFINITY);
  for (let c = 0; c < centroids; c++) {
    let square = 0;
    for (let d = c * headDim; d < (c + 1) * headDim; d++) square += means[d]! * means[d]!;
    norms[c] = square / 2;
  }
}

/**
 * Adds rows to the first centroids, which they are labelled with, until there are as many as wanted: the chance of a row grows
 * with its squared distance. The order of the rows, by their hashes, is as good as random numbers.
 */
function addDistant(
  means: Float32Array,
  rows: Float32Array,
  labels: Int32Array,
  first: number,
  wanted: number,
): void {
  const dim = rows.length / labels.length;
  const turns = Float64Array.from(labels, (label, i) => {
    let square = 0;
    for (let d = 0; d < dim; d++) square += (rows[i * dim + d]! - means[label * dim + d]!) ** 2;
    // Of numbers −ln(u)/weight, u uniform in 0 to 1, the smallest belongs to a row with a chance in proportion to its weight (Efraimidis
    // and Spirakis 2006). So one sort draws all rows.
    return square > 0 ? -Math.log(1 - (i + 0.5) / labels.length) / square : Number.POSITIVE_INFINITY;
  });
  const order = [...turns.keys()].sort((a, b) => turns[a]! - turns[b]! || a - b);
  for (let c = first; c < wanted; c++) {
    const row = order[c - first]! * dim;
    means.set(rows.subarray(row, row + dim), c * dim);
  }
}

/** Replaces each centroid by the mean of the rows that are labelled with it. */
function moveCentroids(means: Float32Array, rows: Float32Array, labels: Int32Array, headDim: number): void {
  const sums = new Float64Array(means.length);
  const counts = new Float64Array(means.length / headDim);
  for (let i = 0; i < labels.length; i++) {
    const from = i * headDim;
    const to = labels[i]! * headDim;
    for (let d = 0; d < headDim; d++) sums[to + d]! += rows[from + d]!;
    counts[labels[i]!]!++;
  }
  for (let i = 0; i < means.length; i++) {
    const count = counts[Math.floor(i / headDim)]!;
    if (count > 0) means[i] = sums[i]! / count;
  }
}

/**
 * About `wanted` of the rows, those of the smallest hashes, in the order of these. Of equal keys the first is taken alone: they
 * make one centroid, and keys of few kinds, as one-hot ones are, must not fill the sample with one of these.
 */
function sampleByHash(
  buffer: ArrayBufferLike,
  address: number,
  stride: number,
  dim: number,
  count: number,
  wanted: number,
): number[] {
  const words = new Int32Array(buffer);
  const hashes = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    let hash = 0;
    const start = (address + i * stride) >>> 2;
    for (let at = start; at < start + dim; at++) {
      hash = Math.imul(hash ^ words[at]!, 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    hashes[i] = hash ^ (hash >>> 16);
  }
  // Below a threshold that is raised until there are enough, or all keys were looked at.
  let first = new Map<number, number>();
  for (let limit = count <= wanted ? 2 ** 32 : (2 ** 32 * wanted) / count; ; limit *= 2) {
    first = new Map();
    for (let i = count - 1; i >= 0; i--) if (hashes[i]! < limit) first.set(hashes[i]!, i);
    if (first.size >= Math.min(wanted, count) / 2 || limit >= 2 ** 32) break;
  }
  return [...first]
    .sort(([a], [b]) => a - b)
    .slice(0, 2 * wanted)
    .map(([, i]) => i);
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
