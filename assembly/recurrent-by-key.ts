/**
 * Decays that differ between the dimensions of the key: x_i·k_j becomes Σ_d x_id·k_jd·e^(b_id − b_jd). The exponential does
 * not factor into one of i and one of j without overflowing, so a chunk is divided into spans of a few tokens. Pairs across
 * spans go through the border before the later token's span: what decays up to there is multiplied into the earlier key,
 * what decays from there into the row of the later one, and both factors are at most 1. Pairs within a span are formed one
 * by one. All of them are products of the factors of single tokens: −∞ gives an exact 0.
 */
import { exp } from './exp';
import { packPanel } from './pack';
import { MOST_GROWTH } from './recurrent-pairs';
import { RecurrentParams } from './recurrent-params';
import { CHUNK_ROW, copyRows, LANES_ROW, Room } from './recurrent-room';
import { LANES, multiplyAdd, product } from './tile';

const SPAN: i32 = 8;
const LN2: f32 = 0.6931472;

/**
 * Factors of the tokens, and of the whole chunk. Returns whether the state hardly grows; NaN counts as growth.
 */
export function keyFactors(params: RecurrentParams, room: Room, first: i32, count: i32): bool {
  const size = room.keyRow;
  const from = room.decay + <usize>first * room.decayStep;
  copyRows(from, room.decayStep, count, params.keyDim, 1, room.factors, size);
  let grown = f32x4.splat(0);
  for (let d: usize = 0; d < size; d += 16) {
    let sum = f32x4.splat(0);
    let growth = f32x4.splat(0);
    let p = room.factors + d;
    for (let i = 0; i < count; i++, p += size) {
      const decay = v128.load(p);
      sum = f32x4.add(sum, decay);
      growth = f32x4.add(growth, f32x4.max(decay, f32x4.splat(0)));
      v128.store(p, exp(decay));
    }
    v128.store(room.whole + d, exp(sum));
    grown = f32x4.max(grown, growth);
  }
  return v128.any_true(f32x4.gt(grown, f32x4.splat(<f32>MOST_GROWTH * LN2))) == false && !v128.any_true(f32x4.ne(grown, grown));
}

/** to_i = from_i times the factors of all tokens of the chunk up to i. */
export function sinceStart(room: Room, from: usize, count: i32, to: usize): void {
  const size = room.keyRow;
  for (let d: usize = 0; d < size; d += 16) {
    let factor = f32x4.splat(1);
    let at = d;
    for (let i = 0; i < count; i++, at += size) {
      factor = f32x4.mul(factor, v128.load(room.factors + at));
      v128.store(to + at, f32x4.mul(v128.load(from + at), factor));
    }
  }
}

/** to_j = from_j times the factors of the tokens after j. */
export function untilEnd(room: Room, from: usize, factors: usize, count: i32, to: usize): void {
  const size = room.keyRow;
  for (let d: usize = 0; d < size; d += 16) {
    let factor = f32x4.splat(1);
    for (let j = count - 1; j >= 0; j--) {
      const at = <usize>j * size + d;
      v128.store(to + at, f32x4.mul(v128.load(from + at), factor));
      factor = f32x4.mul(factor, v128.load(factors + at));
    }
  }
}

/** matrix[i][j] for j ≤ i, decays included; the other numbers mean nothing. */
export function pairsByKey(params: RecurrentParams, room: Room, x: usize, count: i32, matrix: usize): void {
  const panel = <usize>params.keyDim * LANES_ROW;
  for (let start = 0; start < count; start += SPAN) {
    const tokens = min(SPAN, count - start);
    const offset = <usize>start * room.keyRow;
    if (start > 0) {
      spanRows(room, x + offset, room.factors + offset, tokens, room.rows);
      for (let j = 0; j < start; j += LANES) {
        product(room.rows, room.keyRow, room.keyPanels + <usize>(j / LANES) * panel,
          matrix + <usize>start * CHUNK_ROW + (<usize>j << 2), CHUNK_ROW, tokens, params.keyDim);
      }
    }
    within(room, x, start, tokens, matrix);
    if (start + tokens == count) break;
    decayPanels(params, room, start, tokens);
    untilEnd(room, room.keys + offset, room.factors + offset, tokens, room.rows);
    packPanel(room.rows, room.keyRow, tokens, room.zeros, 1,
      room.keyPanels + <usize>(start / LANES) * panel + (<usize>(start % LANES) << 2), LANES_ROW, params.keyDim);
  }
}

/** to_i = x_i times the factors of the span up to i; the last row of factors is left in `running`. */
function spanRows(room: Room, x: usize, factors: usize, tokens: i32, to: usize): void {
  const size = room.keyRow;
  for (let d: usize = 0; d < size; d += 16) {
    let factor = f32x4.splat(1);
    let at = d;
    for (let i = 0; i < tokens; i++, at += size) {
      factor = f32x4.mul(factor, v128.load(factors + at));
      v128.store(to + at, f32x4.mul(v128.load(x + at), factor));
    }
    v128.store(room.running + d, factor);
  }
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
    memory.copy(key, room.keys + <usize>j * size, size);
    for (let i = j; i < start + tokens; i++) {
      const at = <usize>i * size;
      const sum = i == j ? dot(x + at, key, size) : decayedDot(x + at, key, room.factors + at, size);
      store<f32>(matrix + <usize>i * CHUNK_ROW + (<usize>j << 2), sum);
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
