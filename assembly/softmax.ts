/**
 * The online softmax of a tile of scores, S[key][query lane], between the two products of exact attention: scores become
 * weights, and running statistics of each query say by what to divide in the end.
 *
 * Queries lie in lanes, so the softmax over keys runs down the tile: no horizontal operation anywhere.
 */
import { exp2, exp2Coefficient, exp2From, exp2Lowest, exp2Overflow, exp2Round, LARGEST_BASE } from './exp';
import { Params } from './params';
import { LANES_ROW, multiplyAdd } from './tile';

/** Keys between two updates of the statistics: whole tiles of six, and whole strips of the softmax. */
export const KEY_BLOCK: i32 = 288;
/** Blocks of keys between two calls of `collect`, which leave a quarter of the error of one running sum. */
export const SPAN_BLOCKS: i32 = 4;
// Four vectors at a time, in strips: four rows of one vector, or two of two where V8's revectoriser pairs them. That is
// enough independent work to hide latencies, and each constant is read once for all four.
const STRIP: usize = TIER_WIDE ? 32 : 16;
const STEP: usize = TIER_WIDE ? 2 * LANES_ROW : 4 * LANES_ROW;
const SECOND: usize = TIER_WIDE ? 16 : LANES_ROW;
const THIRD: usize = TIER_WIDE ? LANES_ROW : 2 * LANES_ROW;
const FOURTH: usize = TIER_WIDE ? LANES_ROW + 16 : 3 * LANES_ROW;
/** From the first vector of a strip to its last, where they lie side by side. */
const RIGHT: usize = TIER_WIDE ? 16 : 0;

// Running statistics of a panel of queries: reference, sum, the factor that the last block calls for, the reference when
// outputs were last collected, and where the exponential starts from.
export const SUM: usize = LANES_ROW;
export const ALPHA: usize = 2 * LANES_ROW;
const COLLECTED: usize = 3 * LANES_ROW;
const BASE: usize = 4 * LANES_ROW;
/** Sum of the last block. */
const BLOCK: usize = 5 * LANES_ROW;
/** An int32: whether the reference is expected to serve the next block, too. */
const SETTLED: usize = 6 * LANES_ROW;
export const STATISTICS: usize = 7 * LANES_ROW;

/** A reference serves as long as no sum of a block exceeds this; one block of equal scores comes to a few hundred. */
const LARGEST_SUM: f32 = 4096;

/** References start here and not at −∞, so that −∞ − reference is never NaN. */
export const LOWEST: f32 = -f32.MAX_VALUE;

export function startStatistics(statistics: usize): void {
  for (let i: usize = 0; i < LANES_ROW; i += 16) {
    v128.store(statistics + i, f32x4.splat(LOWEST));
    v128.store(statistics + COLLECTED + i, f32x4.splat(LOWEST));
    v128.store(statistics + SUM + i, f32x4.splat(0));
  }
  store<i32>(statistics, 0, SETTLED);
}

/** Where reference and sum of a query lie outside the scratch memory: two float32, and those of the next query behind them. */
export function statisticsOf(params: Params, batch: i32, head: i32, query: i32): usize {
  return params.statistics + <usize>batch * params.statisticsBatch + <usize>head * params.statisticsHead + (<usize>query << 3);
}

/** Writes reference and sum of each query of a panel. */
export function saveStatistics(statistics: usize, rows: usize, count: i32): void {
  for (let lane: usize = 0; lane < (<usize>count << 2); lane += 4) {
    store<f32>(rows + 2 * lane, load<f32>(statistics + lane));
    store<f32>(rows + 2 * lane, load<f32>(statistics + lane, SUM), 4);
  }
}

/** Reads what `saveStatistics` wrote, into statistics that have been started. */
export function restoreStatistics(statistics: usize, rows: usize, count: i32): void {
  for (let lane: usize = 0; lane < (<usize>count << 2); lane += 4) {
    store<f32>(statistics + lane, load<f32>(rows + 2 * lane));
    store<f32>(statistics + lane, load<f32>(rows + 2 * lane, 4), SUM);
  }
}

