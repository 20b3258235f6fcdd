/**
 * What happens to a tile of scores, S[key][query lane], between the two products of exact attention.
 *
 * Queries lie in lanes, so the softmax over keys runs down the tile: no horizontal operation anywhere. Every
 * function works on strips of two vectors (8 queries): enough independent work to hide latencies, and a shape
 * that V8's revectoriser pairs.
 */
import { exp2, LOG2E, tanh } from './exp';
import { endKey, firstKey, Job } from './job';
import { LANES, multiplyAdd } from './tile';

export const ROW: usize = <usize>LANES << 2;
const STRIP: usize = 32;

// Running statistics of a panel of queries: maximum, sum, the factor that the last block calls for, and the maximum
// when outputs were last collected.
const SUM: usize = ROW;
export const ALPHA: usize = 2 * ROW;
const COLLECTED: usize = 3 * ROW;
export const STATISTICS: usize = 4 * ROW;

/** The running maximum starts here and not at −∞, so that −∞ − maximum is never NaN. */
const LOWEST: f32 = -f32.MAX_VALUE;

/** S = cap·tanh(S / cap) */
export function softcap(scores: usize, keys: i32, cap: f32): void {
  const factor = f32x4.splat(cap);
  const inverse = f32x4.splat(1 / cap);
  for (const end = scores + <usize>keys * ROW; scores < end; scores += 16) {
    v128.store(scores, f32x4.mul(factor, tanh(f32x4.mul(v128.load(scores), inverse))));
  }
}

/**
 * Adds the mask to a tile whose first query is `query` and whose first key is `key`; hidden keys become −∞.
 * `unit` is what a score of 1 is in the tile: log₂ e, or 1.
 */
export function addMask(scores: usize, job: Job, batch: i32, head: i32, query: i32, key: i32, keys: i32, unit: f32): void {
  const lanes = min(LANES, job.queries - query);
  for (let t = 0; t < lanes; t++) {
    let p = job.mask + <usize>batch * job.maskBatch + <usize>head * job.maskHead + <usize>(query + t) * job.maskRow;
    let s = scores + (<usize>t << 2);
    const end = s + <usize>keys * ROW;
    if (job.maskKind == 1) {
      p += <usize>key;
      for (; s < end; s += ROW) {
        if (!load<u8>(p)) store<f32>(s, -f32.POSITIVE_INFINITY);
        p += 1;
      }
    } else {
      p += <usize>key << 2;
      for (; s < end; s += ROW) {
        const bias = load<f32>(p);
        let scaled = bias * unit;
        // A finite bias stays finite: a row of float32's lowest number is uniform, a row of −∞ is empty.
        if (abs(scaled) == f32.POSITIVE_INFINITY && scaled != bias) scaled = copysign(f32.MAX_VALUE, bias);
        store<f32>(s, load<f32>(s) + scaled);
        p += 4;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function vectorOf(x0: i32, x1: i32, x2: i32, x3: i32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(x0), 1, x1), 2, x2), 3, x3);
}

/** Hides the keys outside each query's range; `query` and `key` are the tile's first. */
export function hideKeys(scores: usize, job: Job, batch: i32, query: i32, key: i32, keys: i32): void {
  const hidden = f32x4.splat(-f32.POSITIVE_INFINITY);
  const hiddenLanes = scores + ROW;
  for (let row = query; scores < hiddenLanes; row += 4, scores += 16) {
    const first = vectorOf(firstKey(job, batch, row), firstKey(job, batch, row + 1), firstKey(job, batch, row + 2), firstKey(job, batch, row + 3));
    const end = vectorOf(endKey(job, batch, row), endKey(job, batch, row + 1), endKey(job, batch, row + 2), endKey(job, batch, row + 3));
    let s = scores;
    for (let j = key; j < key + keys; j++) {
      const index = i32x4.splat(j);
      const visible = v128.and(i32x4.ge_s(index, first), i32x4.lt_s(index, end));
      v128.store(s, v128.bitselect(v128.load(s), hidden, visible));
      s += ROW;
    }
  }
}

export function startStatistics(statistics: usize): void {
  for (let i: usize = 0; i < ROW; i += 16) {
    v128.store(statistics + i, f32x4.splat(LOWEST));
    v128.store(statistics + COLLECTED + i, f32x4.splat(LOWEST));
    v128.store(statistics + SUM + i, f32x4.splat(0));
  }
}

/**
 * Moves the outputs of a panel into its totals, [dim][LANES] both: outputs are sums over a span of keys, and totals the
 * sums of these. One sum over thousands of keys would lose a digit.
 */
export function collect(outputs: usize, totals: usize, dim: i32, statistics: usize): void {
  const zero = f32x4.splat(0);
  for (const lanes = outputs + ROW; outputs < lanes; outputs += 16, totals += 16, statistics += 16) {
    const maximum = v128.load(statistics);
    const factor = exp2(f32x4.sub(v128.load(statistics, COLLECTED), maximum));
    v128.store(statistics, maximum, COLLECTED);
    for (let row: usize = 0; row < <usize>dim * ROW; row += ROW) {
      v128.store(totals + row, multiplyAdd(v128.load(totals + row), factor, v128.load(outputs + row)));
      v128.store(outputs + row, zero);
    }
  }
}

/**
 * One step of the online softmax: S becomes 2^(S − maximum), and the statistics take the block in.
 * The factor for what was accumulated before is left at ALPHA.
 */
export function softmax(scores: usize, keys: i32, statistics: usize): void {
  const end = scores + <usize>keys * ROW;
  for (const strips = scores + ROW; scores < strips; scores += STRIP, statistics += STRIP) {
    softmaxStrip(scores, end, statistics);
  }
}

function softmaxStrip(scores: usize, end: usize, statistics: usize): void {
  const before0 = v128.load(statistics);
  const before1 = v128.load(statistics, 16);
  let max0 = before0;
  let max1 = before1;
  for (let s = scores; s < end; s += ROW) {
    max0 = f32x4.pmax(max0, v128.load(s));
    max1 = f32x4.pmax(max1, v128.load(s, 16));
  }
  const alpha0 = exp2(f32x4.sub(before0, max0));
  const alpha1 = exp2(f32x4.sub(before1, max1));
  v128.store(statistics, max0);
  v128.store(statistics, max1, 16);
  v128.store(statistics, alpha0, ALPHA);
  v128.store(statistics, alpha1, ALPHA + 16);
  // A sum for each block, and a sum of these, as in `collect`.
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  for (let s = scores; s < end; s += ROW) {
    const p0 = exp2(f32x4.sub(v128.load(s), max0));
    const p1 = exp2(f32x4.sub(v128.load(s, 16), max1));
    v128.store(s, p0);
    v128.store(s, p1, 16);
    sum0 = f32x4.add(sum0, p0);
    sum1 = f32x4.add(sum1, p1);
  }
  v128.store(statistics, multiplyAdd(v128.load(statistics, SUM), alpha0, sum0), SUM);
  v128.store(statistics, multiplyAdd(v128.load(statistics, SUM + 16), alpha1, sum1), SUM + 16);
}

/** Replaces the factors at ALPHA by 1 / sum, and by 0 where every key was hidden. */
export function finishStatistics(statistics: usize): void {
  for (let i = statistics; i < statistics + ROW; i += 16) {
    const sum = v128.load(i, SUM);
    const inverse = f32x4.div(f32x4.splat(1), sum);
    v128.store(i, v128.and(inverse, f32x4.ne(sum, f32x4.splat(0))), ALPHA);
  }
}
