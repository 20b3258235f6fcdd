/**
 * A part of the keys with dimensions in lanes (assembly/rows.ts): for few rows, two at a time. Scores lie row by row.
 */
import { exp2, LOG2E, tanh } from './exp';
import { addMaskOfPart } from './decode-mask';
import { endOf, firstOf, isLong, OUTPUTS, Part, PART, queryRow, touch } from './decode-part';
import { BFLOAT16, INT8, Params } from './params';
import { addValuesToOne, addValuesToTwo, scoresOfOne, scoresOfTwo } from './rows';
import { addSmallValuesToOne, addSmallValuesToTwo, smallScoresOfOne, smallScoresOfTwo } from './rows-small';
import { LOWEST } from './softmax';

/** Keys that all rows multiply before the next ones: what they read fits the first-level cache. */
const KEY_STEP: i32 = 32;
/**
 * Values that all rows add before the next ones, and sums of so many are summed. Rows of values are read in strips of columns:
 * what a step reads fits the first-level cache, so that memory is read once, and in order.
 */
const VALUE_STEP: i32 = 16;
/** Bytes of a row of scores: a part, and a vector to end it with. */
export const SCORES_ROW: usize = <usize>(PART + 4) << 2;

export function attendRows(params: Params, part: Part): void {
  scoreRows(params, part);
  for (let i = 0; i < part.rows; i++) weighRow(params, part, i);
  addRows(params, part);
}

/** Scores of all rows, in units of log₂ e. */
function scoreRows(params: Params, part: Part): void {
  const isTouched = isLong(params.kRow, params.headDim);
  const step = isTouched ? 4 : KEY_STEP;
  for (let key = 0; key < part.keys; key += step) {
    const k = part.k + <usize>key * params.kRow;
    const count = min(step, part.keys - key);
    if (isTouched) touch(k, <usize>count * params.kRow);
    scoreStep(params, k, part.queries, part.rows, part.scratch + (<usize>key << 2), count);
  }
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

/** Softcap, mask and softmax of one row: scores that the query sees become weights, times the scales of the values. */
function weighRow(params: Params, part: Part, i: i32): void {
  const row = part.row + i;
  const first = firstOf(params, part, row % params.queries);
  const count = endOf(params, part, row % params.queries) - first;
  if (count <= 0) return;
  const scores = part.scratch + <usize>i * SCORES_ROW + (<usize>first << 2);
  if (params.kvType == INT8) multiplyRow(scores, part.kScales + (<usize>first << 2), count);
  if (params.softcap > 0) softcapRow(scores, count, params.softcap * LOG2E);
  if (params.maskKind) addMaskOfPart(scores, 4, params, part, row, first, count);
  softmaxRow(scores, count, part.partials + <usize>i * part.partialsStep);
  if (params.kvType == INT8) multiplyRow(scores, part.vScales + (<usize>first << 2), count);
}

function softcapRow(scores: usize, count: i32, cap: f32): void {
  const factor = f32x4.splat(cap);
  const inverse = f32x4.splat(1 / cap);
  for (const end = scores + (<usize>count << 2); scores < end; scores += 16) {
    v128.store(scores, f32x4.mul(factor, tanh(f32x4.mul(v128.load(scores), inverse))));
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

/** Adds the weighted values to the outputs of all rows. */
function addRows(params: Params, part: Part): void {
  for (let from = 0, to = 0; from < part.keys; from = to) {
    // Steps begin at the same keys whichever key these rows see first: so a row is summed in the same order beside any others.
    to = min(part.keys, ((part.key + from + VALUE_STEP) & -VALUE_STEP) - part.key);
    if (isLong(params.vRow, params.valueDim)) touch(part.v + <usize>from * params.vRow, <usize>(to - from) * params.vRow);
    addStep(params, part, from, to);
  }
}

/** Adds the weighted values [from, to); two rows share a read where they see the same keys. */
function addStep(params: Params, part: Part, from: i32, to: i32): void {
  const step = part.partialsStep;
  let scores = part.scratch;
  let outputs = part.partials + OUTPUTS;
  for (let i = 0; i < part.rows; i++) {
    const query = (part.row + i) % params.queries;
    const second = (part.row + i + 1) % params.queries;
    const start = max(from, firstOf(params, part, query));
    const end = min(to, endOf(params, part, query));
    const values = part.v + <usize>start * params.vRow;
    const weights = scores + (<usize>start << 2);
    const paired = i + 1 < part.rows && start == max(from, firstOf(params, part, second)) && end == min(to, endOf(params, part, second));
    if (paired) {
      if (start < end) addToTwo(params, weights, values, outputs, step, end - start);
      i++;
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
