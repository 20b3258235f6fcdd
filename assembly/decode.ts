/**
 * Exact attention of few queries to many keys, as in decoding, where one token attends to all before it. Queries in lanes
 * (assembly/exact.ts) would leave most lanes idle; here dimensions lie in lanes (assembly/rows.ts), and one read of keys
 * and values serves all rows that share them: every query of every head of a group.
 *
 * Keys are divided into parts of PART, each a task of its own, so that one head keeps all threads busy. A part leaves
 * a reference, a sum and outputs for each row; `decodeMerge` adds these up in the order of the parts. Neither depends on
 * the number of threads, and outputs are sums of sums, as in assembly/exact.ts.
 */
import { exp2, LOG2E, tanh } from './exp';
import { BFLOAT16, endKey, firstKey, INT8, Params, slotOf } from './params';
import { addValuesToOne, addValuesToTwo, scoresOfOne, scoresOfTwo } from './rows';
import { addSmallValuesToOne, addSmallValuesToTwo, smallScoresOfOne, smallScoresOfTwo } from './rows-small';
import { biasInUnits, LOWEST } from './softmax';

/** Keys of one task. */
const PART: i32 = 512;
/** Keys between two updates of the statistics. */
const BLOCK: i32 = 128;
/** Bytes of a row of scores: a block, and a vector to end it with. */
const SCORES_ROW: usize = <usize>(BLOCK + 4) << 2;

/** What a part leaves of one row: reference and sum, in a vector, then outputs, padded to eight (as in exact.ts of the engine). */
const OUTPUTS: usize = 16;
// @ts-ignore: decorator
@inline
function partialSize(params: Params): usize { return OUTPUTS + (<usize>((params.valueDim + 7) & ~7) << 2); }
/** A packed query, padded to eight numbers. */
// @ts-ignore: decorator
@inline
function queryRow(params: Params): usize { return <usize>((params.headDim + 7) & ~7) << 2; }
/** Rows that share keys and values: [head of the group][query]. */
// @ts-ignore: decorator
@inline
function rowsOf(params: Params): i32 { return params.headsPerGroup * params.queries; }

/** Into how many parts so many keys are divided: `parts` of a params for `decode`. */
export function decodeParts(keys: i32): i32 { return (keys + PART - 1) / PART; }

/** Bytes of scratch memory that one thread needs for `decode`. */
export function decodeScratch(params: Params): usize { return <usize>rowsOf(params) * (queryRow(params) + SCORES_ROW); }

// @ts-ignore: decorator
@inline
function partialOf(params: Params, row: i32, part: i32): usize {
  return params.partials + <usize>(row * params.parts + part) * partialSize(params);
}

/** Attention of all rows of one group to one part of its keys. There are batches × groups × parts tasks. */
export function decode(params: Params, task: i32, scratch: usize): void {
  const groups = params.heads / params.headsPerGroup;
  const part = task % params.parts;
  const group = (task / params.parts) % groups;
  const batch = task / params.parts / groups;
  const rows = rowsOf(params);
  const partials = partialOf(params, (batch * groups + group) * rows, part);
  const step = <usize>params.parts * partialSize(params);
  for (let row = 0; row < rows; row++) {
    const partial = partials + <usize>row * step;
    memory.fill(partial, 0, partialSize(params));
    store<f32>(partial, LOWEST);
  }
  const first = max(part * PART, firstKey(params, batch, 0));
  const end = min((part + 1) * PART, endKey(params, batch, params.queries - 1));
  if (first >= end) return;

  const queries = scratch;
  const scores = queries + <usize>rows * queryRow(params);
  packRows(params, batch, group, queries);
  const k = params.k + slotOf(params, batch) * params.kBatch + <usize>group * params.kHead;
  const v = params.v + slotOf(params, batch) * params.vBatch + <usize>group * params.vHead;
  const scales = slotOf(params, batch) * params.scalesBatch + <usize>group * params.scalesHead;
  for (let key = first; key < end; key += BLOCK) {
    const keys = min(BLOCK, end - key);
    scoreBlock(params, k + <usize>key * params.kRow, params.kScales + scales + (<usize>key << 2), queries, scores, keys);
    for (let row = 0; row < rows; row++) {
      weighRow(params, batch, group, row, key, keys, scores + <usize>row * SCORES_ROW, partials + <usize>row * step);
    }
    if (params.kvType == INT8) scaleWeights(params, batch, params.vScales + scales, key, keys, scores);
    addBlock(params, batch, v, key, keys, scores, partials + OUTPUTS, step);
  }
}

