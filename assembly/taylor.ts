/**
 * Linear attention by the Maclaurin feature map of exp: softmax weights exp(t), t = scale·q·k, are replaced by
 * T(t) = Σₙ tⁿ/n!, n = 0..order. T(q·k) = φ(q)·W·φ(k), where φ are monomials and W their weights 1/(k₁!…k_D!), so
 *   output = φ(Q)·(W·φ(K)ᵀ·[V 1])   with the last column the denominator,
 * and the cost is linear in the sequence length. Nearly all of the time is spent in `product` (keys into the state,
 * assembly/taylor-state.ts) and `transposedProduct` (queries against it, here), in assembly/tiles.
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
 * and where queries are answered (`taylorQuery`; taylor-causal.ts has `variables` behind all of this) with
 *
 *   denominators  2 × [CHUNK]: sums, second words   queryFeatures          finish, which leaves their inverses
 *   outputs       [panel][column][LANES]            accumulate             unpackOutputs
 *   their sums    2 × [panel][column][LANES]        accumulate             unpackOutputs
 *   variables     [1 + headDim][CHUNK]              packVariables          queryFeatures
 */
import { CHUNK, CHUNK_ROW, FEATURES, packVariables, queryFeatures, STRIP } from './features';
import { Params } from './params';
import { NO_CENTRE, unpackPanel } from './pack';
import { addRows, addRowsToSums } from './sums';
import { LANES, LANES_ROW, product, transposedProduct } from './tile';

/** Values in a row of the state: the columns in use, rounded up to whole panels of every tier. */
// @ts-ignore: decorator
@inline
export function stateRow(columns: i32): i32 { return (columns + 15) & ~15; }

/** Where the value columns of a part begin: whole panels of the widest tier, so that no thread pads. */
// @ts-ignore: decorator
@inline
export function columnOf(params: Params, part: i32): i32 {
  return min(params.valueDim, stateRow(params.valueDim) / 16 * part / params.parts * 16);
}

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
export const KEY_DEPTH: i32 = 64;
/** Features of one product, and how many products of queries are added up without second words. */
const FEATURE_DEPTH: i32 = 128;
const PRODUCTS: i32 = 24;
/** How many chunks of keys are added up, and the bytes that they may take, packed. */
const CHUNKS: i32 = 8;
const PACKED: usize = 1 << 19;

// Scratch memory of one thread.

// Variables of a chunk of tokens, [1 + headDim][CHUNK].
// @ts-ignore: decorator
@inline
export function variablesSize(params: Params): usize { return <usize>(params.headDim + 1) * CHUNK_ROW; }

// Values of a chunk of keys, or outputs of a chunk of queries.
// @ts-ignore: decorator
@inline
export function valuesSize(params: Params): usize { return <usize>stateRow(params.valueDim) * CHUNK_ROW; }

/** Keys that are packed together, in whole chunks. */
// @ts-ignore: decorator
@inline
export function packedKeys(params: Params): i32 {
  return CHUNK * max(1, min(CHUNKS, <i32>(PACKED / (variablesSize(params) + valuesSize(params)))));
}

// Features of a block, of a chunk of keys or a panel of queries; or the scores of a panel and a chunk.
export const FEATURES_SIZE: usize = <usize>FEATURES * CHUNK_ROW;

// One product: a block of features or the columns of the values, by LANES.
// @ts-ignore: decorator
@inline
export function termsSize(params: Params): usize { return <usize>max(FEATURES, params.valueDim) * LANES_ROW; }

/** Bytes of scratch memory for `taylorState` and `taylorQuery`. */
export function taylorScratch(params: Params): usize {
  const packed = <usize>(packedKeys(params) / CHUNK) * (variablesSize(params) + valuesSize(params));
  const appended = packed + <usize>FEATURES * (<usize>(stateRow(params.valueDim) + 1) << 2) + CHUNK_ROW;
  const queried = variablesSize(params) + 3 * valuesSize(params) + 2 * CHUNK_ROW;
  return FEATURES_SIZE + termsSize(params) + max(appended, queried);
}

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
  packVariables(q, params.qRow, count, NO_CENTRE, params.scale, 0, variables, params.headDim);
  startOutputs(params, denominators);
  const products = queryState(params, params.state + index * params.stateStride, params.valueDim, variables, count, 0, scratch);
  finish(params, task, denominators, params.limits + (<usize>batch << 3), -1, count, 0);
  const o = params.o + <usize>batch * params.oBatch + <usize>head * params.oHead + <usize>query * params.oRow;
  unpackOutputs(params, products, denominators, o, count, params.valueDim);
}

/** Zeroes the denominators and outputs, and the sums with second words of outputs that take more than PRODUCTS products. */
export function startOutputs(params: Params, denominators: usize): void {
  memory.fill(denominators, 0, 2 * CHUNK_ROW + valuesSize(params));
  // All products but the last take a block of features at least; causal attention adds the products of one chunk of keys.
  if (params.features > FEATURES * (PRODUCTS - 1 - CHUNK / KEY_DEPTH)) memory.fill(denominators + 2 * CHUNK_ROW + valuesSize(params), 0, 2 * valuesSize(params));
}

/**
 * Adds a product to the outputs of a panel of queries: outputs[column][lane] += Aᵀ·B, B being [depth][LANES]. `index` counts the
 * products: after PRODUCTS of them the outputs go to the sums with second words behind them, and begin anew.
 */
export function accumulate(params: Params, index: i32, a: usize, aStride: usize, b: usize, terms: usize, outputs: usize, columns: i32, depth: i32): void {
  if (index % PRODUCTS != 0) {
    transposedProduct(a, aStride, b, terms, LANES_ROW, columns, depth);
    addRows(terms, outputs, columns);
    return;
  }
  if (index) addRowsToSums(outputs, outputs + valuesSize(params), LANES_ROW, valuesSize(params), columns);
  transposedProduct(a, aStride, b, outputs, LANES_ROW, columns, depth);
}

/** rows[t][column] = outputs[column][t]·factors[t] of a chunk of queries, after so many products. */
export function unpackOutputs(params: Params, products: i32, factors: usize, rows: usize, count: i32, columns: i32): void {
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

/** outputs += Sᵀ·φ, denominators[query] += z·φ; returns how many products that took, with those before it. */
export function queryState(params: Params, state: usize, columns: i32, variables: usize, count: i32, products: i32, scratch: usize): i32 {
  const features = scratch;
  const terms = features + FEATURES_SIZE;
  const denominators = terms + termsSize(params);
  const outputs = denominators + 2 * CHUNK_ROW;
  const rowSize = <usize>stateRow(columns) << 2;
  const sums = state + <usize>params.features * rowSize;
  const step = max(1, <i32>(STATE_PART / (<usize>FEATURES * rowSize)));
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
export function finish(params: Params, task: i32, denominators: usize, limits: usize, first: i32, count: i32, given: f32): void {
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
