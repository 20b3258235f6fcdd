/**
 * Linear attention by the Maclaurin feature map of exp: softmax weights exp(t), t = scale·q·k, are replaced by
 * T(t) = Σₙ tⁿ/n!, n = 0..order. T(q·k) = φ(q)·W·φ(k), where φ are monomials and W their weights 1/(k₁!…k_D!), so
 *   output = φ(Q)·(W·φ(K)ᵀ·[V 1])   with the last column the denominator,
 * and the cost is linear in the sequence length. Nearly all of the time is spent in `product` (keys into the state) and
 * `transposedProduct` (queries against it), in assembly/tiles.
 *
 * State of one head, in float32: [features][stateRow] sums of w·φ(k)·v, then [features] sums of w·φ(k), padded to whole
 * cache lines; and behind all of that, in the same layout, a second word of each sum, which keeps what rounding left out of
 * the first (assembly/sums.ts). Queries read the first words alone.
 *
 * Tokens are packed by CHUNK = 128, features are formed by blocks of FEATURES = 64. The scratch memory of a thread, in this
 * order, begins with two buffers that all tasks have:
 *
 *   buffer        layout                            written by             read by
 *   features      [FEATURES][CHUNK] of keys, or     keyFeatures            product
 *                 [feature][LANES] of queries       queryFeatures          transposedProduct
 *   terms         [row][LANES], one product         the products           addRows
 *
 * and goes on, where keys are added to a state (`appendKeys`), with
 *
 *   blockSums     [panel][FEATURES][LANES]          product, addRows       addRowsToSums, into the state
 *   featureSums   [FEATURES]                        keyFeatures            addToSums, into the state
 *   prefix        [CHUNK]                           keyFeatures            keyFeatures
 *   packed        a chunk of keys after the other:
 *     variables   [1 + headDim][CHUNK]              packVariables          keyFeatures
 *     values      [panel][CHUNK][LANES]             packValues             product
 *
 * and where queries are answered (`taylorQuery`, and `causalChunk`, which has `variables` behind all of this) with
 *
 *   denominators  2 × [CHUNK]: sums, second words   queryFeatures          finish, which leaves their inverses
 *   outputs       [panel][column][LANES]            accumulate             unpackOutputs
 *   their sums    2 × [panel][column][LANES]        accumulate             unpackOutputs
 *   variables     [1 + headDim][CHUNK]              packVariables          queryFeatures
 *
 * Causal attention has, behind these, the queries of a panel as they are, [headDim][LANES], and the running state.
 */
import { CHUNK, CHUNK_ROW, FEATURES, keyFeatures, LANES_ROW, packVariables, queryFeatures, STRIP } from './features';
import { endKey, Params } from './params';
import { NO_CENTRE, packPanel, unpackPanel } from './pack';
import { addRows, addRowsToSums, addToSums } from './sums';
import { LANES, multiplyAdd, product, transposedProduct } from './tile';

/** Values in a row of the state: the columns in use, rounded up to whole panels of every tier. */
// @ts-ignore: decorator
@inline
export function stateRow(columns: i32): i32 { return (columns + 15) & ~15; }

/** Bytes of the first words of the state of one head with `columns` value columns, and of the second words. */
// @ts-ignore: decorator
@inline
export function stateSize(params: Params, columns: i32): usize { return ((<usize>params.features * <usize>(stateRow(columns) + 1) << 2) + 63) & ~63; }

/** Bytes of the state that queries go through at once: half the first-level cache. */
const STATE_PART: usize = 32768;
// Long sums are sums of sums: a product forms running sums over a short depth, in registers; the results of a few products are
// added up; and what they come to is added to sums with second words. A running sum of n equal numbers is off by up to
// n·2^-26, because they are all rounded to the same side: hence 64 keys. Features are never all equal.
/** Keys of one product. */
const KEY_DEPTH: i32 = 64;
/** Features of one product, and how many products of queries are added up without second words. */
const FEATURE_DEPTH: i32 = 128;
const PRODUCTS: i32 = 24;
/** How many chunks of keys are added up, and the bytes that they may take, packed. */
const CHUNKS: i32 = 8;
const PACKED: usize = 1 << 19;

