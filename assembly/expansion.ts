/**
 * Attention by expansions of exp about centroids of the keys.
 *
 * A cluster has the keys k with weights b = e^(q̄·k − r), r the largest q̄·k, q̄ a vector subtracted from all queries; their
 * mean μ, and n = Σb, V = Σb·v, M = Σb(k − μ)vᵀ. With p = q − q̄, e^(q·k) is e^(p·μ + r)·b·e^(p·(k−μ)), and so of the cluster
 *   numerator     e^(p·μ + r)·((1 + h)·V + pᵀM)     the last term of order 1 only
 *   denominator   e^(p·μ + r)·(1 + h)·n             for Σb(k − μ) = 0
 * where h = ½·Σ_d p_d²·σ_d², half the variance of the scores about their mean. The clusters for which that is most are taken
 * key by key instead: their keys lie side by side, and go through the online softmax of exact attention, whose reference
 * the other clusters start. So nothing overflows, whatever the scores are.
 *
 * In causal attention (src/engine/attention/causal-centroids.ts) a call adds some keys to what a query has attended to before:
 * to an output o, a reference r and a sum s of weights 2^(score − r). That is one more term, s·2^r in the denominator and s·2^r·o
 * in the numerator, and what the call leaves is again of that form.
 *
 * Order 2 has the sums of products of two of the numbers of k − μ as well, also in the denominator, where they take the place of h:
 * all of them are the state that linear attention has of a head, of the keys k − μ with weights b.
 *
 * Exponents have base 2; M, and the variances in h, carry the powers of ln 2 that this asks for.
 */
import { meansOf, momentsOf, offsetsOf, shapeOf, spreadsOf, valueRow, valuesOf, weightsOf } from './clusters';
import { exp2, LOG2E } from './exp';
import { CHUNK_ROW, packVariables, scaleRows } from './features';
import { NO_CENTRE, packPanel, unpackPanel } from './pack';
import { Params } from './params';
import {
  ALPHA, collect, finishStatistics, KEY_BLOCK, restoreStatistics, saveStatistics, softmax, SPAN_BLOCKS,
  startFrom, startStatistics, STATISTICS, statisticsOf, SUM,
} from './softmax';
import { addRows, addRowsToSums } from './sums';
import { FEATURES_SIZE, queryState, taylorScratch, termsSize, valuesSize } from './taylor';
import { LANES, LANES_ROW, multiplyAdd, ONES, product, scaleAddTransposedProduct } from './tile';

/** Queries that share their near clusters: the same on every tier. */
const NEAR_TILE: i32 = 16;
/** Queries of a task, unless params.queriesPerTask says otherwise: they share the moments that they read. */
const QUERY_BLOCK: i32 = 64;
/** Clusters between two calls of `collect`. */
const CLUSTER_BLOCK: i32 = 64;

function perTask(params: Params): i32 { return params.queriesPerTask ? params.queriesPerTask : QUERY_BLOCK; }

/** How many tasks all queries make. */
export function expansionTasks(params: Params): i32 {
  return params.batches * params.heads * ((params.queries + perTask(params) - 1) / perTask(params));
}

/**
 * Bytes of scratch memory of one thread: the queries of a task, as they are and less the mean query, outputs, totals; statistics;
 * weights of clusters [panel][C]; a tile of scores or of features; the expected error of each cluster, and which are near; for order 2
 * what linear attention takes, and a factor of each query.
 */
export function expansionScratch(params: Params): usize {
  const queries = <usize>perTask(params) << 2;
  const panels = <usize>(perTask(params) / LANES);
  const tile = <usize>max(max(KEY_BLOCK, CLUSTER_BLOCK), params.headDim) * LANES_ROW;
  return queries * <usize>(2 * params.headDim + 2 * params.valueDim + params.centroids) + panels * (STATISTICS + LANES_ROW) + tile
    + <usize>params.centroids * 24 + 64 + (params.order == 2 ? taylorScratch(params) + CHUNK_ROW : 0);
}