/** Gives four queries a reference before any key was seen: that of the other terms that are summed with the keys. */
// @ts-ignore: decorator
@inline
export function startFrom(statistics: usize, reference: v128): void {
  v128.store(statistics, reference);
  v128.store(statistics, reference, COLLECTED);
}

/**
 * Moves the outputs of a panel into its totals, [dim][LANES] both: outputs are sums over a span of keys, and totals the
 * sums of these. One sum over thousands of keys would lose a digit.
 */
export function collect(outputs: usize, totals: usize, dim: i32, statistics: usize): void {
  const zero = f32x4.splat(0);
  for (const lanes = outputs + LANES_ROW; outputs < lanes; outputs += 16, totals += 16, statistics += 16) {
    const maximum = v128.load(statistics);
    const factor = exp2(f32x4.sub(v128.load(statistics, COLLECTED), maximum));
    v128.store(statistics, maximum, COLLECTED);
    for (let row: usize = 0; row < <usize>dim * LANES_ROW; row += LANES_ROW) {
      v128.store(totals + row, multiplyAdd(v128.load(totals + row), factor, v128.load(outputs + row)));
      v128.store(outputs + row, zero);
    }
  }
}

/**
 * One step of the online softmax: S becomes 2^(S − reference), and the statistics take the block in.
 * The factor for what was accumulated before is left at ALPHA.
 *
 * Maxima soon stop growing. A reference that no longer moved much is tried on the next block as it is, which saves a look at
 * all scores; references being integers, the result is the same to the last bit.
 *
 * @returns false where a score was too large for that: S is lost then, and has to be formed again
 */
export function softmax(scores: usize, keys: i32, statistics: usize): bool {
  const end = scores + <usize>keys * LANES_ROW;
  const tried = load<i32>(statistics, SETTLED) != 0;
  for (let i: usize = 0; i < LANES_ROW; i += STRIP) {
    if (!tried) {
      takeMaximum(scores + i, end, statistics + i);
      takeReference(scores + i, end, statistics + i);
    }
    takeWeights(scores + i, end, statistics + i);
  }
  const settled = hasSettled(statistics, tried);
  store<i32>(statistics, settled, SETTLED);
  if (tried && !settled) return false;
  for (const lanes = statistics + LANES_ROW; statistics < lanes; statistics += 16) {
    const alpha = tried ? f32x4.splat(1) : v128.load(statistics, ALPHA);
    v128.store(statistics, alpha, ALPHA);
    v128.store(statistics, multiplyAdd(v128.load(statistics, SUM), alpha, v128.load(statistics, BLOCK)), SUM);
  }
  return true;
}

/**
 * Whether the reference can be tried on the next block without looking for its maximum: the sum of the last block was not too
 * large, `exp2From` can start from the reference, and, where the reference is new, it rose by less than log₂ LARGEST_SUM = 12
 * over the one before it. After a larger rise, scores are still growing, and the next block is likely to exceed it.
 */
function hasSettled(statistics: usize, tried: bool): bool {
  let settled = f32x4.splat(1);
  for (const lanes = statistics + LANES_ROW; statistics < lanes; statistics += 16) {
    settled = v128.and(settled, f32x4.le(v128.load(statistics, BLOCK), f32x4.splat(LARGEST_SUM)));
    if (tried) continue;
    settled = v128.and(settled, f32x4.eq(v128.load(statistics, BASE), v128.load(statistics)));
    settled = v128.and(settled, f32x4.gt(v128.load(statistics, ALPHA), f32x4.splat(1 / LARGEST_SUM)));
  }
  return i32x4.all_true(settled);
}