/** Packs the rows of a group, multiplied by scale·log₂ e. */
function packRows(params: Params, batch: i32, group: i32, queries: usize): void {
  const rows = rowsOf(params);
  const scale = params.scale * LOG2E;
  const q = params.q + <usize>batch * params.qBatch + <usize>(group * params.headsPerGroup) * params.qHead;
  const size = <usize>params.headDim << 2;
  memory.fill(queries, 0, <usize>rows * queryRow(params));
  for (let row = 0; row < rows; row++) {
    const source = q + <usize>(row / params.queries) * params.qHead + <usize>(row % params.queries) * params.qRow;
    let d: usize = 0;
    for (; d + 16 <= size; d += 16) v128.store(queries + d, f32x4.mul(v128.load(source + d), f32x4.splat(scale)));
    for (; d < size; d += 4) store<f32>(queries + d, load<f32>(source + d) * scale);
    queries += queryRow(params);
  }
}

/** Scores of all rows and one block of keys, in units of log₂ e. */
function scoreBlock(params: Params, k: usize, scales: usize, queries: usize, scores: usize, keys: i32): void {
  let left = rowsOf(params);
  for (; left > 1; left -= 2) {
    const size = queryRow(params);
    if (params.kvType == INT8) smallScoresOfTwo<i8>(queries, size, k, params.kRow, scores, SCORES_ROW, keys);
    else if (params.kvType == BFLOAT16) smallScoresOfTwo<u16>(queries, size, k, params.kRow, scores, SCORES_ROW, keys);
    else scoresOfTwo(queries, size, k, params.kRow, scores, SCORES_ROW, keys, params.headDim);
    queries += 2 * size;
    scores += 2 * SCORES_ROW;
  }
  if (left) {
    if (params.kvType == INT8) smallScoresOfOne<i8>(queries, k, params.kRow, scores, keys);
    else if (params.kvType == BFLOAT16) smallScoresOfOne<u16>(queries, k, params.kRow, scores, keys);
    else scoresOfOne(queries, k, params.kRow, scores, keys, params.headDim);
    scores += SCORES_ROW;
  }
  if (params.kvType != INT8) return;
  for (let row = rowsOf(params); row > 0; row--) multiplyRow(scores -= SCORES_ROW, scales, keys);
}

