/**
 * The features of linear attention, a block of them at a time.
 *
 * Monomials of degree ≤ K in D variables are the monomials of degree K in D + 1 variables, the first of which is
 * the constant 1. They are enumerated in runs: a prefix of three variables (constants where the order is below 4),
 * times each of a range of adjacent variables. src/engine/attention/feature-map.ts writes the table of runs, in the order of
 * φ; blocks of FEATURES rows keep the features in the first-level cache, so φ is never held for all tokens.
 */
import { Params } from './params';
import { packPanel } from './pack';
import { addToSums, sumOfLanes } from './sums';
import { LANES_ROW, multiplyAdd } from './tile';

/** Tokens that are packed together. */
export const CHUNK: i32 = 128;
/** Features of a block: so many are formed, then multiplied, before the next ones. */
export const FEATURES: i32 = 64;
export const CHUNK_ROW: usize = <usize>CHUNK << 2;
/** Bytes of a panel's row that `queryFeatures` takes: two vectors, or four where V8's revectoriser pairs them. */
export const STRIP: usize = TIER_WIDE ? 64 : 32;

/** Features that share a prefix, the product of three variables: the prefix times each of `count` variables from `first` on. */
@unmanaged
export class Run {
  prefix0: i32;
  prefix1: i32;
  prefix2: i32;
  first: i32;
  count: i32;
}

/** Where the runs of the last block end. */
// @ts-ignore: decorator
@inline
export function endOfRuns(params: Params): usize { return runsOf(params, params.blocks); }

/** Where the runs of a block begin, and those of the block before it end. */
// @ts-ignore: decorator
@inline
function runsOf(params: Params, block: i32): usize {
  return params.runs + <usize>load<i32>(params.blockStarts + (<usize>block << 2)) * offsetof<Run>();
}

/**
 * A row of ones, then the transposed tokens, multiplied by `scale`; zeros up to the next multiple of 16 lanes. Where `factors`
 * are given, one a token, all of that is multiplied by them, the ones as well. Up to order 2 `keyFeatures` forms each feature as
 * a product of two variables, and `queryFeatures` of four, constants among them: so a feature gets the second, or fourth, power.
 */
export function packVariables(rows: usize, rowStride: usize, count: i32, centre: usize, scale: f32, factors: usize, variables: usize, dim: i32): void {
  if (count < CHUNK) memory.fill(variables, 0, <usize>(dim + 1) * CHUNK_ROW);
  for (let t: usize = 0; t < <usize>count << 2; t += 4) store<f32>(variables + t, factors ? load<f32>(factors + t) : 1);
  const first = variables + CHUNK_ROW;
  packPanel(rows, rowStride, count, centre, scale, first, CHUNK_ROW, dim);
  if (factors) scaleRows(first, CHUNK_ROW, variables, dim);
}

/** Multiplies rows of `size` bytes, adjacent, by one row of factors. */
export function scaleRows(rows: usize, size: usize, factors: usize, count: i32): void {
  const end = rows + <usize>count * size;
  for (const last = factors + size; factors < last; factors += 16, rows += 16) {
    const factor = v128.load(factors);
    for (let row = rows; row < end; row += size) v128.store(row, f32x4.mul(v128.load(row), factor));
  }
}

/** Weighted features of a block for a chunk of keys, [FEATURES][CHUNK]; their sums over the keys are added to `sums`. */
export function keyFeatures(params: Params, block: i32, variables: usize, count: i32, features: usize, sums: usize, prefix: usize): void {
  const size = <usize>((count + 15) & ~15) << 2;
  let weight = params.weights + (<usize>(block * FEATURES) << 2);
  const end = runsOf(params, block + 1);
  for (let run = runsOf(params, block); run < end; run += offsetof<Run>()) {
    const r = changetype<Run>(run);
    const p0 = variables + <usize>r.prefix0 * CHUNK_ROW;
    const p1 = variables + <usize>r.prefix1 * CHUNK_ROW;
    let p = variables + <usize>r.prefix2 * CHUNK_ROW;
    // Indices ascend, and 0 is the constant 1: up to order 2 the prefix is one variable.
    if (r.prefix1) {
      for (let i: usize = 0; i < size; i += 16) {
        v128.store(prefix + i, f32x4.mul(f32x4.mul(v128.load(p0 + i), v128.load(p1 + i)), v128.load(p + i)));
      }
      p = prefix;
    }
    let x = variables + <usize>r.first * CHUNK_ROW;
    for (let n = r.count; n > 0; n--) {
      store<f32>(sums, load<f32>(sums) + keyFeature(p, x, load<f32>(weight), features, size));
      x += CHUNK_ROW;
      features += CHUNK_ROW;
      weight += 4;
      sums += 4;
    }
  }
}