/** Leaves the largest of the scores, and of the reference before them, at BASE. */
function takeMaximum(scores: usize, end: usize, statistics: usize): void {
  let m0 = v128.load(statistics);
  let m1 = v128.load(statistics, RIGHT);
  let m2 = m0;
  let m3 = m1;
  let s = scores;
  for (; s + (STEP - LANES_ROW) < end; s += STEP) {
    m0 = f32x4.pmax(m0, v128.load(s));
    m1 = f32x4.pmax(m1, v128.load(s, SECOND));
    m2 = f32x4.pmax(m2, v128.load(s, THIRD));
    m3 = f32x4.pmax(m3, v128.load(s, FOURTH));
  }
  for (; s < end; s += LANES_ROW) {
    m0 = f32x4.pmax(m0, v128.load(s));
    if (TIER_WIDE) m1 = f32x4.pmax(m1, v128.load(s, RIGHT));
  }
  m0 = f32x4.pmax(m0, m2);
  m1 = f32x4.pmax(m1, m3);
  if (!TIER_WIDE) m0 = f32x4.pmax(m0, m1);
  v128.store(statistics, m0, BASE);
  if (TIER_WIDE) v128.store(statistics, m1, BASE + RIGHT);
}

/**
 * The reference becomes the maximum, rounded to an integer. That serves as well as the maximum itself (weights stay below
 * 2), and what follows from integers is exact: ALPHA is a power of two, and `exp2From` takes the scores as they are.
 * Where the reference is too large for that, it is subtracted from the scores first, and BASE is 0.
 */
function takeReference(scores: usize, end: usize, statistics: usize): void {
  for (const lanes = statistics + STRIP; statistics < lanes; statistics += 16, scores += 16) {
    const reference = f32x4.nearest(v128.load(statistics, BASE));
    v128.store(statistics, exp2(f32x4.sub(v128.load(statistics), reference)), ALPHA);
    v128.store(statistics, reference);
    const far = f32x4.gt(f32x4.abs(reference), f32x4.splat(LARGEST_BASE));
    v128.store(statistics, v128.andnot(reference, far), BASE);
    if (!v128.any_true(far)) continue;
    const offset = v128.and(reference, far);
    for (let s = scores; s < end; s += LANES_ROW) v128.store(s, f32x4.sub(v128.load(s), offset));
  }
}

/**
 * S becomes 2^(S − reference); its sum is left at BLOCK, NaN where a score was too large for `exp2From`. Sums are taken by
 * block, and summed, as in `collect`.
 */
