/**
 * The keys by clusters: which cluster each belongs to, and what the expansions about the centroids need to know of each.
 * The formula is in assembly/expansion.ts.
 *
 * Record of one batch and head of the key, float32 all, C clusters:
 *   means [C][headDim], variances [C][headDim], offsets [C], weights [C], spreads [C], shape [headDim],
 *   values [C][valueRow], and for orders 1 and 2 states [C] as of linear attention (assembly/taylor.ts), of the keys less the mean
 */
import { exp2, LOG2E } from './exp';
import { CHUNK } from './features';
import { NO_CENTRE, packPanel } from './pack';
import { Params } from './params';
import { addToDoubles } from './sums';
import { packedKeys, stateRow, stateSize, taylorScratch } from './taylor';
import { appendKeys } from './taylor-state';
import { LANES, multiplyAdd, product } from './tile';

const LN2: f64 = 0.6931471805599453;

/** Values in a row: the columns, rounded up to whole panels of every tier. */
// @ts-ignore: decorator
@inline
export function valueRow(params: Params): i32 { return stateRow(params.valueDim); }

// @ts-ignore: decorator
@inline
function vectorSize(params: Params): usize { return <usize>params.headDim << 2; }
// @ts-ignore: decorator
@inline
function perCluster(params: Params): usize { return <usize>params.centroids << 2; }

// Places in a record, by the index of the batch and head of the key.
export function meansOf(params: Params, index: usize): usize { return params.clusters + index * params.clustersStride; }
function variancesOf(params: Params, index: usize): usize { return meansOf(params, index) + perCluster(params) * <usize>params.headDim; }
/** Largest log₂ weight of a cluster's keys, −∞ where it has none. */
export function offsetsOf(params: Params, index: usize): usize { return variancesOf(params, index) + perCluster(params) * <usize>params.headDim; }
/** Sum of the keys' weights, the largest of which is 1. */
export function weightsOf(params: Params, index: usize): usize { return offsetsOf(params, index) + perCluster(params); }
export function spreadsOf(params: Params, index: usize): usize { return weightsOf(params, index) + perCluster(params); }
export function shapeOf(params: Params, index: usize): usize { return spreadsOf(params, index) + perCluster(params); }
export function valuesOf(params: Params, index: usize): usize { return (shapeOf(params, index) + vectorSize(params) + 63) & ~63; }
/** The state of a cluster: sums of features of ln 2·(k − mean), which for order 1 are its moments [headDim][valueRow] first of all. */
export function momentsOf(params: Params, index: usize, cluster: usize): usize {
  return valuesOf(params, index) + perCluster(params) * <usize>valueRow(params) + cluster * 2 * stateSize(params, params.valueDim);
}

/** Bytes of one record. */
export function clustersSize(params: Params): usize {
  return (momentsOf(params, 0, params.order > 0 ? <usize>params.centroids : 0) - meansOf(params, 0) + 127) & ~63;
}

// ---- Which cluster ----

/** How many tasks `assignKeys` divides into: one a batch, head of the key and chunk of keys. */
export function assignTasks(params: Params): i32 {
  return params.batches * (params.heads / params.headsPerGroup) * ((params.keys + CHUNK - 1) / CHUNK);
}

/** Bytes of scratch memory of one thread for `assignKeys`: a panel of keys and their scores. */
export function assignScratch(params: Params): usize {
  return (<usize>LANES << 2) * <usize>(params.headDim + params.centroids);
}

/**
 * Finds the nearest centroid of each key of a chunk, the first of several: that of the largest k·μ − ½|μ|². A key that holds
 * NaN is in the first cluster. `centroidRows` holds [C][headDim] of each head, then ½|μ|² [C] of each.
 */
export function assignKeys(params: Params, task: i32, scratch: usize): void {
  const groups = params.heads / params.headsPerGroup;
  const chunks = (params.keys + CHUNK - 1) / CHUNK;
  const index = task / chunks;
  const first = (task % chunks) * CHUNK;
  const batch = index / groups;
  const end = min(first + CHUNK, load<i32>(params.limits + (<usize>batch << 3)));
  const k = params.k + <usize>batch * params.kBatch + <usize>(index % groups) * params.kHead;
  const centroids = params.centroidRows + <usize>index * perCluster(params) * <usize>params.headDim;
  const norms = params.centroidRows + <usize>(params.batches * groups) * perCluster(params) * <usize>params.headDim + <usize>index * perCluster(params);
  const labels = params.labels + (<usize>index * <usize>params.keys << 2);
  const row = <usize>LANES << 2;
  const panel = scratch;
  const scores = panel + row * <usize>params.headDim;
  for (let key = first; key < end; key += LANES) {
    const count = min(LANES, end - key);
    if (count < LANES) memory.fill(panel, 0, row * <usize>params.headDim);
    packPanel(k + <usize>key * params.kRow, params.kRow, count, NO_CENTRE, 1, panel, row, params.headDim);
    product(centroids, vectorSize(params), panel, scores, row, params.centroids, params.headDim);
    for (let lane = 0; lane < count; lane += 4) {
      let best = f32x4.splat(-f32.POSITIVE_INFINITY);
      let label = i32x4.splat(0);
      let s = scores + (<usize>lane << 2);
      for (let c = 0; c < params.centroids; c++) {
        const score = f32x4.sub(v128.load(s), v128.load32_splat(norms + (<usize>c << 2)));
        const better = f32x4.gt(score, best);
        best = v128.bitselect(score, best, better);
        label = v128.bitselect(i32x4.splat(c), label, better);
        s += row;
      }
      const out = labels + (<usize>(key + lane) << 2);
      store<i32>(out, i32x4.extract_lane(label, 0));
      if (count - lane > 1) store<i32>(out, i32x4.extract_lane(label, 1), 4);
      if (count - lane > 2) store<i32>(out, i32x4.extract_lane(label, 2), 8);
      if (count - lane > 3) store<i32>(out, i32x4.extract_lane(label, 3), 12);
    }
  }
}