/** Attention of the queries of one task. `taskList` says which tasks are asked for, where it is not all of them. */
export function expansion(params: Params, task: i32, scratch: usize): void {
  if (params.taskList) task = load<i32>(params.taskList + (<usize>task << 2));
  const most = perTask(params);
  const blocks = (params.queries + most - 1) / most;
  const query = (task % blocks) * most;
  const head = (task / blocks) % params.heads;
  const batch = task / blocks / params.heads;
  const groups = params.heads / params.headsPerGroup;
  const index = <usize>(batch * groups + head / params.headsPerGroup);
  const count = min(most, params.queries - query);
  const panels = (count + LANES - 1) / LANES;

  const queries = scratch;
  const differences = queries + (<usize>(most * params.headDim) << 2);
  const outputs = differences + (<usize>(most * params.headDim) << 2);
  const totals = outputs + (<usize>(most * params.valueDim) << 2);
  const weights = totals + (<usize>(most * params.valueDim) << 2);
  const statistics = weights + (<usize>(most * params.centroids) << 2);
  const squares = statistics + <usize>(most / LANES) * STATISTICS;
  const tile = squares + <usize>(most / LANES) * LANES_ROW;
  const errors = tile + <usize>max(max(KEY_BLOCK, CLUSTER_BLOCK), params.headDim) * LANES_ROW;
  const near = errors + (<usize>params.centroids << 4);

  memory.fill(queries, 0, <usize>(most * params.headDim) << 3);
  memory.fill(outputs, 0, <usize>(most * params.valueDim) << 3);
  const q = params.q + <usize>batch * params.qBatch + <usize>head * params.qHead + <usize>query * params.qRow;
  const o = params.o + <usize>batch * params.oBatch + <usize>head * params.oHead + <usize>query * params.oRow;
  const earlier = params.statistics ? statisticsOf(params, batch, head, query) : 0;
  const centre = params.meanQuery + index * (<usize>params.headDim << 2);
  for (let panel = 0; panel < panels; panel++) {
    const first = panel * LANES;
    const rows = q + <usize>first * params.qRow;
    const lanes = min(LANES, count - first);
    if (params.near) packPanel(rows, params.qRow, lanes, NO_CENTRE, params.scale * LOG2E, panelOf(queries, panel, params.headDim), LANES_ROW, params.headDim);
    packPanel(rows, params.qRow, lanes, centre, params.scale * LOG2E, panelOf(differences, panel, params.headDim), LANES_ROW, params.headDim);
    const statistic = statistics + <usize>panel * STATISTICS;
    startStatistics(statistic);
    if (earlier) restoreStatistics(statistic, earlier + (<usize>first << 3), lanes);
    weighClusters(params, index, panelOf(differences, panel, params.headDim), panelOf(weights, panel, params.centroids),
      squares + <usize>panel * LANES_ROW, statistic);
    if (earlier) {
      const total = panelOf(totals, panel, params.valueDim);
      packPanel(o + <usize>first * params.oRow, params.oRow, lanes, NO_CENTRE, 1, total, LANES_ROW, params.valueDim);
      scaleRows(total, LANES_ROW, statistic + SUM, params.valueDim);
    }
  }
  const tilePanels = NEAR_TILE / LANES;
  if (params.near) {
    for (let panel = 0; panel < panels; panel += tilePanels) {
      const end = min(panels, panel + tilePanels);
      chooseNear(params, index, panel, end, weights, squares, errors, near + <usize>(panel / tilePanels) * <usize>params.centroids);
    }
  }
  if (params.order == 2) expandSecond(params, index, q, count, centre, weights, statistics, totals, near, (near + <usize>(params.centroids << 3) + 63) & ~63);
  else expand(params, index, panels, differences, weights, squares, statistics, tile, outputs, totals, near);
  if (params.near) {
    for (let panel = 0; panel < panels; panel++) {
      attendNear(params, index, near + <usize>(panel / tilePanels) * <usize>params.centroids, panelOf(queries, panel, params.headDim), tile,
        statistics + <usize>panel * STATISTICS, panelOf(outputs, panel, params.valueDim), panelOf(totals, panel, params.valueDim));
    }
  }
  for (let panel = 0; panel < panels; panel++) {
    const statistic = statistics + <usize>panel * STATISTICS;
    const first = panel * LANES;
    const lanes = min(LANES, count - first);
    if (earlier) saveStatistics(statistic, earlier + (<usize>first << 3), lanes);
    finishStatistics(statistic);
    unpackPanel(panelOf(totals, panel, params.valueDim), LANES_ROW, statistic + ALPHA, o + <usize>first * params.oRow, params.oRow, lanes,
      params.valueDim);
  }
}

// @ts-ignore: decorator
@inline
function panelOf(panels: usize, panel: i32, dim: i32): usize { return panels + <usize>(panel * dim) * LANES_ROW; }

/**
 * weights[c] = 2^(p·μ + r − reference) of each cluster, the reference being the largest exponent, rounded; squares =
 * Σ p_d²·shape_d, so that h = squares·spread. What the statistics hold from before is brought to that reference.
 */
