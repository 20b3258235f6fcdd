/**
 * Causal linear attention: chunk by chunk, so that a query sees the keys up to its own position. Earlier chunks are in a running
 * state, which queries read as in taylor.ts; the keys of the query's own chunk are weighed by the polynomial T itself, and those
 * that come after the query by 0.
 *
 * The scratch memory of a thread has, behind that of taylor.ts, the variables of a chunk of queries [1 + headDim][CHUNK], the queries
 * of a panel as they are [headDim][LANES], and the running state.
 */
import { CHUNK, CHUNK_ROW, packVariables } from './features';
import { batchOf, endKey, groupOf, groupsOf, Params, partOf } from './params';
import { NO_CENTRE, packPanel } from './pack';
import { addToSums } from './sums';
import {
  accumulate, columnOf, FEATURES_SIZE, finish, KEY_DEPTH, queryState, startOutputs, stateRow,
  stateSize, taylorScratch, termsSize, unpackOutputs, variablesSize,
} from './taylor';
import { appendKeys } from './taylor-state';
import { LANES, LANES_ROW, multiplyAdd, product } from './tile';

/** Bytes of scratch memory that one thread needs for `taylorCausal`. */
export function taylorCausalScratch(params: Params): usize {
  return taylorScratch(params) + variablesSize(params) + panelSize(params) + 2 * stateSize(params, params.valueDim);
}

// Queries of a panel, [headDim][LANES].
// @ts-ignore: decorator
@inline
function panelSize(params: Params): usize { return <usize>params.headDim * LANES_ROW; }

/**
 * Causal attention of the heads that share one head of the key, chunk by chunk: earlier keys through the state, the
 * chunk's own by the polynomial itself. With parts > 1 a task handles a range of value columns.
 */
export function taylorCausal(params: Params, task: i32, scratch: usize): void {
  const part = partOf(params, task);
  const group = groupOf(params, task);
  const batch = batchOf(params, task);
  const firstColumn = columnOf(params, part);
  const columns = columnOf(params, part + 1) - firstColumn;
  const k = params.k + <usize>batch * params.kBatch + <usize>group * params.kHead;
  const v = params.v + <usize>batch * params.vBatch + <usize>group * params.vHead + (<usize>firstColumn << 2);
  const state = scratch + taylorScratch(params) + variablesSize(params) + panelSize(params);
  memory.fill(state, 0, 2 * stateSize(params, columns));
  // The constant is the last of the features, and its sum the number of keys that a given state holds.
  let given: f32 = 0;
  if (params.state) {
    const initial = params.state + <usize>(batch * groupsOf(params) + group) * params.stateStride;
    copyState(params, initial, firstColumn, columns, state);
    copyState(params, initial + stateSize(params, params.valueDim), firstColumn, columns, state + stateSize(params, columns));
    given = load<f32>(state + <usize>params.features * (<usize>stateRow(columns) << 2) + (<usize>(params.features - 1) << 2));
  }
  let keysInState = 0;
  for (let query = 0; query < params.queries; query += CHUNK) {
    const count = min(CHUNK, params.queries - query);
    // Every query of the chunk sees the keys up to its first one's position: these go through the state.
    const seen = max(0, endKey(params, batch, query) - 1);
    while (keysInState < seen) {
      const keys = min(CHUNK, seen - keysInState);
      appendKeys(params, k + <usize>keysInState * params.kRow, params.kRow, v + <usize>keysInState * params.vRow, params.vRow, keys, NO_CENTRE, 1, 0, state,
        columns, 0, params.blocks, scratch);
      keysInState += keys;
    }
    for (let member = 0; member < params.headsPerGroup; member++) {
      const head = group * params.headsPerGroup + member;
      causalChunk(params, task, batch, head, query, count, seen, given, k, v, columns, firstColumn, state, scratch);
    }
  }
}

/** Copies a range of the columns of a state, and the sums of the features alone; first words or second ones. */
function copyState(params: Params, from: usize, firstColumn: i32, columns: i32, to: usize): void {
  const row = <usize>stateRow(params.valueDim) << 2;
  const size = <usize>stateRow(columns) << 2;
  const source = from + (<usize>firstColumn << 2);
  for (let i = 0; i < params.features; i++) memory.copy(to + <usize>i * size, source + <usize>i * row, size);
  memory.copy(to + <usize>params.features * size, from + <usize>params.features * row, <usize>params.features << 2);
}