// ---- What is known of a cluster ----

/** Bytes of scratch memory of one thread for `clusterKeys`. */
export function clusterScratch(params: Params): usize {
  return 8 * <usize>(max(params.headDim, params.valueDim) + 4) + taylorScratch(params);
}

/** Lays the keys and values of one cluster side by side, and sums what its expansion needs. A task is one cluster. */
export function clusterKeys(params: Params, task: i32, scratch: usize): void {
  const groups = params.heads / params.headsPerGroup;
  const index = <usize>(task / params.centroids);
  const cluster = <usize>(task % params.centroids);
  const dim = params.headDim;
  const start = load<i32>(params.clusterStarts + ((index * <usize>(params.centroids + 1) + cluster) << 2));
  const end = load<i32>(params.clusterStarts + ((index * <usize>(params.centroids + 1) + cluster + 1) << 2));
  const keySize = vectorSize(params);
  const valueSize = <usize>params.valueDim << 2;
  const mean = meansOf(params, index) + cluster * keySize;
  const variance = variancesOf(params, index) + cluster * keySize;
  const values = valuesOf(params, index) + cluster * (<usize>valueRow(params) << 2);
  const place = cluster << 2;
  memory.fill(mean, 0, keySize);
  memory.fill(variance, 0, keySize);
  memory.fill(values, 0, <usize>valueRow(params) << 2);
  const moments = momentsOf(params, index, cluster);
  if (params.order > 0) memory.fill(moments, 0, 2 * stateSize(params, params.valueDim));
  if (start == end) {
    store<f32>(offsetsOf(params, index) + place, -f32.POSITIVE_INFINITY);
    store<f32>(weightsOf(params, index) + place, 0);
    return;
  }

  // Side by side.
  const batch = index / <usize>groups;
  const group = index % <usize>groups;
  const base = index * <usize>params.keys;
  const k = params.sortedKeys + base * keySize;
  const v = params.sortedValues + base * valueSize;
  const order = params.keyOrder + (base << 2);
  for (let i = start; i < end; i++) {
    const key = <usize>load<i32>(order + (<usize>i << 2));
    memory.copy(k + <usize>i * keySize, params.k + batch * params.kBatch + group * params.kHead + key * params.kRow, keySize);
    memory.copy(v + <usize>i * valueSize, params.v + batch * params.vBatch + group * params.vHead + key * params.vRow, valueSize);
  }

  const weights = params.labels + (base << 2);
  const offset = weighKeys(params, params.meanQuery + index * keySize, k, start, end, weights);
  const totals = scratch;
  memory.fill(totals, 0, 8 * <usize>(max(dim, params.valueDim) + 4));
  let weight: f64 = 0;
  for (let first = start; first < end; first += CHUNK) {
    let sum: f32 = 0;
    for (let i = first; i < min(end, first + CHUNK); i++) sum += load<f32>(weights + (<usize>i << 2));
    weight += <f64>sum;
  }
  for (let first = start; first < end; first += CHUNK) sumRows(k, keySize, dim, weights, first, min(end, first + CHUNK), NO_CENTRE, false, totals);
  finishSums(totals, dim, 1 / weight, mean);
  for (let first = start; first < end; first += CHUNK) sumRows(k, keySize, dim, weights, first, min(end, first + CHUNK), mean, true, totals);
  finishSums(totals, dim, 0.5 * LN2 * LN2 / weight, variance);
  for (let first = start; first < end; first += CHUNK) sumRows(v, valueSize, params.valueDim, weights, first, min(end, first + CHUNK), NO_CENTRE, false, totals);
  finishSums(totals, params.valueDim, 1, values);
  store<f32>(offsetsOf(params, index) + place, offset);
  store<f32>(weightsOf(params, index) + place, <f32>weight);
  if (params.order == 0) return;
  // Features of keys get the square of these factors.
  for (let i = start; i < end; i++) store<f32>(weights + (<usize>i << 2), sqrt(load<f32>(weights + (<usize>i << 2))));
  const step = packedKeys(params);
  for (let i = start; i < end; i += step) {
    appendKeys(params, k + <usize>i * keySize, keySize, v + <usize>i * valueSize, valueSize, min(step, end - i), mean, <f32>LN2,
      weights + (<usize>i << 2), moments, params.valueDim, 0, params.blocks, scratch);
  }
}

