/**
 * Decays that differ between the dimensions of the key: x_i·k_j becomes Σ_d x_id·k_jd·e^(b_id − b_jd). Where a chunk decays
 * little in every dimension, this is a product of x·e^b and k/e^b, whose numbers are far from overflowing. Otherwise the
 * exponential does not factor into one of i and one of j, and the chunk is divided into spans of a few tokens. Pairs across
 * spans go through the border before the later token's span: what decays up to there is multiplied into the earlier key,
 * what decays from there into the row of the later one, and both factors are at most 1. Pairs within a span are a product as
 * above, or formed one by one where it decays by too much. All of them are products of the factors of single tokens: −∞ gives an
 * exact 0.
 */
import { exp } from './exp';
import { packPanel } from './pack';
import { MOST_GROWTH, packKeys, pairs } from './recurrent-pairs';
import { RecurrentParams } from './recurrent-params';
import { copyRows, Room } from './recurrent-room';
import { LANES, LANES_ROW, multiplyAdd, ONES, product } from './tile';

const SPAN: i32 = 8;
const LN2: f32 = 0.6931472;
/** The least number that keys are divided by, 2⁻⁶⁰. */
const LEAST_DIVISOR: f32 = 8.673617379884035e-19;

/**
 * Keys of a chunk, the factors of its tokens, and those of the whole chunk. Returns whether the state hardly grows; NaN counts as growth.
 */
export function keyFactors(params: RecurrentParams, room: Room, first: i32, count: i32): bool {
  const size = room.keyRow;
  copyRows(room.k + <usize>first * room.kStep, room.kStep, count, params.keyDim, ONES, 0, room.keys, room.rowStep, size);
  copyRows(room.decay + <usize>first * room.decayStep, room.decayStep, count, params.keyDim, ONES, 0, room.factors, room.rowStep, size);
  let grown = f32x4.splat(0);
  for (let d: usize = 0; d < size; d += 16) {
    let sum = f32x4.splat(0);
    let growth = f32x4.splat(0);
    let p = room.factors + d;
    for (let i = 0; i < count; i++, p += room.rowStep) {
      const decay = v128.load(p);
      sum = f32x4.add(sum, decay);
      growth = f32x4.add(growth, f32x4.max(decay, f32x4.splat(0)));
      v128.store(p, exp(decay));
    }
    v128.store(room.whole + d, exp(sum));
    grown = f32x4.max(grown, growth);
  }
  room.divides = smallest(room.whole, size) >= LEAST_DIVISOR;
  return v128.any_true(f32x4.gt(grown, f32x4.splat(<f32>MOST_GROWTH * LN2))) == false && !v128.any_true(f32x4.ne(grown, grown));
}

/** Keys in panels, where the chunk decays so little that each can be divided by the factors up to it. */
export function packDivided(params: RecurrentParams, room: Room, count: i32): void {
  if (!room.divides) return;
  sinceStart(room, room.keys, room.factors, count, true, room.rows);
  packKeys(params, room, room.rows, room.rowStep, count);
}

/**
 * matrix[i][j] for j ≤ i, decays included; the other numbers mean nothing. `readers`, which may be x, become the rows as they
 * read the state before the chunk.
 */
export function meetByKey(params: RecurrentParams, room: Room, x: usize, count: i32, matrix: usize, readers: usize): void {
  if (!room.divides) pairsByKey(params, room, x, count, matrix);
  sinceStart(room, x, room.factors, count, false, readers);
  if (room.divides) pairs(params, room, readers, room.rowStep, count, matrix);
}

/** to_i = from_i times, or divided by, the factors of the tokens up to i; those of all tokens are left in `running`. */
function sinceStart(room: Room, from: usize, factors: usize, count: i32, divide: bool, to: usize): void {
  const step = room.rowStep;
  const running = startRunning(room);
  for (const end = to + <usize>count * step; to < end; from += step, factors += step, to += step) {
    for (let d: usize = 0; d < room.keyRow; d += 16) {
      const factor = f32x4.mul(v128.load(running + d), v128.load(factors + d));
      const x = v128.load(from + d);
      v128.store(running + d, factor);
      v128.store(to + d, divide ? f32x4.div(x, factor) : f32x4.mul(x, factor));
    }
  }
}

/** to_j = from_j times the factors of the tokens after j. */
export function untilEnd(room: Room, from: usize, factors: usize, count: i32, to: usize): void {
  const running = startRunning(room);
  for (let at = <usize>(count - 1) * room.rowStep; count > 0; count--, at -= room.rowStep) {
    for (let d: usize = 0; d < room.keyRow; d += 16) {
      const factor = v128.load(running + d);
      v128.store(to + at + d, f32x4.mul(v128.load(from + at + d), factor));
      v128.store(running + d, f32x4.mul(factor, v128.load(factors + at + d)));
    }
  }
}