function weighClusters(params: Params, index: usize, differences: usize, weights: usize, squares: usize, statistics: usize): void {
  const end = weights + <usize>params.centroids * LANES_ROW;
  product(meansOf(params, index), <usize>params.headDim << 2, differences, weights, LANES_ROW, params.centroids, params.headDim);
  for (let lane: usize = 0; lane < LANES_ROW; lane += 16) {
    const before = v128.load(statistics + lane);
    let largest = before;
    let offset = offsetsOf(params, index);
    for (let w = weights + lane; w < end; w += LANES_ROW) {
      const x = f32x4.add(v128.load(w), v128.load32_splat(offset));
      v128.store(w, x);
      largest = f32x4.pmax(largest, x);
      offset += 4;
    }
    const reference = f32x4.nearest(largest);
    for (let w = weights + lane; w < end; w += LANES_ROW) v128.store(w, exp2(f32x4.sub(v128.load(w), reference)));
    const sum = f32x4.mul(v128.load(statistics + lane, SUM), exp2(f32x4.sub(before, reference)));
    v128.store(statistics + lane, sum, SUM);
    startFrom(statistics + lane, reference);
    let square = f32x4.splat(0);
    const shape = shapeOf(params, index);
    for (let d: usize = 0; d < <usize>params.headDim; d++) {
      const p = v128.load(differences + d * LANES_ROW + lane);
      square = multiplyAdd(f32x4.mul(p, p), v128.load32_splat(shape + (d << 2)), square);
    }
    v128.store(squares + lane, square);
  }
}

/**
 * Which clusters the queries of a tile take key by key: those of the largest expected error a key, h times the share of the
 * weight, summed over the queries, as many as have no more keys than params.near together.
 */
function chooseNear(params: Params, index: usize, panel: i32, end: i32, weights: usize, squares: usize, errors: usize, near: usize): void {
  const centroids = <usize>params.centroids;
  const counts = weightsOf(params, index);
  const spreads = spreadsOf(params, index);
  const starts = params.clusterStarts + ((index * (centroids + 1)) << 2);
  memory.fill(errors, 0, centroids << 4);
  for (; panel < end; panel++) {
    for (let lane: usize = 0; lane < LANES_ROW; lane += 16) {
      const row = panelOf(weights, panel, params.centroids) + lane;
      const square = v128.load(squares + <usize>panel * LANES_ROW + lane);
      let sum = f32x4.splat(0);
      for (let c: usize = 0; c < centroids; c++) {
        const h = f32x4.mul(square, v128.load32_splat(spreads + (c << 2)));
        const share = f32x4.mul(v128.load(row + c * LANES_ROW), v128.load32_splat(counts + (c << 2)));
        sum = f32x4.add(sum, multiplyAdd(h, share, share));
      }
      const inverse = f32x4.div(square, sum);
      for (let c: usize = 0; c < centroids; c++) {
        const weight = f32x4.mul(v128.load32_splat(spreads + (c << 2)), v128.load32_splat(counts + (c << 2)));
        const error = f32x4.mul(f32x4.mul(v128.load(row + c * LANES_ROW), weight), inverse);
        // A query that holds NaN is left out: it would make the expected error of every cluster NaN.
        const known = v128.and(error, f32x4.eq(error, error));
        v128.store(errors + (c << 4), f32x4.add(v128.load(errors + (c << 4)), known));
      }
    }
  }
  // The expected error a key of each cluster, as the bits of a float32: of numbers that are not negative, these are in the same order
  // as the numbers, so that `leastNear` can search a threshold among integers. A cluster that is too large is never near.
  for (let c: usize = 0; c < centroids; c++) {
    const e = v128.load(errors + (c << 4));
    const sum = (f32x4.extract_lane(e, 0) + f32x4.extract_lane(e, 1)) + (f32x4.extract_lane(e, 2) + f32x4.extract_lane(e, 3));
    const keys = load<i32>(starts + (c << 2), 4) - load<i32>(starts + (c << 2));
    store<i32>(errors + (c << 2), keys == 0 || keys > params.near ? -1 : reinterpret<i32>(sum / <f32>keys));
  }
  const least = leastNear(params, errors, starts);
  for (let c: usize = 0; c < centroids; c++) store<u8>(near + c, <u8>(load<i32>(errors + (c << 2)) >= least));
}