/** x[j] = x[j]·y[j], j < count. */
function multiplyRow(x: usize, y: usize, count: i32): void {
  const end = x + (<usize>count << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(x, f32x4.mul(v128.load(x), v128.load(y)));
  for (; x < end; x += 4, y += 4) store<f32>(x, load<f32>(x) * load<f32>(y));
}

/** Keys of the block that one query sees: [firstOf, endOf), counted from `key`. */
// @ts-ignore: decorator
@inline
function firstOf(params: Params, batch: i32, query: i32, key: i32): i32 { return max(0, firstKey(params, batch, query) - key); }
// @ts-ignore: decorator
@inline
function endOf(params: Params, batch: i32, query: i32, key: i32, keys: i32): i32 { return min(keys, endKey(params, batch, query) - key); }

/** Softcap, mask and softmax of one row: scores that the query sees become weights, and outputs are scaled for them. */
function weighRow(params: Params, batch: i32, group: i32, row: i32, key: i32, keys: i32, scores: usize, partial: usize): void {
  const query = row % params.queries;
  const first = firstOf(params, batch, query, key);
  const count = endOf(params, batch, query, key, keys) - first;
  if (count <= 0) return;
  scores += <usize>first << 2;
  if (params.softcap > 0) softcapRow(scores, count, params.softcap * LOG2E);
  if (params.maskKind) addMaskRow(scores, params, batch, group * params.headsPerGroup + row / params.queries, query, key + first, count);
  const alpha = softmaxRow(scores, count, partial);
  if (alpha == 1) return;
  const factor = f32x4.splat(alpha);
  for (const end = partial + partialSize(params); (partial += 16) < end; ) v128.store(partial, f32x4.mul(v128.load(partial), factor));
}

function softcapRow(scores: usize, count: i32, cap: f32): void {
  const factor = f32x4.splat(cap);
  const inverse = f32x4.splat(1 / cap);
  for (const end = scores + (<usize>count << 2); scores < end; scores += 16) {
    v128.store(scores, f32x4.mul(factor, tanh(f32x4.mul(v128.load(scores), inverse))));
  }
}

/** Adds the mask to a row of scores; a hidden key becomes −∞ whatever its score was. */
function addMaskRow(scores: usize, params: Params, batch: i32, head: i32, query: i32, key: i32, count: i32): void {
  let p = params.mask + <usize>batch * params.maskBatch + <usize>head * params.maskHead + <usize>query * params.maskRow;
  const end = scores + (<usize>count << 2);
  if (params.maskKind == 1) {
    p += <usize>key;
    for (; scores < end; scores += 4) {
      if (!load<u8>(p)) store<f32>(scores, -f32.POSITIVE_INFINITY);
      p += 1;
    }
  } else {
    p += <usize>key << 2;
    for (; scores < end; scores += 4) {
      const bias = biasInUnits(load<f32>(p), LOG2E);
      store<f32>(scores, bias == -f32.POSITIVE_INFINITY ? bias : load<f32>(scores) + bias);
      p += 4;
    }
  }
}

/**
 * One step of the online softmax of one row: scores become 2^(score − reference), and the reference and the sum at
 * `statistics` take them in. The reference is the largest score so far, rounded to an integer (assembly/softmax.ts).
 * @returns the factor for what was accumulated before, a power of two
 */
function softmaxRow(scores: usize, count: i32, statistics: usize): f32 {
  const end = scores + (<usize>count << 2);
  // Beyond the last score, up to a whole vector, no key is seen.
  v128.store(end, f32x4.splat(-f32.POSITIVE_INFINITY));
  const old = load<f32>(statistics);
  let m = f32x4.splat(old);
  // pmax keeps its first operand where the second one is a NaN.
  for (let p = scores; p < end; p += 16) m = f32x4.pmax(m, v128.load(p));
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  m = f32x4.nearest(f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2)));
  let sum = f32x4.splat(0);
  for (let p = scores; p < end; p += 16) {
    const weights = exp2(f32x4.sub(v128.load(p), m));
    v128.store(p, weights);
    sum = f32x4.add(sum, weights);
  }
  const reference = f32x4.extract_lane(m, 0);
  const alpha = f32x4.extract_lane(exp2(f32x4.splat(old - reference)), 0);
  sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
  const total = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
  store<f32>(statistics, reference);
  store<f32>(statistics, load<f32>(statistics, 4) * alpha + total, 4);
  return alpha;
}

/** Multiplies the weights of a block by the scales of the values: once for all columns of a value. */
function scaleWeights(params: Params, batch: i32, scales: usize, key: i32, keys: i32, scores: usize): void {
  for (let row = 0; row < rowsOf(params); row++) {
    const first = firstOf(params, batch, row % params.queries, key);
    const count = endOf(params, batch, row % params.queries, key, keys) - first;
    if (count > 0) multiplyRow(scores + (<usize>first << 2), scales + (<usize>(key + first) << 2), count);
    scores += SCORES_ROW;
  }
}

/** Adds the weighted values of a block to the outputs of all rows; two rows share a read where they see the same keys. */
function addBlock(params: Params, batch: i32, v: usize, key: i32, keys: i32, scores: usize, outputs: usize, step: usize): void {
  const rows = rowsOf(params);
  for (let row = 0; row < rows; row++) {
    const first = firstOf(params, batch, row % params.queries, key);
    const end = endOf(params, batch, row % params.queries, key, keys);
    const second = (row + 1) % params.queries;
    const values = v + <usize>(key + first) * params.vRow;
    const weights = scores + (<usize>first << 2);
    const paired = row + 1 < rows && first == firstOf(params, batch, second, key) && end == endOf(params, batch, second, key, keys);
    if (paired) {
      if (first < end) addToTwo(params, weights, values, outputs, step, end - first);
      row++;
      scores += SCORES_ROW;
      outputs += step;
    } else if (first < end) addToOne(params, weights, values, outputs, end - first);
    scores += SCORES_ROW;
    outputs += step;
  }
}

