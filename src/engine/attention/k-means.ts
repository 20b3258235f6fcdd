/** Centroids of the keys of each head, by k-means on a sample of them. */
import { FLOAT } from '../runtime/arena.js';
import { greatest } from '../runtime/arguments.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import type { Scope } from './placement.js';

/** Keys of the sample that k-means runs on, for each centroid, and its rounds: more of either was not measurably closer. */
export const SAMPLE_PER_CENTROID = 8;
export const ROUNDS = 4;
/** Share of the centroids that are any keys of the sample; the others are chosen by their distance from these. */
const FIRST = 1 / 4;

/**
 * Centroids by k-means (Lloyd) on a sample of the distinct keys that are finite. It starts from the first of these and, as in
 * k-means++, from some that are far from the first: that is a third closer where there are but two or three keys a centroid.
 * The sample is chosen, and ordered, by a hash of each key: the same keys in another order give the same centroids, and so do
 * threads and the two fused tiers. A centroid without keys stays where it was.
 * @param operands among them `labels`, room for a number of each key, where their hashes are left
 * @returns where they lie: float32 [B·Hkv][centroids][D], then half of the squared norm of each, infinity where there is none
 */
export async function findCentroids(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  centroids: number,
): Promise<number> {
  const { engine } = scope;
  const { arena } = engine;
  const { batches, kvHeads, headDim, keys } = call;
  const heads = batches * kvHeads;
  const hashes = operands.labels!;
  const hashed = scope.placeParams({ ...operands, keys });
  await engine.run('hashKeys', hashed, heads, 0, 0);
  const samples = Array.from({ length: heads }, (_, index) => {
    const batch = Math.floor(index / kvHeads);
    const valid = call.limits[batch]!.keys;
    return {
      chosen: sampleByHash(
        new Uint32Array(arena.buffer, hashes + FLOAT * index * keys, valid),
        SAMPLE_PER_CENTROID * centroids,
      ),
      at: operands.k! + batch * operands.kBatch! + (index % kvHeads) * operands.kHead!,
    };
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
    for (let d = 0; d < dim; d++) {
      const x = rows[i * dim + d]! - means[label * dim + d]!;
      square += x * x;
    }
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

/** The hash of a key that holds NaN or infinity, a mean of which would be no centroid: see assembly/key-hashes.ts. */
const NO_HASH = 2 ** 32 - 1;

/**
 * About `wanted` of the keys, those of the smallest hashes, in the order of these. Of equal keys the first is taken alone: they
 * make one centroid, and keys of few kinds, as one-hot ones are, must not fill the sample with one of these.
 */
function sampleByHash(hashes: Uint32Array, wanted: number): number[] {
  const count = hashes.length;
  // Below a threshold that is raised until there are enough, or all keys were looked at.
  let first = new Map<number, number>();
  for (let share = wanted / count; ; share *= 2) {
    const limit = Math.min(share * 2 ** 32, NO_HASH);
    first = new Map();
    for (let i = count - 1; i >= 0; i--) if (hashes[i]! < limit) first.set(hashes[i]!, i);
    if (first.size >= Math.min(wanted, count) / 2 || limit === NO_HASH) break;
  }
  return [...first]
    .sort(([a], [b]) => a - b)
    .slice(0, 2 * wanted)
    .map(([, i]) => i);
}

/** Labels each key with the nearest of its centroids. */
export async function assign(scope: Scope, params: Partial<Params>): Promise<void> {
  const { engine } = scope;
  const address = scope.placeParams(params);
  const scratchSize = engine.kernels.assignScratch(address);
  const scratch = scope.allocate(scratchSize * engine.threads);
  await engine.run('assignKeys', address, engine.kernels.assignTasks(address), scratch, scratchSize);
}