/** The smallest threshold that so few clusters reach that their keys are no more than params.near. */
function leastNear(params: Params, errors: usize, starts: usize): i32 {
  let low: i32 = 0;
  let high: i32 = 0x7f800001;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    let keys = 0;
    for (let c: usize = 0; c < <usize>params.centroids; c++) {
      if (load<i32>(errors + (c << 2)) >= middle) keys += load<i32>(starts + (c << 2), 4) - load<i32>(starts + (c << 2));
    }
    if (keys <= params.near) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Adds the expansions of all clusters that are not near to the totals of all panels, and to their sums. */
function expand(params: Params, index: usize, panels: i32, differences: usize, weights: usize, squares: usize, statistics: usize, tile: usize, outputs: usize, totals: usize, near: usize): void {
  const rowSize = <usize>valueRow(params) << 2;
  const tilePanels = NEAR_TILE / LANES;
  for (let first = 0; first < params.centroids; first += CLUSTER_BLOCK) {
    const clusters = min(CLUSTER_BLOCK, params.centroids - first);
    for (let panel = 0; panel < panels; panel++) {
      const flags = params.near ? near + <usize>(panel / tilePanels) * <usize>params.centroids + <usize>first : 0;
      correctWeights(params, index, first, clusters, panelOf(weights, panel, params.centroids) + <usize>first * LANES_ROW,
        squares + <usize>panel * LANES_ROW, statistics + <usize>panel * STATISTICS, flags, tile);
      scaleAddTransposedProduct(valuesOf(params, index) + <usize>first * rowSize, rowSize, tile, panelOf(outputs, panel, params.valueDim), LANES_ROW, ONES,
        params.valueDim, clusters);
    }
    if (params.order > 0) {
      for (let c = first; c < first + clusters; c++) {
        const moments = momentsOf(params, index, <usize>c);
        for (let panel = 0; panel < panels; panel++) {
          if (params.near && load<u8>(near + <usize>(panel / tilePanels) * <usize>params.centroids + <usize>c)) continue;
          weighDifferences(panelOf(differences, panel, params.headDim), panelOf(weights, panel, params.centroids) + <usize>c * LANES_ROW, params.headDim, tile);
          scaleAddTransposedProduct(moments, rowSize, tile, panelOf(outputs, panel, params.valueDim), LANES_ROW, ONES, params.valueDim, params.headDim);
        }
      }
    }
    for (let panel = 0; panel < panels; panel++) {
      collect(panelOf(outputs, panel, params.valueDim), panelOf(totals, panel, params.valueDim), params.valueDim, statistics + <usize>panel * STATISTICS);
    }
  }
}

/** The same for order 2: each cluster is a state of linear attention, and the queries are answered by it, times their weights. */
function expandSecond(params: Params, index: usize, q: usize, count: i32, centre: usize, weights: usize, statistics: usize, totals: usize, near: usize, scratch: usize): void {
  const denominators = scratch + FEATURES_SIZE + termsSize(params);
  const outputs = denominators + 2 * CHUNK_ROW;
  const variables = outputs + 3 * valuesSize(params);
  const factors = scratch + taylorScratch(params);
  const end = <usize>count << 2;
  memory.fill(denominators, 0, variables - denominators);
  let products = 0;
  for (let c: usize = 0; c < <usize>params.centroids; c++) {
    for (let lane: usize = 0; lane < end; lane += 4) {
      const weight = load<f32>(weights + (lane / LANES_ROW * <usize>params.centroids + c) * LANES_ROW + lane % LANES_ROW);
      const isNear = params.near && load<u8>(near + lane / (NEAR_TILE << 2) * <usize>params.centroids + c);
      // Features of queries get the fourth power of these factors.
      store<f32>(factors + lane, isNear ? 0 : sqrt(sqrt(weight)));
    }
    packVariables(q, params.qRow, count, centre, params.scale * LOG2E, factors, variables, params.headDim);
    products = queryState(params, momentsOf(params, index, c), params.valueDim, variables, count, products, scratch);
  }
  const rows = (count + LANES - 1) / LANES * params.valueDim;
  addRowsToSums(outputs, outputs + valuesSize(params), LANES_ROW, valuesSize(params), rows);
  addRows(outputs + valuesSize(params), totals, rows);
  for (let lane: usize = 0; lane < end; lane += 4) {
    const sum = statistics + lane / LANES_ROW * STATISTICS + lane % LANES_ROW;
    store<f32>(sum, load<f32>(sum, SUM) + load<f32>(denominators + lane), SUM);
  }
}

/** tile[c] = weight·(1 + h), 0 where the cluster is near; times n, it is added to the sum of the statistics. */
function correctWeights(params: Params, index: usize, first: i32, clusters: i32, weights: usize, squares: usize, statistics: usize, near: usize, tile: usize): void {
  const one = f32x4.splat(1);
  for (let lane: usize = 0; lane < LANES_ROW; lane += 16) {
    const square = v128.load(squares + lane);
    let sum = f32x4.splat(0);
    let count = weightsOf(params, index) + (<usize>first << 2);
    let spread = spreadsOf(params, index) + (<usize>first << 2);
    for (let c = 0; c < clusters; c++) {
      const at = <usize>c * LANES_ROW + lane;
      let weight = f32x4.mul(v128.load(weights + at), multiplyAdd(square, v128.load32_splat(spread), one));
      if (near && load<u8>(near + <usize>c)) weight = f32x4.splat(0);
      v128.store(tile + at, weight);
      sum = multiplyAdd(weight, v128.load32_splat(count), sum);
      count += 4;
      spread += 4;
    }
    v128.store(statistics + lane, f32x4.add(v128.load(statistics + lane, SUM), sum), SUM);
  }
}

/** tile[d] = weight·p[d] */
function weighDifferences(differences: usize, weights: usize, dim: i32, tile: usize): void {
  const end = differences + <usize>dim * LANES_ROW;
  for (let lane: usize = 0; lane < LANES_ROW; lane += 16) {
    const weight = v128.load(weights + lane);
    let t = tile + lane;
    for (let p = differences + lane; p < end; p += LANES_ROW) {
      v128.store(t, f32x4.mul(weight, v128.load(p)));
      t += LANES_ROW;
    }
  }
}

/** The near clusters of a panel, key by key. */
function attendNear(params: Params, index: usize, near: usize, queries: usize, scores: usize, statistics: usize, outputs: usize, totals: usize): void {
  const starts = params.clusterStarts + ((index * <usize>(params.centroids + 1)) << 2);
  // Adjacent clusters make one range; a block takes ranges until it is full.
  let block = 0;
  let c = 0;
  let key = 0;
  let end = 0;
  while (true) {
    const firstCluster = c;
    const firstKey = key;
    const firstEnd = end;
    let again = false;
    let keys = 0;
    do {
      c = firstCluster;
      key = firstKey;
      end = firstEnd;
      keys = 0;
      while (keys < KEY_BLOCK) {
        if (key == end) {
          while (c < params.centroids && !load<u8>(near + <usize>c)) c++;
          if (c == params.centroids) break;
          key = load<i32>(starts + (<usize>c << 2));
          while (c < params.centroids && load<u8>(near + <usize>c)) c++;
          end = load<i32>(starts + (<usize>c << 2));
        }
        const rows = min(KEY_BLOCK - keys, end - key);
        product(keyAt(params, index, key), <usize>params.headDim << 2, queries, scores + <usize>keys * LANES_ROW, LANES_ROW, rows, params.headDim);
        key += rows;
        keys += rows;
      }
      if (keys == 0) {
        // The last block was a full one, and is not collected yet.
        collect(outputs, totals, params.valueDim, statistics);
        return;
      }
      again = !softmax(scores, keys, statistics);
    } while (again);
    addValues(params, index, near, firstCluster, firstKey, firstEnd, keys, scores, statistics + ALPHA, outputs);
    block++;
    if (block % SPAN_BLOCKS == 0 || keys < KEY_BLOCK) collect(outputs, totals, params.valueDim, statistics);
    if (keys < KEY_BLOCK) return;
  }
}

/** The same ranges once more, for their values. */
function addValues(params: Params, index: usize, near: usize, c: i32, key: i32, end: i32, keys: i32, scores: usize, alpha: usize, outputs: usize): void {
  const starts = params.clusterStarts + ((index * <usize>(params.centroids + 1)) << 2);
  const size = <usize>params.valueDim << 2;
  for (let done = 0; done < keys; ) {
    if (key == end) {
      while (!load<u8>(near + <usize>c)) c++;
      key = load<i32>(starts + (<usize>c << 2));
      while (c < params.centroids && load<u8>(near + <usize>c)) c++;
      end = load<i32>(starts + (<usize>c << 2));
    }
    const rows = min(keys - done, end - key);
    const v = params.sortedValues + (index * <usize>params.keys + <usize>key) * size;
    scaleAddTransposedProduct(v, size, scores + <usize>done * LANES_ROW, outputs, LANES_ROW, alpha, params.valueDim, rows);
    alpha = ONES;
    key += rows;
    done += rows;
  }
}

// @ts-ignore: decorator
@inline
function keyAt(params: Params, index: usize, key: i32): usize {
  return params.sortedKeys + (index * <usize>params.keys + <usize>key) * (<usize>params.headDim << 2);
}
