/**
 * One token of a stream of linear attention: its key and value join the state (assembly/taylor.ts), and its queries are answered
 * from each sum while that is in registers. So the state is read and written once, where an append and a query would go
 * through it twice.
 */
import { endOfRuns, Run } from './features';
import { Params } from './params';
import { stateRow, stateSize } from './taylor';
import { addToSums } from './sums';
import { multiplyAdd } from './tile';

/**
 * Rows of the state that are taken together, sixteen columns at a time. Eight rows of the state lie in one piece of a few KiB, which the
 * processor fetches ahead and holds in its first cache while the columns are gone through; with 128 rows each pass over
 * sixteen columns touched every fourth line of 32 KiB, and a step took 1.09 to 1.22 times as long (D 64, order 2).
 */
const ROWS: i32 = 8;

// Scratch: the variables of a token, 1 and its numbers; the features of the key and of a query; the value; outputs. Vectors may go
// three numbers beyond the end of each.
// @ts-ignore: decorator
@inline
function variablesSize(params: Params): usize { return <usize>((params.headDim + 1 + 7) & ~3) << 2; }
// @ts-ignore: decorator
@inline
function featuresSize(params: Params): usize { return <usize>((params.features + 7) & ~3) << 2; }

/** Bytes of scratch memory that one thread needs for `taylorStep`. */
export function taylorStepScratch(params: Params): usize {
  return variablesSize(params) + 2 * featuresSize(params) + 2 * (<usize>stateRow(params.valueDim) << 2);
}

/**
 * Adds one key and value to the state of a head of the key, and answers one query of each head that shares it. A task is one batch
 * and head of the key. The smallest denominator per key that was met is kept in params.denominators[task].
 */
export function taylorStep(params: Params, task: i32, scratch: usize): void {
  const groups = params.heads / params.headsPerGroup;
  const group = task % groups;
  const batch = task / groups;
  const row = <usize>stateRow(params.valueDim) << 2;
  const rest = stateSize(params, params.valueDim);
  const state = params.state + <usize>task * params.stateStride;
  const sums = state + <usize>params.features * row;
  const variables = scratch;
  const keyFeatures = variables + variablesSize(params);
  const queryFeatures = keyFeatures + featuresSize(params);
  const values = queryFeatures + featuresSize(params);
  const outputs = values + row;

  const k = params.k + <usize>batch * params.kBatch + <usize>group * params.kHead;
  tokenFeatures(params, k, 1, params.weights, variables, keyFeatures);
  memory.fill(values, 0, row);
  memory.copy(values, params.v + <usize>batch * params.vBatch + <usize>group * params.vHead, <usize>params.valueDim << 2);
  for (let i: usize = 0; i < <usize>params.features << 2; i += 16) addToSums(sums + i, rest, v128.load(keyFeatures + i));

  const keys = <f32>load<i32>(params.limits + (<usize>batch << 3));
  let smallest = load<f32>(params.denominators + (<usize>task << 2));
  for (let member = 0; member < params.headsPerGroup; member++) {
    const head = <usize>(group * params.headsPerGroup + member);
    tokenFeatures(params, params.q + <usize>batch * params.qBatch + head * params.qHead, params.scale, 0, variables, queryFeatures);
    const denominator = dotProduct(queryFeatures, sums, params.features);
    memory.fill(outputs, 0, row);
    for (let first = 0; first < params.features; first += ROWS) {
      const count = min(ROWS, params.features - first);
      const at = <usize>first << 2;
      const rows = state + <usize>first * row;
      for (let column: usize = 0; column < row; column += 64) {
        if (member == 0) addAndQuery(keyFeatures + at, queryFeatures + at, values + column, rows + column, row, rest, outputs + column, count);
        else query(queryFeatures + at, rows + column, row, outputs + column, count);
      }
    }
    const o = params.o + <usize>batch * params.oBatch + head * params.oHead;
    for (let i: usize = 0; i < <usize>params.valueDim << 2; i += 4) store<f32>(o + i, load<f32>(outputs + i) / denominator);
    // A NaN takes the place of any number, and is taken as large by the next: findNonFinite looks for it in the outputs.
    const share = denominator / keys;
    if (!(share >= smallest)) smallest = share;
  }
  store<f32>(params.denominators + (<usize>task << 2), smallest);
}