function addToOne(params: Params, weights: usize, values: usize, outputs: usize, keys: i32): void {
  if (params.kvType == INT8) addSmallValuesToOne<i8>(weights, values, params.vRow, outputs, keys);
  else if (params.kvType == BFLOAT16) addSmallValuesToOne<u16>(weights, values, params.vRow, outputs, keys);
  else addValuesToOne(weights, values, params.vRow, outputs, keys, params.valueDim);
}

function addToTwo(params: Params, weights: usize, values: usize, outputs: usize, step: usize, keys: i32): void {
  if (params.kvType == INT8) addSmallValuesToTwo<i8>(weights, SCORES_ROW, values, params.vRow, outputs, step, keys);
  else if (params.kvType == BFLOAT16) addSmallValuesToTwo<u16>(weights, SCORES_ROW, values, params.vRow, outputs, step, keys);
  else addValuesToTwo(weights, SCORES_ROW, values, params.vRow, outputs, step, keys, params.valueDim);
}

/**
 * Adds up the parts of all rows of a params, in their order and in float64, and writes the outputs; zeros where a query sees no
 * key. Reference and sum of each row are left in its first part, and at `statistics`, if the params has that.
 */
export function decodeMerge(params: Params): void {
  for (let batch = 0; batch < params.batches; batch++) {
    for (let head = 0; head < params.heads; head++) {
      for (let query = 0; query < params.queries; query++) {
        const row = (batch * params.heads + head) * params.queries + query;
        const o = params.o + <usize>batch * params.oBatch + <usize>head * params.oHead + <usize>query * params.oRow;
        mergeRow(params, partialOf(params, row, 0), o, params.statistics ? params.statistics + (<usize>row << 3) : 0);
      }
    }
  }
}

function mergeRow(params: Params, partials: usize, o: usize, statistics: usize): void {
  const size = partialSize(params);
  const end = partials + <usize>params.parts * size;
  let reference: f32 = LOWEST;
  for (let p = partials; p < end; p += size) if (load<f32>(p) > reference) reference = load<f32>(p);
  let sum: f64 = 0;
  for (let p = partials; p < end; p += size) {
    const factor = f32x4.extract_lane(exp2(f32x4.splat(load<f32>(p) - reference)), 0);
    // Where a part saw no key it has nothing to add.
    store<f32>(p, load<f32>(p, 4) == 0 ? 0 : factor, 8);
    sum += <f64>load<f32>(p, 4) * <f64>load<f32>(p, 8);
  }
  if (statistics) {
    store<f32>(statistics, reference);
    store<f32>(statistics, <f32>sum, 4);
  }
  const inverse = f64x2.splat(sum == 0 ? 0 : 1 / sum);
  for (let d = 0; d < params.valueDim; d += 4) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let p = partials; p < end; p += size) {
      if (load<f32>(p, 8) == 0) continue;
      const x = f32x4.mul(v128.load(p + OUTPUTS + (<usize>d << 2)), v128.load32_splat(p, 8));
      low = f64x2.add(low, f64x2.promote_low_f32x4(x));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)));
    }
    const x = v128.shuffle<f64>(
      f32x4.demote_f64x2_zero(f64x2.mul(low, inverse)),
      f32x4.demote_f64x2_zero(f64x2.mul(high, inverse)),
      0, 2,
    );
    storeSome(o + (<usize>d << 2), x, params.valueDim - d);
  }
}

/** The first `count` floats of a vector, or all four. */
function storeSome(p: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(p, x);
  else {
    store<f32>(p, f32x4.extract_lane(x, 0));
    if (count > 1) store<f32>(p, f32x4.extract_lane(x, 1), 4);
    if (count > 2) store<f32>(p, f32x4.extract_lane(x, 2), 8);
  }
}