function causalChunk(params: Params, task: i32, batch: i32, head: i32, query: i32, count: i32, seen: i32, given: f32, k: usize, v: usize, columns: i32, firstColumn: i32, state: usize, scratch: usize): void {
  const scores = scratch;
  const terms = scratch + FEATURES_SIZE;
  const denominators = terms + termsSize(params);
  const outputs = denominators + 2 * CHUNK_ROW;
  const variables = scratch + taylorScratch(params);
  const panel = variables + variablesSize(params);
  const limits = params.limits + (<usize>batch << 3);
  const q = params.q + <usize>batch * params.qBatch + <usize>head * params.qHead + <usize>query * params.qRow;
  packVariables(q, params.qRow, count, NO_CENTRE, params.scale, 0, variables, params.headDim);
  startOutputs(params, denominators);
  let products = 0;
  if (seen > 0 || given > 0) products = queryState(params, state, columns, variables, count, 0, scratch);
  for (let lane = 0; lane < count; lane += LANES) {
    const offset = <usize>lane << 2;
    const keys = endKey(params, batch, min(query + lane + LANES, params.queries) - 1) - seen;
    if (keys <= 0) continue;
    packPanel(q + <usize>lane * params.qRow, params.qRow, min(LANES, count - lane), NO_CENTRE, params.scale, panel, LANES_ROW, params.headDim);
    product(k + <usize>seen * params.kRow, params.kRow, panel, scores, LANES_ROW, keys, params.headDim);
    polynomial(params, batch, query + lane, seen, keys, scores, denominators + offset);
    for (let j = 0; j < keys; j += KEY_DEPTH) {
      accumulate(params, products + j / KEY_DEPTH, v + <usize>(seen + j) * params.vRow, params.vRow, scores + <usize>j * LANES_ROW, terms,
        outputs + offset * columns, columns, min(KEY_DEPTH, keys - j));
    }
  }
  finish(params, task, denominators, limits, query, count, given);
  const o = params.o + <usize>batch * params.oBatch + <usize>head * params.oHead + <usize>query * params.oRow + (<usize>firstColumn << 2);
  unpackOutputs(params, products + CHUNK / KEY_DEPTH, denominators, o, count, columns);
}

const INVERSE_FACTORIALS: usize = memory.data<f32>([1, 1, 0.5, 0.16666667, 0.041666668], 16);

/** T(t), the series of exp up to an order. */
// @ts-ignore: decorator
@inline
export function series(order: i32, t: v128): v128 {
  let y = v128.load32_splat(INVERSE_FACTORIALS + (<usize>order << 2));
  for (let n = order - 1; n >= 0; n--) y = multiplyAdd(y, t, v128.load32_splat(INVERSE_FACTORIALS + (<usize>n << 2)));
  return y;
}

/** Scores [key][LANES] become T(score), 0 where the key comes after the query; sums are added to `denominators`. */
function polynomial(params: Params, batch: i32, query: i32, key: i32, keys: i32, scores: usize, denominators: usize): void {
  const end = scores + <usize>keys * LANES_ROW;
  for (const lanes = scores + LANES_ROW; scores < lanes; scores += 16, denominators += 16, query += 4) {
    let last = i32x4.splat(endKey(params, batch, query));
    last = i32x4.replace_lane(last, 1, endKey(params, batch, query + 1));
    last = i32x4.replace_lane(last, 2, endKey(params, batch, query + 2));
    last = i32x4.replace_lane(last, 3, endKey(params, batch, query + 3));
    let j = key;
    for (let s = scores; s < end; ) {
      let sum = f32x4.splat(0);
      for (const partEnd = min(end, s + <usize>KEY_DEPTH * LANES_ROW); s < partEnd; s += LANES_ROW) {
        const y = v128.and(series(params.order, v128.load(s)), i32x4.lt_s(i32x4.splat(j), last));
        v128.store(s, y);
        sum = f32x4.add(sum, y);
        j++;
      }
      addToSums(denominators, CHUNK_ROW, sum);
    }
  }
}
