/**
 * Linear attention by the Maclaurin feature map of exp: softmax weights exp(t), t = scale·q·k, are replaced by
 * T(t) = Σₙ tⁿ/n!, n = 0..order. T(q·k) = φ(q)·W·φ(k), where φ are monomials and W their weights 1/(k₁!…k_D!), so
 *   output = φ(Q)·(W·φ(K)ᵀ·[V 1])   with the last column the denominator,
 * and the cost is linear in the sequence length.
 *
 * State of one head, in float32: [features][stateRow] sums of w·φ(k)·v, then [features] sums of w·φ(k).
 */
import { NO_CENTRE } from './exact';
import { CHUNK, CHUNK_ROW, FEATURES, keyFeatures, LANES_ROW, packVariables, queryFeatures, STRIP } from './features';
import { endKey, Params } from './params';
import { packPanel, unpackPanel } from './pack';
import { addProduct, LANES, multiplyAdd, product, scaleAddTransposedProduct } from './tile';

/** Values in a row of the state: the columns in use, rounded up to whole panels of every tier. */
// @ts-ignore: decorator
@inline
function stateRow(columns: i32): i32 { return (columns + 15) & ~15; }

/** Bytes of the state of one head with `columns` value columns. */
// @ts-ignore: decorator
@inline
function stateSize(params: Params, columns: i32): usize { return (<usize>params.features * <usize>(stateRow(columns) + 1)) << 2; }