/** weights[i] = 2^(q̄·kᵢ − offset); returns the offset, the largest of q̄·k. */
function weighKeys(params: Params, meanQuery: usize, k: usize, start: i32, end: i32, weights: usize): f32 {
  const size = vectorSize(params);
  let largest: f32 = -f32.MAX_VALUE;
  for (let i = start; i < end; i++) {
    const row = k + <usize>i * size;
    let sums = f32x4.splat(0);
    let d: usize = 0;
    for (; d + 16 <= size; d += 16) sums = multiplyAdd(v128.load(row + d), v128.load(meanQuery + d), sums);
    let sum = (f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1)) + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    for (; d < size; d += 4) sum += load<f32>(row + d) * load<f32>(meanQuery + d);
    sum *= params.scale * LOG2E;
    store<f32>(weights + (<usize>i << 2), sum);
    largest = max(largest, sum);
  }
  for (let i = start; i < end; i++) {
    const p = weights + (<usize>i << 2);
    store<f32>(p, f32x4.extract_lane(exp2(f32x4.splat(load<f32>(p) - largest)), 0));
  }
  return largest;
}

/** Adds the weighted sum of a chunk of rows, or of their squared distances to a centre, to totals in float64. */
function sumRows(rows: usize, size: usize, dim: i32, weights: usize, first: i32, end: i32, centre: usize, squared: bool, totals: usize): void {
  const from = rows + <usize>first * size;
  const to = rows + <usize>end * size;
  let d: usize = 0;
  for (; d + 16 <= size; d += 16) {
    const mean = v128.load(centre + d);
    let sum = f32x4.splat(0);
    let w = weights + (<usize>first << 2);
    for (let p = from + d; p < to; p += size) {
      const x = f32x4.sub(v128.load(p), mean);
      const y = f32x4.mul(v128.load32_splat(w), x);
      sum = squared ? multiplyAdd(y, x, sum) : f32x4.add(sum, y);
      w += 4;
    }
    addToDoubles(totals + 2 * d, sum);
  }
  for (; d < size; d += 4) {
    let sum: f32 = 0;
    let w = weights + (<usize>first << 2);
    for (let p = from + d; p < to; p += size) {
      const x = load<f32>(p) - load<f32>(centre + d);
      sum += load<f32>(w) * x * (squared ? x : 1);
      w += 4;
    }
    store<f64>(totals + 2 * d, load<f64>(totals + 2 * d) + <f64>sum);
  }
}

/** sums = factor·totals; totals = 0. */
function finishSums(totals: usize, dim: i32, factor: f64, sums: usize): void {
  for (let d = 0; d < dim; d++) {
    store<f32>(sums + (<usize>d << 2), <f32>(factor * load<f64>(totals + (<usize>d << 3))));
    store<f64>(totals + (<usize>d << 3), 0);
  }
}

/**
 * What all clusters of a head have in common: `shape`, by dimension, the variance of keys about their centroid, of mean 1,
 * and `spreads`, the mean variance of each cluster. The variance of a cluster's scores is then Σ q²·shape times its spread:
 * as good as its own variance in each dimension (docs/approximation.md), and no product for each pair of query and cluster.
 */
export function clusterShape(params: Params, task: i32, _scratch: usize): void {
  const index = <usize>task;
  const starts = params.clusterStarts + ((index * <usize>(params.centroids + 1)) << 2);
  const variances = variancesOf(params, index);
  const size = vectorSize(params);
  const shape = shapeOf(params, index);
  let all: f64 = 0;
  for (let d: usize = 0; d < size; d += 4) {
    let sum: f64 = 0;
    for (let c: usize = 0; c < <usize>params.centroids; c++) {
      const count = load<i32>(starts + (c << 2), 4) - load<i32>(starts + (c << 2));
      sum += <f64>count * <f64>load<f32>(variances + c * size + d);
    }
    store<f32>(shape + d, <f32>sum);
    all += sum;
  }
  const factor: f32 = all == 0 ? 0 : <f32>(<f64>params.headDim / all);
  for (let d: usize = 0; d < size; d += 4) store<f32>(shape + d, load<f32>(shape + d) * factor);
  for (let c: usize = 0; c < <usize>params.centroids; c++) {
    let sum: f64 = 0;
    for (let d: usize = 0; d < size; d += 4) sum += <f64>load<f32>(variances + c * size + d);
    store<f32>(spreadsOf(params, index) + (c << 2), <f32>(sum / <f64>params.headDim));
  }
}