function takeWeights(scores: usize, end: usize, statistics: usize): void {
  const base0 = v128.load(statistics, BASE);
  const base1 = v128.load(statistics, BASE + RIGHT);
  const round0 = exp2Round(base0);
  const round1 = exp2Round(base1);
  const lowest0 = exp2Lowest(base0);
  const lowest1 = exp2Lowest(base1);
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  // All bits that the rounded arguments have.
  let bits0 = sum0;
  let bits1 = sum0;
  let s = scores;
  for (; s + (STEP - LANES_ROW) < end; s += STEP) {
    const x0 = f32x4.pmax(v128.load(s), lowest0);
    const x1 = f32x4.pmax(v128.load(s, SECOND), lowest1);
    const x2 = f32x4.pmax(v128.load(s, THIRD), lowest0);
    const x3 = f32x4.pmax(v128.load(s, FOURTH), lowest1);
    const t0 = f32x4.add(x0, round0);
    const t1 = f32x4.add(x1, round1);
    const t2 = f32x4.add(x2, round0);
    const t3 = f32x4.add(x3, round1);
    bits0 = v128.or(v128.or(bits0, t0), t2);
    bits1 = v128.or(v128.or(bits1, t1), t3);
    const f0 = f32x4.sub(x0, f32x4.sub(t0, round0));
    const f1 = f32x4.sub(x1, f32x4.sub(t1, round1));
    const f2 = f32x4.sub(x2, f32x4.sub(t2, round0));
    const f3 = f32x4.sub(x3, f32x4.sub(t3, round1));
    const c6 = exp2Coefficient(6);
    let c = exp2Coefficient(5);
    let p0 = multiplyAdd(c6, f0, c);
    let p1 = multiplyAdd(c6, f1, c);
    let p2 = multiplyAdd(c6, f2, c);
    let p3 = multiplyAdd(c6, f3, c);
    c = exp2Coefficient(4);
    p0 = multiplyAdd(p0, f0, c);
    p1 = multiplyAdd(p1, f1, c);
    p2 = multiplyAdd(p2, f2, c);
    p3 = multiplyAdd(p3, f3, c);
    c = exp2Coefficient(3);
    p0 = multiplyAdd(p0, f0, c);
    p1 = multiplyAdd(p1, f1, c);
    p2 = multiplyAdd(p2, f2, c);
    p3 = multiplyAdd(p3, f3, c);
    c = exp2Coefficient(2);
    p0 = multiplyAdd(p0, f0, c);
    p1 = multiplyAdd(p1, f1, c);
    p2 = multiplyAdd(p2, f2, c);
    p3 = multiplyAdd(p3, f3, c);
    c = exp2Coefficient(1);
    p0 = multiplyAdd(p0, f0, c);
    p1 = multiplyAdd(p1, f1, c);
    p2 = multiplyAdd(p2, f2, c);
    p3 = multiplyAdd(p3, f3, c);
    c = exp2Coefficient(0);
    p0 = multiplyAdd(p0, f0, c);
    p1 = multiplyAdd(p1, f1, c);
    p2 = multiplyAdd(p2, f2, c);
    p3 = multiplyAdd(p3, f3, c);
    p0 = f32x4.mul(p0, i32x4.shl(t0, 23));
    p1 = f32x4.mul(p1, i32x4.shl(t1, 23));
    p2 = f32x4.mul(p2, i32x4.shl(t2, 23));
    p3 = f32x4.mul(p3, i32x4.shl(t3, 23));
    if (TIER_WIDE) {
      sum0 = f32x4.add(f32x4.add(sum0, p0), p2);
      sum1 = f32x4.add(f32x4.add(sum1, p1), p3);
    } else sum0 = f32x4.add(f32x4.add(f32x4.add(f32x4.add(sum0, p0), p1), p2), p3);
    // In pairs, the upper one first (scripts/generate-tiles.ts).
    v128.store(s, p1, SECOND);
    v128.store(s, p0);
    v128.store(s, p3, FOURTH);
    v128.store(s, p2, THIRD);
  }
  for (; s < end; s += LANES_ROW) {
    bits0 = v128.or(bits0, f32x4.add(f32x4.pmax(v128.load(s), lowest0), round0));
    if (TIER_WIDE) bits1 = v128.or(bits1, f32x4.add(f32x4.pmax(v128.load(s, RIGHT), lowest1), round1));
    const p0 = exp2From(v128.load(s), round0, lowest0);
    const p1 = exp2From(v128.load(s, RIGHT), round1, lowest1);
    sum0 = f32x4.add(sum0, p0);
    if (TIER_WIDE) sum1 = f32x4.add(sum1, p1);
    v128.store(s, p0);
    if (TIER_WIDE) v128.store(s, p1, RIGHT);
  }
  if (!TIER_WIDE) bits0 = v128.or(bits0, bits1);
  v128.store(statistics, v128.or(sum0, exp2Overflow(bits0)), BLOCK);
  if (TIER_WIDE) v128.store(statistics, v128.or(sum1, exp2Overflow(bits1)), BLOCK + RIGHT);
}

/** Replaces the factors at ALPHA by 1 / sum, and by 0 where every key was hidden. */
export function finishStatistics(statistics: usize): void {
  for (let i = statistics; i < statistics + LANES_ROW; i += 16) {
    const sum = v128.load(i, SUM);
    const inverse = f32x4.div(f32x4.splat(1), sum);
    v128.store(i, v128.and(inverse, f32x4.ne(sum, f32x4.splat(0))), ALPHA);
  }
}