// ---- Scratch memory of one thread ----

// Variables of a chunk of tokens, [1 + headDim][CHUNK].
// @ts-ignore: decorator
@inline
function variablesSize(params: Params): usize { return <usize>(params.headDim + 1) * CHUNK_ROW; }

// Values of a chunk of keys, or outputs of a chunk of queries.
// @ts-ignore: decorator
@inline
function valuesSize(params: Params): usize { return <usize>stateRow(params.valueDim) * CHUNK_ROW; }

/** Keys that are packed together, in whole chunks. */
// @ts-ignore: decorator
@inline
function packedKeys(params: Params): i32 {
  return CHUNK * max(1, min(CHUNKS, <i32>(PACKED / (variablesSize(params) + valuesSize(params)))));
}

// Features of a block, of a chunk of keys or a panel of queries; or the scores of a panel and a chunk.
const FEATURES_SIZE: usize = <usize>FEATURES * CHUNK_ROW;

// One product: a block of features or the columns of the values, by LANES.
// @ts-ignore: decorator
@inline
function termsSize(params: Params): usize { return <usize>max(FEATURES, params.valueDim) * LANES_ROW; }

/** Bytes of scratch memory for `taylorState` and `taylorQuery`. */
export function taylorScratch(params: Params): usize {
  const packed = <usize>(packedKeys(params) / CHUNK) * (variablesSize(params) + valuesSize(params));
  const appended = packed + <usize>FEATURES * (<usize>(stateRow(params.valueDim) + 1) << 2) + CHUNK_ROW;
  const queried = variablesSize(params) + 3 * valuesSize(params) + 2 * CHUNK_ROW;
  return FEATURES_SIZE + termsSize(params) + max(appended, queried);
}

/** Bytes of scratch memory for `taylorCausal`: as above, the queries of one chunk and of a panel, and the running state. */
export function taylorCausalScratch(params: Params): usize {
  return taylorScratch(params) + variablesSize(params) + panelSize(params) + 2 * stateSize(params, params.valueDim);
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
  const step = packedKeys(params);
  for (let key = 0; key < keys; key += step) {
    appendKeys(params, k + <usize>key * params.kRow, v + <usize>key * params.vRow, min(step, keys - key), centre, state,
      params.valueDim, firstBlock, endBlock, scratch);
  }
}

/**
 * Adds at most `packedKeys` keys, and `columns` columns of their values, to the blocks [firstBlock, endBlock) of a state.
 * Scratch: features, terms, sums of one block [panel][FEATURES][LANES] and of its features alone [FEATURES], products of
 * prefixes, and the packed chunks.
 */