/** Features of one token, of which `scale` multiplies the numbers; multiplied by `weights` unless that is 0. Zeros behind them. */
function tokenFeatures(params: Params, token: usize, scale: f32, weights: usize, variables: usize, features: usize): void {
  store<f32>(variables, 1);
  for (let i: usize = 0; i < <usize>params.headDim << 2; i += 4) store<f32>(variables + i, load<f32>(token + i) * scale, 4);
  let feature = features;
  for (let run = params.runs, end = endOfRuns(params); run < end; run += offsetof<Run>()) {
    const r = changetype<Run>(run);
    const prefix = load<f32>(variables + (<usize>r.prefix0 << 2)) * load<f32>(variables + (<usize>r.prefix1 << 2)) * load<f32>(variables + (<usize>r.prefix2 << 2));
    const factor = f32x4.splat(prefix);
    const x = variables + (<usize>r.first << 2);
    const size = <usize>r.count << 2;
    for (let i: usize = 0; i < size; i += 16) {
      let y = f32x4.mul(factor, v128.load(x + i));
      if (weights) y = f32x4.mul(y, v128.load(weights + i));
      v128.store(feature + i, y);
    }
    feature += size;
    if (weights) weights += size;
  }
  v128.store(feature, f32x4.splat(0));
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

/**
 * Sixteen columns of some rows: S += key·v with second words (assembly/sums.ts), outputs += query·S. Both words have a pointer
 * of their own, and columns are offsets in the instructions: with addresses that are sums, a step took 1.18 times as long.
 */
function addAndQuery(key: usize, query: usize, v: usize, rows: usize, stride: usize, rest: usize, outputs: usize, count: i32): void {
  const v0 = v128.load(v);
  const v1 = v128.load(v, 16);
  const v2 = v128.load(v, 32);
  const v3 = v128.load(v, 48);
  let o0 = f32x4.splat(0);
  let o1 = o0;
  let o2 = o0;
  let o3 = o0;
  let low = rows + rest;
  for (const end = key + (<usize>count << 2); key < end; key += 4) {
    const w = v128.load32_splat(key);
    const f = v128.load32_splat(query);
    const added0 = multiplyAdd(w, v0, v128.load(low));
    const before0 = v128.load(rows);
    const after0 = f32x4.add(before0, added0);
    v128.store(rows, after0);
    v128.store(low, f32x4.sub(added0, f32x4.sub(after0, before0)));
    o0 = multiplyAdd(f, after0, o0);
    const added1 = multiplyAdd(w, v1, v128.load(low, 16));
    const before1 = v128.load(rows, 16);
    const after1 = f32x4.add(before1, added1);
    v128.store(rows, after1, 16);
    v128.store(low, f32x4.sub(added1, f32x4.sub(after1, before1)), 16);
    o1 = multiplyAdd(f, after1, o1);
    const added2 = multiplyAdd(w, v2, v128.load(low, 32));
    const before2 = v128.load(rows, 32);
    const after2 = f32x4.add(before2, added2);
    v128.store(rows, after2, 32);
    v128.store(low, f32x4.sub(added2, f32x4.sub(after2, before2)), 32);
    o2 = multiplyAdd(f, after2, o2);
    const added3 = multiplyAdd(w, v3, v128.load(low, 48));
    const before3 = v128.load(rows, 48);
    const after3 = f32x4.add(before3, added3);
    v128.store(rows, after3, 48);
    v128.store(low, f32x4.sub(added3, f32x4.sub(after3, before3)), 48);
    o3 = multiplyAdd(f, after3, o3);
    query += 4;
    rows += stride;
    low += stride;
  }
  addOutputs(outputs, o0, o1, o2, o3);
}

/** Sixteen columns of some rows: outputs += query·S. */
function query(features: usize, rows: usize, stride: usize, outputs: usize, count: i32): void {
  let o0 = f32x4.splat(0);
  let o1 = o0;
  let o2 = o0;
  let o3 = o0;
  for (const end = features + (<usize>count << 2); features < end; features += 4) {
    const f = v128.load32_splat(features);
    o0 = multiplyAdd(f, v128.load(rows), o0);
    o1 = multiplyAdd(f, v128.load(rows, 16), o1);
    o2 = multiplyAdd(f, v128.load(rows, 32), o2);
    o3 = multiplyAdd(f, v128.load(rows, 48), o3);
    rows += stride;
  }
  addOutputs(outputs, o0, o1, o2, o3);
}

// @ts-ignore: decorator
@inline
function addOutputs(outputs: usize, o0: v128, o1: v128, o2: v128, o3: v128): void {
  v128.store(outputs, f32x4.add(v128.load(outputs), o0));
  v128.store(outputs, f32x4.add(v128.load(outputs, 16), o1), 16);
  v128.store(outputs, f32x4.add(v128.load(outputs, 32), o2), 32);
  v128.store(outputs, f32x4.add(v128.load(outputs, 48), o3), 48);
}