/** Bytes of the state that queries go through at once: half the first-level cache. */
const STATE_PART: usize = 16384;
/** What is accumulated, as it is. */
const ONES: usize = memory.data<f32>([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 16);

// ---- Scratch memory of one thread ----

// Variables of a chunk of tokens, [1 + headDim][CHUNK].
// @ts-ignore: decorator
@inline
function variablesSize(params: Params): usize { return <usize>(params.headDim + 1) * CHUNK_ROW; }

/** Bytes of scratch memory for `taylorState` and `taylorQuery`. */
export function taylorScratch(params: Params): usize {
  const values = <usize>CHUNK * (<usize>stateRow(params.valueDim) << 2);
  return variablesSize(params) + <usize>FEATURES * CHUNK_ROW + values + CHUNK_ROW;
}

/** Bytes of scratch memory for `taylorCausal`: as above, the queries of one chunk and of a panel, and the running state. */
export function taylorCausalScratch(params: Params): usize {
  return taylorScratch(params) + variablesSize(params) + panelSize(params) + stateSize(params, params.valueDim);
}

// Queries of a panel, [headDim][LANES].
// @ts-ignore: decorator
@inline
function panelSize(params: Params): usize { return <usize>params.headDim * LANES_ROW; }

// ---- Keys into the state ----

/**
 * Adds keys and values to the states of all heads of the key. A task is one of `parts` ranges of features of one head:
 * each sum is formed by one thread in the order of the keys, so the result does not depend on the number of threads.
 */
export function taylorState(params: Params, task: i32, scratch: usize): void {
  const groups = params.heads / params.headsPerGroup;
  const part = task % params.parts;
  const group = (task / params.parts) % groups;
  const batch = task / params.parts / groups;
  const firstBlock = params.blocks * part / params.parts;
  const endBlock = params.blocks * (part + 1) / params.parts;
  const index = <usize>(batch * groups + group);
  const k = params.k + <usize>batch * params.kBatch + <usize>group * params.kHead;
  const v = params.v + <usize>batch * params.vBatch + <usize>group * params.vHead;
  const centre = params.centre ? params.centre + index * (<usize>params.headDim << 2) : NO_CENTRE;
  const state = params.state + index * params.stateStride;
  const keys = load<i32>(params.limits + (<usize>batch << 3));
  for (let key = 0; key < keys; key += CHUNK) {
    appendChunk(params, k + <usize>key * params.kRow, v + <usize>key * params.vRow, min(CHUNK, keys - key), centre, state,
      params.valueDim, firstBlock, endBlock, scratch);
  }
}

/** Adds at most CHUNK keys, and `columns` columns of their values, to the blocks [firstBlock, endBlock) of a state. */
function appendChunk(params: Params, k: usize, v: usize, count: i32, centre: usize, state: usize, columns: i32, firstBlock: i32, endBlock: i32, scratch: usize): void {
  const variables = scratch;
  const features = variables + variablesSize(params);
  const values = features + <usize>FEATURES * CHUNK_ROW;
  const prefix = values + <usize>CHUNK * (<usize>stateRow(params.valueDim) << 2);
  const rowSize = <usize>stateRow(columns) << 2;
  packVariables(k, params.kRow, count, centre, 1, variables, params.headDim);
  packValues(v, params.vRow, count, columns, values);
  const sums = state + <usize>params.features * rowSize;
  for (let block = firstBlock; block < endBlock; block++) {
    const first = block * FEATURES;
    const rows = min(FEATURES, params.features - first);
    keyFeatures(params, block, variables, count, features, sums + (<usize>first << 2), prefix);
    const blockState = state + <usize>first * rowSize;
    for (let column: usize = 0; column < rowSize; column += LANES_ROW) {
      addProduct(features, CHUNK_ROW, values + column * count, blockState + column, rowSize, rows, count);
    }
  }
}

/** Values in panels, [panel][token][LANES]; columns beyond the last are 0. */
function packValues(v: usize, rowStride: usize, count: i32, columns: i32, values: usize): void {
  const size = <usize>columns << 2;
  const padded = <usize>stateRow(columns) << 2;
  for (let column: usize = 0; column < padded; column += LANES_ROW) {
    const width = min(LANES_ROW, size - min(size, column));
    let row = v + column;
    for (let t = 0; t < count; t++) {
      if (width == LANES_ROW) for (let i: usize = 0; i < LANES_ROW; i += 16) v128.store(values + i, v128.load(row + i));
      else {
        memory.copy(values, row, width);
        memory.fill(values + width, 0, LANES_ROW - width);
      }
      values += LANES_ROW;
      row += rowStride;
    }
  }
}

// ---- Queries against the state ----

/** How many tasks `taylorQuery` divides into: one a batch, head and chunk of queries. */
export function taylorQueryTasks(params: Params): i32 {
  return params.batches * params.heads * ((params.queries + CHUNK - 1) / CHUNK);
}

/** Attention of one chunk of queries to everything in the state. */
export function taylorQuery(params: Params, task: i32, scratch: usize): void {
  const chunks = (params.queries + CHUNK - 1) / CHUNK;
  const query = (task % chunks) * CHUNK;
  const head = (task / chunks) % params.heads;
  const batch = task / chunks / params.heads;
  const count = min(CHUNK, params.queries - query);
  const index = <usize>(batch * (params.heads / params.headsPerGroup) + head / params.headsPerGroup);
  const variables = scratch;
  const features = variables + variablesSize(params);
  const outputs = features + <usize>FEATURES * CHUNK_ROW;
  const denominators = outputs + <usize>CHUNK * (<usize>stateRow(params.valueDim) << 2);
  const q = params.q + <usize>batch * params.qBatch + <usize>head * params.qHead + <usize>query * params.qRow;
  packVariables(q, params.qRow, count, NO_CENTRE, params.scale, variables, params.headDim);
  memory.fill(outputs, 0, <usize>params.valueDim * CHUNK_ROW);
  memory.fill(denominators, 0, CHUNK_ROW);
  queryState(params, params.state + index * params.stateStride, params.valueDim, variables, count, features, outputs, denominators);
  const o = params.o + <usize>batch * params.oBatch + <usize>head * params.oHead + <usize>query * params.oRow;
  finish(params, task, denominators, params.limits + (<usize>batch << 3), -1, count);
  unpackPanel(outputs, CHUNK_ROW, denominators, o, params.oRow, count, params.valueDim);
}

/** outputs[column][query] += Sᵀ·φ, denominators[query] += z·φ */
function queryState(params: Params, state: usize, columns: i32, variables: usize, count: i32, features: usize, outputs: usize, denominators: usize): void {
  const rowSize = <usize>stateRow(columns) << 2;
  const sums = state + <usize>params.features * rowSize;
  const step = max(1, <i32>(STATE_PART / (<usize>FEATURES * rowSize)));
  for (let block = 0; block < params.blocks; block += step) {
    const first = block * FEATURES;
    const rows = min(step * FEATURES, params.features - first);
    for (let lane: usize = 0; lane < (<usize>count << 2); lane += LANES_ROW) {
      for (let strip: usize = 0; strip < LANES_ROW; strip += STRIP) {
        queryFeatures(params, block, min(block + step, params.blocks), variables + lane + strip, features + strip, sums + (<usize>first << 2), denominators + lane + strip);
      }
      scaleAddTransposedProduct(state + <usize>first * rowSize, rowSize, features, outputs + lane, CHUNK_ROW, ONES, columns, rows);
    }
  }
}

/**
 * Replaces denominators by their inverses (0 where a query has no key), and keeps the smallest one per key in
 * params.denominators[task]. `first` is the index of the first query where the number of keys grows with it, else −1.
 */
function finish(params: Params, task: i32, denominators: usize, limits: usize, first: i32, count: i32): void {
  const smallest = params.denominators + (<usize>task << 2);
  const all = load<i32>(limits);
  for (let t = 0; t < count; t++) {
    const p = denominators + (<usize>t << 2);
    const keys = first < 0 ? all : min(all, load<i32>(limits, 4) + first + t + 1);
    const denominator = load<f32>(p);
    if (keys > 0) store<f32>(smallest, min(load<f32>(smallest), denominator / <f32>keys));
    // 1 / ∞ would make a 0 of numerators that did not overflow.
    const inverse: f32 = abs(denominator) < f32.POSITIVE_INFINITY ? 1 / denominator : f32.NaN;
    store<f32>(p, keys > 0 ? inverse : 0);
  }
}

// ---- Causal ----

/**
 * Causal attention of the heads that share one head of the key, chunk by chunk: earlier keys through the state, the
 * chunk's own by the polynomial itself. With parts > 1 a task handles a range of value columns.
 */
export function taylorCausal(params: Params, task: i32, scratch: usize): void {
  const groups = params.heads / params.headsPerGroup;
  const part = task % params.parts;
  const group = (task / params.parts) % groups;
  const batch = task / params.parts / groups;
  const firstColumn = columnOf(params, part);
  const columns = columnOf(params, part + 1) - firstColumn;
  const k = params.k + <usize>batch * params.kBatch + <usize>group * params.kHead;
  const v = params.v + <usize>batch * params.vBatch + <usize>group * params.vHead + (<usize>firstColumn << 2);
  const limits = params.limits + (<usize>batch << 3);
  const position = load<i32>(limits, 4);
  const state = scratch + taylorScratch(params) + variablesSize(params) + panelSize(params);
  memory.fill(state, 0, stateSize(params, columns));
  let keysInState = 0;
  for (let query = 0; query < params.queries; query += CHUNK) {
    const count = min(CHUNK, params.queries - query);
    // Every query of the chunk sees the keys up to its first one's position: these go through the state.
    const seen = max(0, endKey(params, batch, query) - 1);
    while (keysInState < seen) {
      const keys = min(CHUNK, seen - keysInState);
      appendChunk(params, k + <usize>keysInState * params.kRow, v + <usize>keysInState * params.vRow, keys, NO_CENTRE, state, columns, 0, params.blocks, scratch);
      keysInState += keys;
    }
    for (let member = 0; member < params.headsPerGroup; member++) {
      const head = group * params.headsPerGroup + member;
      causalChunk(params, task, batch, head, query, count, seen, k, v, columns, firstColumn, state, scratch);
    }
  }
}

// Ranges of columns are whole panels of the widest tier, so that no thread pads.
// @ts-ignore: decorator
@inline
function columnOf(params: Params, part: i32): i32 {
  return min(params.valueDim, stateRow(params.valueDim) / 16 * part / params.parts * 16);
}

function causalChunk(params: Params, task: i32, batch: i32, head: i32, query: i32, count: i32, seen: i32, k: usize, v: usize, columns: i32, firstColumn: i32, state: usize, scratch: usize): void {
  const features = scratch + variablesSize(params);
  const outputs = features + <usize>FEATURES * CHUNK_ROW;
  const denominators = outputs + <usize>CHUNK * (<usize>stateRow(params.valueDim) << 2);
  const variables = scratch + taylorScratch(params);
  const panel = variables + variablesSize(params);
  const limits = params.limits + (<usize>batch << 3);
  const q = params.q + <usize>batch * params.qBatch + <usize>head * params.qHead + <usize>query * params.qRow;
  packVariables(q, params.qRow, count, NO_CENTRE, params.scale, variables, params.headDim);
  memory.fill(outputs, 0, <usize>columns * CHUNK_ROW);
  memory.fill(denominators, 0, CHUNK_ROW);
  if (seen > 0) queryState(params, state, columns, variables, count, features, outputs, denominators);
  for (let lane = 0; lane < count; lane += LANES) {
    const offset = <usize>lane << 2;
    const keys = endKey(params, batch, min(query + lane + LANES, params.queries) - 1) - seen;
    if (keys <= 0) continue;
    packPanel(q + <usize>lane * params.qRow, params.qRow, min(LANES, count - lane), NO_CENTRE, params.scale, panel, LANES_ROW, params.headDim);
    product(k + <usize>seen * params.kRow, params.kRow, panel, features, LANES_ROW, keys, params.headDim);
    polynomial(params, batch, query + lane, seen, keys, features, denominators + offset);
    scaleAddTransposedProduct(v + <usize>seen * params.vRow, params.vRow, features, outputs + offset, CHUNK_ROW, ONES, columns, keys);
  }
  finish(params, task, denominators, limits, query, count);
  const o = params.o + <usize>batch * params.oBatch + <usize>head * params.oHead + <usize>query * params.oRow + (<usize>firstColumn << 2);
  unpackPanel(outputs, CHUNK_ROW, denominators, o, params.oRow, count, columns);
}

const INVERSE_FACTORIALS: usize = memory.data<f32>([1, 1, 0.5, 0.16666667, 0.041666668], 16);

/** Scores [key][LANES] become T(score), 0 where the key comes after the query; sums are added to `denominators`. */
function polynomial(params: Params, batch: i32, query: i32, key: i32, keys: i32, scores: usize, denominators: usize): void {
  const end = scores + <usize>keys * LANES_ROW;
  for (const lanes = scores + LANES_ROW; scores < lanes; scores += 16, denominators += 16, query += 4) {
    let last = i32x4.splat(endKey(params, batch, query));
    last = i32x4.replace_lane(last, 1, endKey(params, batch, query + 1));
    last = i32x4.replace_lane(last, 2, endKey(params, batch, query + 2));
    last = i32x4.replace_lane(last, 3, endKey(params, batch, query + 3));
    let sum = v128.load(denominators);
    let j = key;
    for (let s = scores; s < end; s += LANES_ROW) {
      const t = v128.load(s);
      let y = v128.load32_splat(INVERSE_FACTORIALS + (<usize>params.order << 2));
      for (let n = params.order - 1; n >= 0; n--) y = multiplyAdd(y, t, v128.load32_splat(INVERSE_FACTORIALS + (<usize>n << 2)));
      y = v128.and(y, i32x4.lt_s(i32x4.splat(j), last));
      v128.store(s, y);
      sum = f32x4.add(sum, y);
      j++;
    }
    v128.store(denominators, sum);
  }
}

// ---- Mean key ----

/** Mean of the keys of one batch and head, which softmax does not feel and the polynomial likes to have removed. */
export function meanKey(params: Params, task: i32, scratch: usize): void {
  const groups = params.heads / params.headsPerGroup;
  const batch = task / groups;
  const keys = load<i32>(params.limits + (<usize>batch << 3));
  const size = <usize>params.headDim << 2;
  const mean = params.centre + <usize>task * size;
  const k = params.k + <usize>batch * params.kBatch + <usize>(task % groups) * params.kHead;
  // Short float32 sums within a chunk, long ones in float64, which lie in `scratch`.
  memory.fill(scratch, 0, 2 * size);
  for (let key = 0; key < keys; key += CHUNK) {
    const rows = k + <usize>key * params.kRow;
    const end = rows + <usize>min(CHUNK, keys - key) * params.kRow;
    let d: usize = 0;
    for (; d + 16 <= size; d += 16) {
      let sum = f32x4.splat(0);
      for (let p = rows + d; p < end; p += params.kRow) sum = f32x4.add(sum, v128.load(p));
      const high = v128.shuffle<f32>(sum, sum, 2, 3, 2, 3);
      const total = scratch + 2 * d;
      v128.store(total, f64x2.add(v128.load(total), f64x2.promote_low_f32x4(sum)));
      v128.store(total, f64x2.add(v128.load(total, 16), f64x2.promote_low_f32x4(high)), 16);
    }
    for (; d < size; d += 4) {
      let sum: f32 = 0;
      for (let p = rows + d; p < end; p += params.kRow) sum += load<f32>(p);
      store<f64>(scratch + 2 * d, load<f64>(scratch + 2 * d) + <f64>sum);
    }
  }
  for (let d: usize = 0; d < size; d += 4) {
    store<f32>(mean + d, keys > 0 ? <f32>(load<f64>(scratch + 2 * d) / <f64>keys) : 0);
  }
}
