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
import { endKey, Job } from './job';
import { packPanel, unpackPanel } from './pack';
import { addProduct, LANES, multiplyAdd, product, scaleAddTransposedProduct } from './tile';

/** Values in a row of the state: the columns in use, rounded up to whole panels of every tier. */
// @ts-ignore: decorator
@inline
function stateRow(columns: i32): i32 { return (columns + 15) & ~15; }

/** Bytes of the state of one head with `columns` value columns. */
// @ts-ignore: decorator
@inline
function stateSize(job: Job, columns: i32): usize { return (<usize>job.features * <usize>(stateRow(columns) + 1)) << 2; }

/** Bytes of the state that queries go through at once: half the first-level cache. */
const STATE_PART: usize = 16384;
/** What is accumulated, as it is. */
const ONES: usize = memory.data<f32>([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 16);

// ---- Scratch memory of one thread ----

// Variables of a chunk of tokens, [1 + headDim][CHUNK].
// @ts-ignore: decorator
@inline
function variablesSize(job: Job): usize { return <usize>(job.headDim + 1) * CHUNK_ROW; }

/** Bytes of scratch memory for `taylorState` and `taylorQuery`. */
export function taylorScratch(job: Job): usize {
  const values = <usize>CHUNK * (<usize>stateRow(job.valueDim) << 2);
  return variablesSize(job) + <usize>FEATURES * CHUNK_ROW + values + CHUNK_ROW;
}

/** Bytes of scratch memory for `taylorCausal`: as above, the queries of one chunk and of a panel, and the running state. */
export function taylorCausalScratch(job: Job): usize {
  return taylorScratch(job) + variablesSize(job) + panelSize(job) + stateSize(job, job.valueDim);
}

// Queries of a panel, [headDim][LANES].
// @ts-ignore: decorator
@inline
function panelSize(job: Job): usize { return <usize>job.headDim * LANES_ROW; }

// ---- Keys into the state ----

/**
 * Adds keys and values to the states of all heads of the key. A task is one of `parts` ranges of features of one head:
 * each sum is formed by one thread in the order of the keys, so the result does not depend on the number of threads.
 */
export function taylorState(job: Job, task: i32, scratch: usize): void {
  const groups = job.heads / job.headsPerGroup;
  const part = task % job.parts;
  const group = (task / job.parts) % groups;
  const batch = task / job.parts / groups;
  const firstBlock = job.blocks * part / job.parts;
  const endBlock = job.blocks * (part + 1) / job.parts;
  const index = <usize>(batch * groups + group);
  const k = job.k + <usize>batch * job.kBatch + <usize>group * job.kHead;
  const v = job.v + <usize>batch * job.vBatch + <usize>group * job.vHead;
  const centre = job.centre ? job.centre + index * (<usize>job.headDim << 2) : NO_CENTRE;
  const state = job.state + index * job.stateStride;
  const keys = load<i32>(job.limits + (<usize>batch << 3));
  for (let key = 0; key < keys; key += CHUNK) {
    appendChunk(job, k + <usize>key * job.kRow, v + <usize>key * job.vRow, min(CHUNK, keys - key), centre, state,
      job.valueDim, firstBlock, endBlock, scratch);
  }
}

/** Adds at most CHUNK keys, and `columns` columns of their values, to the blocks [firstBlock, endBlock) of a state. */
function appendChunk(job: Job, k: usize, v: usize, count: i32, centre: usize, state: usize, columns: i32, firstBlock: i32, endBlock: i32, scratch: usize): void {
  const variables = scratch;
  const features = variables + variablesSize(job);
  const values = features + <usize>FEATURES * CHUNK_ROW;
  const prefix = values + <usize>CHUNK * (<usize>stateRow(job.valueDim) << 2);
  const rowSize = <usize>stateRow(columns) << 2;
  packVariables(k, job.kRow, count, centre, 1, variables, job.headDim);
  packValues(v, job.vRow, count, columns, values);
  const sums = state + <usize>job.features * rowSize;
  for (let block = firstBlock; block < endBlock; block++) {
    const first = block * FEATURES;
    const rows = min(FEATURES, job.features - first);
    keyFeatures(job, block, variables, count, features, sums + (<usize>first << 2), prefix);
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
export function taylorQueryTasks(job: Job): i32 {
  return job.batches * job.heads * ((job.queries + CHUNK - 1) / CHUNK);
}

/** Attention of one chunk of queries to everything in the state. */
export function taylorQuery(job: Job, task: i32, scratch: usize): void {
  const chunks = (job.queries + CHUNK - 1) / CHUNK;
  const query = (task % chunks) * CHUNK;
  const head = (task / chunks) % job.heads;
  const batch = task / chunks / job.heads;
  const count = min(CHUNK, job.queries - query);
  const index = <usize>(batch * (job.heads / job.headsPerGroup) + head / job.headsPerGroup);
  const variables = scratch;
  const features = variables + variablesSize(job);
  const outputs = features + <usize>FEATURES * CHUNK_ROW;
  const denominators = outputs + <usize>CHUNK * (<usize>stateRow(job.valueDim) << 2);
  const q = job.q + <usize>batch * job.qBatch + <usize>head * job.qHead + <usize>query * job.qRow;
  packVariables(q, job.qRow, count, NO_CENTRE, job.scale, variables, job.headDim);
  memory.fill(outputs, 0, <usize>job.valueDim * CHUNK_ROW);
  memory.fill(denominators, 0, CHUNK_ROW);
  queryState(job, job.state + index * job.stateStride, job.valueDim, variables, count, features, outputs, denominators);
  const o = job.o + <usize>batch * job.oBatch + <usize>head * job.oHead + <usize>query * job.oRow;
  finish(job, task, denominators, job.limits + (<usize>batch << 3), -1, count);
  unpackPanel(outputs, CHUNK_ROW, denominators, o, job.oRow, count, job.valueDim);
}

/** outputs[column][query] += Sᵀ·φ, denominators[query] += z·φ */
function queryState(job: Job, state: usize, columns: i32, variables: usize, count: i32, features: usize, outputs: usize, denominators: usize): void {
  const rowSize = <usize>stateRow(columns) << 2;
  const sums = state + <usize>job.features * rowSize;
  const step = max(1, <i32>(STATE_PART / (<usize>FEATURES * rowSize)));
  for (let block = 0; block < job.blocks; block += step) {
    const first = block * FEATURES;
    const rows = min(step * FEATURES, job.features - first);
    for (let lane: usize = 0; lane < (<usize>count << 2); lane += LANES_ROW) {
      for (let strip: usize = 0; strip < LANES_ROW; strip += STRIP) {
        queryFeatures(job, block, min(block + step, job.blocks), variables + lane + strip, features + strip, sums + (<usize>first << 2), denominators + lane + strip);
      }
      scaleAddTransposedProduct(state + <usize>first * rowSize, rowSize, features, outputs + lane, CHUNK_ROW, ONES, columns, rows);
    }
  }
}

/**
 * Replaces denominators by their inverses (0 where a query has no key), and keeps the smallest one per key in
 * job.denominators[task]. `first` is the index of the first query where the number of keys grows with it, else −1.
 */
function finish(job: Job, task: i32, denominators: usize, limits: usize, first: i32, count: i32): void {
  const smallest = job.denominators + (<usize>task << 2);
  const all = load<i32>(limits);
  for (let t = 0; t < count; t++) {
    const p = denominators + (<usize>t << 2);
    const keys = first < 0 ? all : min(all, load<i32>(limits, 4) + first + t + 1);
    const denominator = load<f32>(p);
    if (keys > 0) store<f32>(smallest, min(load<f32>(smallest), denominator / <f32>keys));
    store<f32>(p, keys > 0 ? 1 / denominator : 0);
  }
}

// ---- Causal ----

/**
 * Causal attention of the heads that share one head of the key, chunk by chunk: earlier keys through the state, the
 * chunk's own by the polynomial itself. With parts > 1 a task handles a range of value columns.
 */
export function taylorCausal(job: Job, task: i32, scratch: usize): void {
  const groups = job.heads / job.headsPerGroup;
  const part = task % job.parts;
  const group = (task / job.parts) % groups;
  const batch = task / job.parts / groups;
  const firstColumn = columnOf(job, part);
  const columns = columnOf(job, part + 1) - firstColumn;
  const k = job.k + <usize>batch * job.kBatch + <usize>group * job.kHead;
  const v = job.v + <usize>batch * job.vBatch + <usize>group * job.vHead + (<usize>firstColumn << 2);
  const limits = job.limits + (<usize>batch << 3);
  const position = load<i32>(limits, 4);
  const state = scratch + taylorScratch(job) + variablesSize(job) + panelSize(job);
  memory.fill(state, 0, stateSize(job, columns));
  let keysInState = 0;
  for (let query = 0; query < job.queries; query += CHUNK) {
    const count = min(CHUNK, job.queries - query);
    // Every query of the chunk sees the keys up to its first one's position: these go through the state.
    const seen = max(0, endKey(job, batch, query) - 1);
    while (keysInState < seen) {
      const keys = min(CHUNK, seen - keysInState);
      appendChunk(job, k + <usize>keysInState * job.kRow, v + <usize>keysInState * job.vRow, keys, NO_CENTRE, state, columns, 0, job.blocks, scratch);
      keysInState += keys;
    }
    for (let member = 0; member < job.headsPerGroup; member++) {
      const head = group * job.headsPerGroup + member;
      causalChunk(job, task, batch, head, query, count, seen, k, v, columns, firstColumn, state, scratch);
    }
  }
}

// Ranges of columns are whole panels of the widest tier, so that no thread pads.
// @ts-ignore: decorator
@inline
function columnOf(job: Job, part: i32): i32 {
  return min(job.valueDim, stateRow(job.valueDim) / 16 * part / job.parts * 16);
}

function causalChunk(job: Job, task: i32, batch: i32, head: i32, query: i32, count: i32, seen: i32, k: usize, v: usize, columns: i32, firstColumn: i32, state: usize, scratch: usize): void {
  const features = scratch + variablesSize(job);
  const outputs = features + <usize>FEATURES * CHUNK_ROW;
  const denominators = outputs + <usize>CHUNK * (<usize>stateRow(job.valueDim) << 2);
  const variables = scratch + taylorScratch(job);
  const panel = variables + variablesSize(job);
  const limits = job.limits + (<usize>batch << 3);
  const q = job.q + <usize>batch * job.qBatch + <usize>head * job.qHead + <usize>query * job.qRow;
  packVariables(q, job.qRow, count, NO_CENTRE, job.scale, variables, job.headDim);
  memory.fill(outputs, 0, <usize>columns * CHUNK_ROW);
  memory.fill(denominators, 0, CHUNK_ROW);
  if (seen > 0) queryState(job, state, columns, variables, count, features, outputs, denominators);
  for (let lane = 0; lane < count; lane += LANES) {
    const offset = <usize>lane << 2;
    const keys = endKey(job, batch, min(query + lane + LANES, job.queries) - 1) - seen;
    if (keys <= 0) continue;
    packPanel(q + <usize>lane * job.qRow, job.qRow, min(LANES, count - lane), NO_CENTRE, job.scale, panel, LANES_ROW, job.headDim);
    product(k + <usize>seen * job.kRow, job.kRow, panel, features, LANES_ROW, keys, job.headDim);
    polynomial(job, batch, query + lane, seen, keys, features, denominators + offset);
    scaleAddTransposedProduct(v + <usize>seen * job.vRow, job.vRow, features, outputs + offset, CHUNK_ROW, ONES, columns, keys);
  }
  finish(job, task, denominators, limits, query, count);
  const o = job.o + <usize>batch * job.oBatch + <usize>head * job.oHead + <usize>query * job.oRow + (<usize>firstColumn << 2);
  unpackPanel(outputs, CHUNK_ROW, denominators, o, job.oRow, count, columns);
}

const INVERSE_FACTORIALS: usize = memory.data<f32>([1, 1, 0.5, 0.16666667, 0.041666668], 16);

/** Scores [key][LANES] become T(score), 0 where the key comes after the query; sums are added to `denominators`. */
function polynomial(job: Job, batch: i32, query: i32, key: i32, keys: i32, scores: usize, denominators: usize): void {
  const end = scores + <usize>keys * LANES_ROW;
  for (const lanes = scores + LANES_ROW; scores < lanes; scores += 16, denominators += 16, query += 4) {
    let last = i32x4.splat(endKey(job, batch, query));
    last = i32x4.replace_lane(last, 1, endKey(job, batch, query + 1));
    last = i32x4.replace_lane(last, 2, endKey(job, batch, query + 2));
    last = i32x4.replace_lane(last, 3, endKey(job, batch, query + 3));
    let sum = v128.load(denominators);
    let j = key;
    for (let s = scores; s < end; s += LANES_ROW) {
      const t = v128.load(s);
      let y = v128.load32_splat(INVERSE_FACTORIALS + (<usize>job.order << 2));
      for (let n = job.order - 1; n >= 0; n--) y = multiplyAdd(y, t, v128.load32_splat(INVERSE_FACTORIALS + (<usize>n << 2)));
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
export function meanKey(job: Job, task: i32, scratch: usize): void {
  const groups = job.heads / job.headsPerGroup;
  const batch = task / groups;
  const keys = load<i32>(job.limits + (<usize>batch << 3));
  const size = <usize>job.headDim << 2;
  const mean = job.centre + <usize>task * size;
  const k = job.k + <usize>batch * job.kBatch + <usize>(task % groups) * job.kHead;
  // Short float32 sums within a chunk, long ones in float64, which lie in `scratch`.
  memory.fill(scratch, 0, 2 * size);
  for (let key = 0; key < keys; key += CHUNK) {
    const rows = k + <usize>key * job.kRow;
    const end = rows + <usize>min(CHUNK, keys - key) * job.kRow;
    let d: usize = 0;
    for (; d + 16 <= size; d += 16) {
      let sum = f32x4.splat(0);
      for (let p = rows + d; p < end; p += job.kRow) sum = f32x4.add(sum, v128.load(p));
      const high = v128.shuffle<f32>(sum, sum, 2, 3, 2, 3);
      const total = scratch + 2 * d;
      v128.store(total, f64x2.add(v128.load(total), f64x2.promote_low_f32x4(sum)));
      v128.store(total, f64x2.add(v128.load(total, 16), f64x2.promote_low_f32x4(high)), 16);
    }
    for (; d < size; d += 4) {
      let sum: f32 = 0;
      for (let p = rows + d; p < end; p += job.kRow) sum += load<f32>(p);
      store<f64>(scratch + 2 * d, load<f64>(scratch + 2 * d) + <f64>sum);
    }
  }
  for (let d: usize = 0; d < size; d += 4) {
    store<f32>(mean + d, keys > 0 ? <f32>(load<f64>(scratch + 2 * d) / <f64>keys) : 0);
  }
}