function appendKeys(params: Params, k: usize, v: usize, count: i32, centre: usize, state: usize, columns: i32, firstBlock: i32, endBlock: i32, scratch: usize): void {
  const features = scratch;
  const terms = features + FEATURES_SIZE;
  const blockSums = terms + termsSize(params);
  const featureSums = blockSums + <usize>FEATURES * (<usize>stateRow(params.valueDim) << 2);
  const prefix = featureSums + <usize>(FEATURES << 2);
  const packed = prefix + CHUNK_ROW;
  const packedSize = variablesSize(params) + valuesSize(params);
  const rest = stateSize(params, columns);
  const rowSize = <usize>stateRow(columns) << 2;
  for (let first = 0, chunk = packed; first < count; first += CHUNK, chunk += packedSize) {
    const keys = min(CHUNK, count - first);
    packVariables(k + <usize>first * params.kRow, params.kRow, keys, centre, 1, chunk, params.headDim);
    packValues(v + <usize>first * params.vRow, params.vRow, keys, columns, chunk + variablesSize(params));
  }
  const sums = state + <usize>params.features * rowSize;
  for (let block = firstBlock; block < endBlock; block++) {
    const first = block * FEATURES;
    const rows = min(FEATURES, params.features - first);
    memory.fill(featureSums, 0, <usize>(FEATURES << 2));
    for (let key = 0, chunk = packed; key < count; key += CHUNK, chunk += packedSize) {
      const keys = min(CHUNK, count - key);
      keyFeatures(params, block, chunk, keys, features, featureSums, prefix);
      let values = chunk + variablesSize(params);
      let panel = blockSums;
      for (let column: usize = 0; column < rowSize; column += LANES_ROW) {
        for (let t = 0; t < keys; t += KEY_DEPTH) {
          const count = min(KEY_DEPTH, keys - t);
          product(features + (<usize>t << 2), CHUNK_ROW, values, key + t ? terms : panel, LANES_ROW, rows, count);
          if (key + t) addRows(terms, panel, rows);
          values += <usize>count * LANES_ROW;
        }
        panel += <usize>FEATURES * LANES_ROW;
      }
    }
    let panel = blockSums;
    for (let column: usize = 0; column < rowSize; column += LANES_ROW) {
      addRowsToSums(panel, state + <usize>first * rowSize + column, rowSize, rest, rows);
      panel += <usize>FEATURES * LANES_ROW;
    }
    const target = sums + (<usize>first << 2);
    for (let i: usize = 0; i < <usize>rows << 2; i += 16) addToSums(target + i, rest, v128.load(featureSums + i));
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
  const denominators = scratch + FEATURES_SIZE + termsSize(params);
  const outputs = denominators + 2 * CHUNK_ROW;
  const variables = outputs + 3 * valuesSize(params);
  const q = params.q + <usize>batch * params.qBatch + <usize>head * params.qHead + <usize>query * params.qRow;
  packVariables(q, params.qRow, count, NO_CENTRE, params.scale, variables, params.headDim);
  startOutputs(params, denominators);
  const products = queryState(params, params.state + index * params.stateStride, params.valueDim, variables, count, scratch);
  finish(params, task, denominators, params.limits + (<usize>batch << 3), -1, count, 0);
  const o = params.o + <usize>batch * params.oBatch + <usize>head * params.oHead + <usize>query * params.oRow;
  unpackOutputs(params, products, denominators, o, count, params.valueDim);
}

/** Zeroes the denominators and outputs, and the sums with second words of outputs that take more than PRODUCTS products. */
function startOutputs(params: Params, denominators: usize): void {
  memory.fill(denominators, 0, 2 * CHUNK_ROW + valuesSize(params));
  // All products but the last take a block of features at least; causal attention adds the products of one chunk of keys.
  if (params.features > FEATURES * (PRODUCTS - 1 - CHUNK / KEY_DEPTH)) memory.fill(denominators + 2 * CHUNK_ROW + valuesSize(params), 0, 2 * valuesSize(params));
}

/**
 * Adds a product to the outputs of a panel of queries: outputs[column][lane] += Aᵀ·B, B being [depth][LANES]. `index` counts the
 * products: after PRODUCTS of them the outputs go to the sums with second words behind them, and begin anew.
 */
function accumulate(params: Params, index: i32, a: usize, aStride: usize, b: usize, terms: usize, outputs: usize, columns: i32, depth: i32): void {
  if (index % PRODUCTS != 0) {
    transposedProduct(a, aStride, b, terms, LANES_ROW, columns, depth);
    addRows(terms, outputs, columns);
    return;
  }
  if (index) addRowsToSums(outputs, outputs + valuesSize(params), LANES_ROW, valuesSize(params), columns);
  transposedProduct(a, aStride, b, outputs, LANES_ROW, columns, depth);
}

/** rows[t][column] = outputs[column][t]·factors[t] of a chunk of queries, after so many products. */
function unpackOutputs(params: Params, products: i32, factors: usize, rows: usize, count: i32, columns: i32): void {
  let outputs = factors + 2 * CHUNK_ROW;
  for (let first = 0; first < count; first += LANES) {
    let panel = outputs;
    if (products > PRODUCTS) {
      panel += valuesSize(params);
      addRowsToSums(outputs, panel, LANES_ROW, valuesSize(params), columns);
    }
    unpackPanel(panel, LANES_ROW, factors, rows, params.oRow, min(LANES, count - first), columns);
    outputs += <usize>columns * LANES_ROW;
    factors += LANES_ROW;
    rows += <usize>LANES * params.oRow;
  }
}

/** outputs += Sᵀ·φ, denominators[query] += z·φ; returns how many products that took. */
function queryState(params: Params, state: usize, columns: i32, variables: usize, count: i32, scratch: usize): i32 {
  const features = scratch;
  const terms = features + FEATURES_SIZE;
  const denominators = terms + termsSize(params);
  const outputs = denominators + 2 * CHUNK_ROW;
  const rowSize = <usize>stateRow(columns) << 2;
  const sums = state + <usize>params.features * rowSize;
  const step = max(1, <i32>(STATE_PART / (<usize>FEATURES * rowSize)));
  let products = 0;
  for (let block = 0; block < params.blocks; block += step) {
    const first = block * FEATURES;
    const rows = min(step * FEATURES, params.features - first);
    for (let lane: usize = 0; lane < (<usize>count << 2); lane += LANES_ROW) {
      for (let row = 0; row < rows; row += FEATURE_DEPTH) {
        const part = block + row / FEATURES;
        const partFeatures = features + <usize>row * LANES_ROW;
        for (let strip: usize = 0; strip < LANES_ROW; strip += STRIP) {
          queryFeatures(params, part, min(part + FEATURE_DEPTH / FEATURES, min(block + step, params.blocks)), variables + lane + strip, partFeatures + strip, sums + (<usize>(first + row) << 2), denominators + lane + strip);
        }
        accumulate(params, products + row / FEATURE_DEPTH, state + <usize>(first + row) * rowSize, rowSize, partFeatures, terms,
          outputs + lane * columns, columns, min(FEATURE_DEPTH, rows - row));
      }
    }
    products += (rows + FEATURE_DEPTH - 1) / FEATURE_DEPTH;
  }
  return products;
}

/**
 * Replaces denominators by their inverses (0 where a query has no key), and keeps the smallest one per key in
 * params.denominators[task]. `first` is the index of the first query where the number of keys grows with it, else −1.
 */
function finish(params: Params, task: i32, denominators: usize, limits: usize, first: i32, count: i32, given: f32): void {
  const smallest = params.denominators + (<usize>task << 2);
  const all = load<i32>(limits);
  for (let t = 0; t < count; t++) {
    const p = denominators + (<usize>t << 2);
    const keys = given + <f32>max(0, first < 0 ? all : min(all, load<i32>(limits, 4) + first + t + 1));
    const denominator = load<f32>(p);
    if (keys > 0) store<f32>(smallest, min(load<f32>(smallest), denominator / keys));
    // Where the denominator overflowed the result is not known. Its inverse would be 0, and the output a 0 that looks right; NaN does not.
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
  memory.fill(state, 0, 2 * stateSize(params, columns));
  // The constant is the last of the features, and its sum the number of keys that a given state holds.
  let given: f32 = 0;
  if (params.state) {
    const initial = params.state + <usize>(batch * groups + group) * params.stateStride;
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
      appendKeys(params, k + <usize>keysInState * params.kRow, v + <usize>keysInState * params.vRow, keys, NO_CENTRE, state, columns, 0, params.blocks, scratch);
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

// Ranges of columns are whole panels of the widest tier, so that no thread pads.
// @ts-ignore: decorator
@inline
export function columnOf(params: Params, part: i32): i32 {
  return min(params.valueDim, stateRow(params.valueDim) / 16 * part / params.parts * 16);
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
  packVariables(q, params.qRow, count, NO_CENTRE, params.scale, variables, params.headDim);
  startOutputs(params, denominators);
  let products = 0;
  if (seen > 0 || given > 0) products = queryState(params, state, columns, variables, count, scratch);
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

// ---- Mean key ----

/**
 * Mean of the keys of one batch and head. Subtracting it from all keys leaves softmax as it is, for it changes all scores of
 * a query by the same amount, and brings the scores closer to 0, where the polynomial is accurate.
 */
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
