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

/** Keys of one task: all scores first, then all values, so that memory is read as two long streams. */
const PART: i32 = 512;
/** Rows that go through a part together. */
const ROWS: i32 = 64;
/** Keys that all rows multiply before the next ones: what they read fits the first-level cache. */
const KEY_STEP: i32 = 32;
/**
 * Values that all rows add before the next ones, and sums of so many are summed. Rows of values are read in strips of columns:
 * what a step reads fits the first-level cache, so that memory is read once, and in order.
 */
const VALUE_STEP: i32 = 16;
/**
 * Bytes of a row above which a step is read once, line by line, before it is multiplied. Four longer rows at a time are
 * more streams than the processor follows: it reads such a cache from main memory at a fourth of the speed.
 */
const LONG: usize = 256;
/** Bytes of a row of scores: a part, and a vector to end it with. */
const SCORES_ROW: usize = <usize>(PART + 4) << 2;

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
export function decodeScratch(params: Params): usize { return <usize>min(ROWS, rowsOf(params)) * (queryRow(params) + SCORES_ROW); }

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

  const k = params.k + slotOf(params, batch) * params.kBatch + <usize>group * params.kHead + <usize>first * params.kRow;
  const v = params.v + slotOf(params, batch) * params.vBatch + <usize>group * params.vHead + <usize>first * params.vRow;
  const scales = slotOf(params, batch) * params.scalesBatch + <usize>group * params.scalesHead + (<usize>first << 2);
  for (let row = 0; row < rows; row += ROWS) {
    const count = min(ROWS, rows - row);
    const queries = scratch;
    const scores = queries + <usize>count * queryRow(params);
    packRows(params, batch, group, row, count, queries);
    scoreRows(params, k, params.kScales + scales, queries, count, scores, end - first);
    for (let i = 0; i < count; i++) {
      weighRow(params, batch, group, row + i, first, end - first, scores + <usize>i * SCORES_ROW, partials + <usize>(row + i) * step);
    }
    if (params.kvType == INT8) scaleWeights(params, batch, params.vScales + scales, row, count, first, end - first, scores);
    addRows(params, batch, v, row, count, first, end - first, scores, partials + OUTPUTS + <usize>row * step, step);
  }
}

/** Packs some rows of a group, multiplied by scale·log₂ e. */
function packRows(params: Params, batch: i32, group: i32, first: i32, count: i32, queries: usize): void {
  const scale = params.scale * LOG2E;
  const q = params.q + <usize>batch * params.qBatch + <usize>(group * params.headsPerGroup) * params.qHead;
  const size = <usize>params.headDim << 2;
  memory.fill(queries, 0, <usize>count * queryRow(params));
  for (let row = first; row < first + count; row++) {
    const source = q + <usize>(row / params.queries) * params.qHead + <usize>(row % params.queries) * params.qRow;
    let d: usize = 0;
    for (; d + 16 <= size; d += 16) v128.store(queries + d, f32x4.mul(v128.load(source + d), f32x4.splat(scale)));
    for (; d < size; d += 4) store<f32>(queries + d, load<f32>(source + d) * scale);
    queries += queryRow(params);
  }
}

/** Scores of some rows and the keys of a part, in units of log₂ e. */
function scoreRows(params: Params, k: usize, scales: usize, queries: usize, rows: i32, scores: usize, keys: i32): void {
  const isTouched = isLong(params.kRow, params.headDim);
  const step = isTouched ? 4 : KEY_STEP;
  for (let key = 0; key < keys; key += step) {
    const from = k + <usize>key * params.kRow;
    const count = min(step, keys - key);
    if (isTouched) touch(from, <usize>count * params.kRow);
    scoreStep(params, from, queries, rows, scores + (<usize>key << 2), count);
  }
  if (params.kvType != INT8) return;
  for (let row = 0; row < rows; row++) multiplyRow(scores + <usize>row * SCORES_ROW, scales, keys);
}

/** Whether adjacent rows are too long to be left to the processor. */
// @ts-ignore: decorator
@inline
function isLong(row: usize, dim: i32): bool { return row > LONG && row <= <usize>dim << 2; }

/** Reads a byte of each line, in order. */
function touch(from: usize, size: usize): void {
  for (const end = from + size; from < end; from += 64) load<u8>(from);
}

function scoreStep(params: Params, k: usize, queries: usize, rows: i32, scores: usize, keys: i32): void {
  const size = queryRow(params);
  let left = rows;
  for (; left > 1; left -= 2) {
    if (params.kvType == INT8) smallScoresOfTwo<i8>(queries, size, k, params.kRow, scores, SCORES_ROW, keys);
    else if (params.kvType == BFLOAT16) smallScoresOfTwo<u16>(queries, size, k, params.kRow, scores, SCORES_ROW, keys);
    else scoresOfTwo(queries, size, k, params.kRow, scores, SCORES_ROW, keys, params.headDim);
    queries += 2 * size;
    scores += 2 * SCORES_ROW;
  }
  if (!left) return;
  if (params.kvType == INT8) smallScoresOfOne<i8>(queries, k, params.kRow, scores, keys);
  else if (params.kvType == BFLOAT16) smallScoresOfOne<u16>(queries, k, params.kRow, scores, keys);
  else scoresOfOne(queries, k, params.kRow, scores, keys, params.headDim);
}