/** A row of factors 1. */
function startRunning(room: Room): usize {
  for (let d: usize = 0; d < room.keyRow; d += 16) v128.store(room.running + d, f32x4.splat(1));
  return room.running;
}

/** matrix[i][j] by spans. */
function pairsByKey(params: RecurrentParams, room: Room, x: usize, count: i32, matrix: usize): void {
  const panel = <usize>params.keyDim * LANES_ROW;
  for (let start = 0; start < count; start += SPAN) {
    const tokens = min(SPAN, count - start);
    const offset = <usize>start * room.rowStep;
    const keys = room.keys + offset;
    const factors = room.factors + offset;
    const lanes = room.keyPanels + <usize>(start / LANES) * panel + (<usize>(start % LANES) << 2);
    sinceStart(room, x + offset, factors, tokens, false, room.rows);
    const divides = smallest(room.running, room.keyRow) >= LEAST_DIVISOR;
    if (divides) {
      sinceStart(room, keys, factors, tokens, true, room.writers);
      packPanel(room.writers, room.rowStep, tokens, room.zeros, 1, lanes, LANES_ROW, params.keyDim);
    }
    for (let j = 0, end = divides ? start + tokens : start; j < end; j += LANES) {
      product(room.rows, room.rowStep, room.keyPanels + <usize>(j / LANES) * panel,
        matrix + offset + (<usize>j << 2), room.rowStep, tokens, params.keyDim);
    }
    if (!divides) within(room, x, start, tokens, matrix);
    if (start + tokens == count) break;
    decayPanels(params, room, start, tokens);
    untilEnd(room, keys, factors, tokens, room.writers);
    packPanel(room.writers, room.rowStep, tokens, room.zeros, 1, lanes, LANES_ROW, params.keyDim);
  }
}

/** The smallest number of a row. */
function smallest(row: usize, size: usize): f32 {
  let least = v128.load(row);
  for (let d: usize = 16; d < size; d += 16) least = f32x4.pmin(least, v128.load(row + d));
  least = f32x4.pmin(least, v128.shuffle<f32>(least, least, 2, 3, 0, 1));
  return min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1));
}

/** Keys of earlier spans decay over the span that begins at `start`: its factors lie in `running`. */
function decayPanels(params: RecurrentParams, room: Room, start: i32, tokens: i32): void {
  const panel = <usize>params.keyDim * LANES_ROW;
  for (let j = 0; j < start; j += LANES) {
    let p = room.keyPanels + <usize>(j / LANES) * panel;
    let factor = room.running;
    for (const end = p + panel; p < end; p += LANES_ROW, factor += 4) {
      const a = v128.load32_splat(factor);
      for (let i: usize = 0; i < LANES_ROW; i += 16) v128.store(p + i, f32x4.mul(v128.load(p + i), a));
    }
  }
}

/** The pairs within one span: each key decays from token to token and is met by the rows on its way. */
function within(room: Room, x: usize, start: i32, tokens: i32, matrix: usize): void {
  const size = room.keyRow;
  const key = room.product;
  for (let j = start; j < start + tokens; j++) {
    memory.copy(key, room.keys + <usize>j * room.rowStep, size);
    for (let i = j; i < start + tokens; i++) {
      const at = <usize>i * room.rowStep;
      const sum = i == j ? dot(x + at, key, size) : decayedDot(x + at, key, room.factors + at, size);
      store<f32>(matrix + at + (<usize>j << 2), sum);
    }
  }
}

function dot(x: usize, key: usize, size: usize): f32 {
  let sum = f32x4.splat(0);
  for (let d: usize = 0; d < size; d += 16) sum = multiplyAdd(v128.load(x + d), v128.load(key + d), sum);
  return total(sum);
}

/** Multiplies the key by factors, and gives its product with x. */
function decayedDot(x: usize, key: usize, factors: usize, size: usize): f32 {
  let sum = f32x4.splat(0);
  for (let d: usize = 0; d < size; d += 16) {
    const decayed = f32x4.mul(v128.load(key + d), v128.load(factors + d));
    v128.store(key + d, decayed);
    sum = multiplyAdd(v128.load(x + d), decayed, sum);
  }
  return total(sum);
}

// @ts-ignore: decorator
@inline
function total(sum: v128): f32 {
  const pairs = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}