/** One feature of a chunk of keys, weight·prefix·x; returns its sum. */
// @ts-ignore: decorator
@inline
function keyFeature(prefix: usize, x: usize, weight: f32, feature: usize, size: usize): f32 {
  const w = f32x4.splat(weight);
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let sum2 = f32x4.splat(0);
  let sum3 = f32x4.splat(0);
  for (const end = prefix + size; prefix < end; ) {
    const y0 = f32x4.mul(f32x4.mul(v128.load(prefix), v128.load(x)), w);
    const y1 = f32x4.mul(f32x4.mul(v128.load(prefix, 16), v128.load(x, 16)), w);
    const y2 = f32x4.mul(f32x4.mul(v128.load(prefix, 32), v128.load(x, 32)), w);
    const y3 = f32x4.mul(f32x4.mul(v128.load(prefix, 48), v128.load(x, 48)), w);
    // In pairs, the upper one first (scripts/generate-tiles.ts).
    v128.store(feature, y1, 16);
    v128.store(feature, y0);
    v128.store(feature, y3, 48);
    v128.store(feature, y2, 32);
    sum0 = f32x4.add(sum0, y0);
    sum1 = f32x4.add(sum1, y1);
    sum2 = f32x4.add(sum2, y2);
    sum3 = f32x4.add(sum3, y3);
    prefix += 64; x += 64; feature += 64;
  }
  return sumOfLanes(f32x4.add(f32x4.add(sum0, sum2), f32x4.add(sum1, sum3)));
}

/**
 * Features of the blocks [block, endBlock) for a strip of queries, in rows of [feature][LANES]. Their products with `sums`
 * are added to the denominators, the second words of which lie CHUNK_ROW behind them, as in assembly/sums.ts.
 */
export function queryFeatures(params: Params, block: i32, endBlock: i32, variables: usize, features: usize, sums: usize, denominators: usize): void {
  let denominator0 = f32x4.splat(0);
  let denominator1 = denominator0;
  let denominator2 = denominator0;
  let denominator3 = denominator0;
  const end = runsOf(params, endBlock);
  for (let run = runsOf(params, block); run < end; run += offsetof<Run>()) {
    const r = changetype<Run>(run);
    const p0 = variables + <usize>r.prefix0 * CHUNK_ROW;
    const p1 = variables + <usize>r.prefix1 * CHUNK_ROW;
    const p2 = variables + <usize>r.prefix2 * CHUNK_ROW;
    const prefix0 = f32x4.mul(f32x4.mul(v128.load(p0), v128.load(p1)), v128.load(p2));
    const prefix1 = f32x4.mul(f32x4.mul(v128.load(p0, 16), v128.load(p1, 16)), v128.load(p2, 16));
    let prefix2 = prefix0;
    let prefix3 = prefix1;
    if (TIER_WIDE) {
      prefix2 = f32x4.mul(f32x4.mul(v128.load(p0, 32), v128.load(p1, 32)), v128.load(p2, 32));
      prefix3 = f32x4.mul(f32x4.mul(v128.load(p0, 48), v128.load(p1, 48)), v128.load(p2, 48));
    }
    let x = variables + <usize>r.first * CHUNK_ROW;
    for (let n = r.count; n > 0; n--) {
      const y0 = f32x4.mul(prefix0, v128.load(x));
      const y1 = f32x4.mul(prefix1, v128.load(x, 16));
      const z = v128.load32_splat(sums);
      // In pairs, the upper one first (scripts/generate-tiles.ts).
      v128.store(features, y1, 16);
      v128.store(features, y0);
      denominator0 = multiplyAdd(z, y0, denominator0);
      denominator1 = multiplyAdd(z, y1, denominator1);
      if (TIER_WIDE) {
        const y2 = f32x4.mul(prefix2, v128.load(x, 32));
        const y3 = f32x4.mul(prefix3, v128.load(x, 48));
        v128.store(features, y3, 48);
        v128.store(features, y2, 32);
        denominator2 = multiplyAdd(z, y2, denominator2);
        denominator3 = multiplyAdd(z, y3, denominator3);
      }
      x += CHUNK_ROW;
      features += LANES_ROW;
      sums += 4;
    }
  }
  addToSums(denominators, CHUNK_ROW, denominator0);
  addToSums(denominators + 16, CHUNK_ROW, denominator1);
  if (TIER_WIDE) {
    addToSums(denominators + 32, CHUNK_ROW, denominator2);
    addToSums(denominators + 48, CHUNK_ROW, denominator3);
  }
}