/** x[j] = x[j]·y[j], j < count. */
function multiplyRow(x: usize, y: usize, count: i32): void {
  const end = x + (<usize>count << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(x, f32x4.mul(v128.load(x), v128.load(y)));
  for (; x < end; x += 4, y += 4) store<f32>(x, load<f32>(x) * load<f32>(y));
}

/** Keys of the part that one query sees: [firstOf, endOf), counted from `key`. */
// @ts-ignore: decorator
@inline
function firstOf(params: Params, batch: i32, query: i32, key: i32): i32 { return max(0, firstKey(params, batch, query) - key); }
// @ts-ignore: decorator
@inline
function endOf(params: Params, batch: i32, query: i32, key: i32, keys: i32): i32 { return min(keys, endKey(params, batch, query) - key); }

/** Softcap, mask and softmax of one row: scores that the query sees become weights. */
function weighRow(params: Params, batch: i32, group: i32, row: i32, key: i32, keys: i32, scores: usize, partial: usize): void {
  const query = row % params.queries;
  const first = firstOf(params, batch, query, key);
  const count = endOf(params, batch, query, key, keys) - first;
  if (count <= 0) return;
  scores += <usize>first << 2;
  if (params.softcap > 0) softcapRow(scores, count, params.softcap * LOG2E);
  if (params.maskKind) addMaskRow(scores, params, batch, group * params.headsPerGroup + row / params.queries, query, key + first, count);
  softmaxRow(scores, count, partial);
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
 * Softmax of one row of a part: scores become 2^(score − reference), and reference and sum are left at `statistics`. The
 * reference is the largest score, rounded to an integer (assembly/softmax.ts).
 */
function softmaxRow(scores: usize, count: i32, statistics: usize): void {
  const end = scores + (<usize>count << 2);
  // Beyond the last score, up to a whole vector, no key is seen.
  v128.store(end, f32x4.splat(-f32.POSITIVE_INFINITY));
  let m = f32x4.splat(LOWEST);
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
  sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
  store<f32>(statistics, f32x4.extract_lane(m, 0));
  store<f32>(statistics, f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1), 4);
}

/** Multiplies the weights of some rows by the scales of the values: once for all columns of a value. */
function scaleWeights(params: Params, batch: i32, scales: usize, first: i32, rows: i32, key: i32, keys: i32, scores: usize): void {
  for (let row = first; row < first + rows; row++) {
    const from = firstOf(params, batch, row % params.queries, key);
    const count = endOf(params, batch, row % params.queries, key, keys) - from;
    if (count > 0) multiplyRow(scores + (<usize>from << 2), scales + (<usize>from << 2), count);
    scores += SCORES_ROW;
  }
}

/** Adds the weighted values of a part to the outputs of some rows. */
function addRows(params: Params, batch: i32, v: usize, first: i32, rows: i32, key: i32, keys: i32, scores: usize, outputs: usize, step: usize): void {
  for (let from = 0, to = 0; from < keys; from = to) {
    // Steps begin where they do whatever the first key of these rows is, so that a row is the same sum beside any others.
    to = min(keys, ((key + from + VALUE_STEP) & -VALUE_STEP) - key);
    if (isLong(params.vRow, params.valueDim)) touch(v + <usize>from * params.vRow, <usize>(to - from) * params.vRow);
    addStep(params, batch, v, first, rows, key, from, to, scores, outputs, step);
  }
}

/** Adds the weighted values [from, to), counted from `key`; two rows share a read where they see the same keys. */
function addStep(params: Params, batch: i32, v: usize, first: i32, rows: i32, key: i32, from: i32, to: i32, scores: usize, outputs: usize, step: usize): void {
  for (let row = first; row < first + rows; row++) {
    const start = max(from, firstOf(params, batch, row % params.queries, key));
    const end = endOf(params, batch, row % params.queries, key, to);
    const second = (row + 1) % params.queries;
    const values = v + <usize>start * params.vRow;
    const weights = scores + (<usize>start << 2);
    const paired = row + 1 < first + rows && start == max(from, firstOf(params, batch, second, key)) && end == endOf(params, batch, second, key, to);
    if (paired) {
      if (start < end) addToTwo(params, weights, values, outputs, step, end - start);
      row++;
      scores += SCORES_ROW;
      outputs += step;
    } else if (start < end) addToOne(params, weights, values, outputs, end - start);
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
