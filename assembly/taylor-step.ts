/**
 * One token of a stream of linear attention. Keys and values of the last tokens wait beside the state (src/engine/attention/state-tokens.ts)
 * until there are enough of them to join its sums together, by `taylorState`. A query is answered from the sums, and from each token that
 * waits by the polynomial itself, as within a chunk of causal attention. So a step only reads the sums, and of these the first words alone:
 * to add each token at once would read and write both words of every sum.
 */
import { endOfRuns, Run } from './features';
import { batchOf, groupOf, groupsOf, Params, partOf } from './params';
import { addValuesToOne, scoresOfOne } from './rows';
import { columnOf, stateRow } from './taylor';
import { series } from './taylor-causal';
import { multiplyAdd } from './tile';

/** Rows of the state that are summed before they join the outputs: they lie in the first-level cache while strips of columns are gone through. */
const ROWS: i32 = 16;

// Scratch: the variables of a query, 1 and its numbers; its features; the weights of the tokens that wait; outputs. Vectors may go
// three numbers beyond the end of each.
// @ts-ignore: decorator
@inline
function sizeOf(numbers: i32): usize { return <usize>((numbers + 7) & ~3) << 2; }

/** Bytes of scratch memory that one thread needs for `taylorStep`. */
export function taylorStepScratch(params: Params): usize {
  return sizeOf(params.headDim + 1) + sizeOf(params.features) + sizeOf(params.keys) + sizeOf(stateRow(params.valueDim));
}

/**
 * Answers one query of each head that shares a head of the key. A task is one of `parts` ranges of value columns of one batch and head
 * of the key. `limits` holds, for each batch, how many keys there are in all, and how many of them wait: rows of k and v, `keys` of which
 * each head has room for. The smallest denominator per key that was met is kept in params.denominators[task].
 */
export function taylorStep(params: Params, task: i32, scratch: usize): void {
  const part = partOf(params, task);
  const group = groupOf(params, task);
  const batch = batchOf(params, task);
  const column = columnOf(params, part);
  const columns = columnOf(params, part + 1) - column;
  const row = <usize>stateRow(params.valueDim) << 2;
  const state = params.state + <usize>(batch * groupsOf(params) + group) * params.stateStride;
  const sums = state + <usize>params.features * row;
  const k = params.k + <usize>batch * params.kBatch + <usize>group * params.kHead;
  const v = params.v + <usize>batch * params.vBatch + <usize>group * params.vHead + (<usize>column << 2);
  const limits = params.limits + (<usize>batch << 3);
  const waiting = load<i32>(limits, 4);
  const variables = scratch;
  const features = variables + sizeOf(params.headDim + 1);
  const weights = features + sizeOf(params.features);
  const outputs = weights + sizeOf(params.keys);
  for (let member = 0; member < params.headsPerGroup; member++) {
    const head = <usize>(group * params.headsPerGroup + member);
    queryFeatures(params, params.q + <usize>batch * params.qBatch + head * params.qHead, variables, features);
    scoresOfOne(variables + 4, k, params.kRow, weights, waiting, params.headDim);
    const denominator = dotProduct(features, sums, params.features) + weigh(params, weights, waiting);
    memory.fill(outputs, 0, sizeOf(columns));
    for (let first = 0; first < params.features; first += ROWS) {
      addValuesToOne(features + (<usize>first << 2), state + <usize>first * row + (<usize>column << 2), row, outputs,
        min(ROWS, params.features - first), columns);
    }
    addValuesToOne(weights, v, params.vRow, outputs, waiting, columns);
    const o = params.o + <usize>batch * params.oBatch + head * params.oHead + (<usize>column << 2);
    for (let i: usize = 0; i < <usize>columns << 2; i += 4) store<f32>(o + i, load<f32>(outputs + i) / denominator);
    // A NaN takes the place of any number, and is taken as large by the next: findNonFinite looks for it in the outputs.
    const smallest = params.denominators + (<usize>task << 2);
    const share = denominator / <f32>load<i32>(limits);
    if (!(share >= load<f32>(smallest))) store<f32>(smallest, share);
  }
}

/** Variables and features of one query, with zeros behind them. */
function queryFeatures(params: Params, q: usize, variables: usize, features: usize): void {
  memory.fill(variables, 0, sizeOf(params.headDim + 1));
  store<f32>(variables, 1);
  for (let i: usize = 0; i < <usize>params.headDim << 2; i += 4) store<f32>(variables + i, load<f32>(q + i) * params.scale, 4);
  for (let run = params.runs, end = endOfRuns(params); run < end; run += offsetof<Run>()) {
    const r = changetype<Run>(run);
    const prefix = f32x4.splat(
      load<f32>(variables + (<usize>r.prefix0 << 2)) * load<f32>(variables + (<usize>r.prefix1 << 2)) * load<f32>(variables + (<usize>r.prefix2 << 2)),
    );
    const x = variables + (<usize>r.first << 2);
    const size = <usize>r.count << 2;
    for (let i: usize = 0; i < size; i += 16) v128.store(features + i, f32x4.mul(prefix, v128.load(x + i)));
    features += size;
  }
}

/** Scores become weights T(score); returns their sum. */
function weigh(params: Params, scores: usize, count: i32): f32 {
  let sum: f32 = 0;
  for (const end = scores + (<usize>count << 2); scores < end; scores += 16) {
    v128.store(scores, series(params.order, v128.load(scores)));
    for (let p = scores; p < min(end, scores + 16); p += 4) sum += load<f32>(p);
  }
  return sum;
}

/** Σ x·y, in 16 sums that are added up. */
function dotProduct(x: usize, y: usize, count: i32): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; count >= 16; count -= 16, x += 64, y += 64) {
    a = multiplyAdd(v128.load(x), v128.load(y), a);
    b = multiplyAdd(v128.load(x, 16), v128.load(y, 16), b);
    c = multiplyAdd(v128.load(x, 32), v128.load(y, 32), c);
    d = multiplyAdd(v128.load(x, 48), v128.load(y, 48), d);
  }
  const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  let total = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
  for (; count > 0; count--, x += 4, y += 4) total += load<f32>(x) * load<f32>(y);
  return total;
}
