/**
 * What pairs of tokens of one chunk have to do with each other: products of keys or queries with earlier keys, decayed by
 * what lies between them. No exponential is taken of anything but the decay of a whole interval, so none overflows where
 * the state itself does not grow.
 */
import { exp2 } from './exp';
import { packPanel } from './pack';
import { RecurrentParams } from './recurrent-params';
import { BLOCK, CHUNK, CHUNK_ROW, Room } from './recurrent-room';
import { LANES, LANES_ROW, ONES, product } from './tile';

/**
 * Takes the place of smaller decays, −∞ among them. What it leaves of a float32 is 0 as well, and differences of decays stay numbers,
 * where −∞ − −∞ would be NaN.
 */
const LOWEST: f64 = -1000;
const LOG2E64: f64 = 1.4426950408889634;
/** By how many powers of two a state may grow within a chunk before it is worked on token by token. */
export const MOST_GROWTH: f64 = 8;

/** No decay: 1 for each pair of a token with itself or an earlier one. */
export function noDecays(params: RecurrentParams, room: Room): void {
  for (let i: usize = 0; i < <usize>CHUNK; i++) {
    for (let j: usize = 0; j <= i; j++) store<f32>(room.decays + i * CHUNK_ROW + (j << 2), 1);
    store<f32>(room.since + (i << 2), 1);
    store<f32>(room.asking + (i << 2), params.scale);
  }
  for (let i: usize = 0; i < LANES_ROW; i += 16) v128.store(room.whole + i, v128.load(ONES + i));
}

/**
 * One decay a head: e^(b_i − b_j) for j ≤ i, where b are the running sums. These are float64, because a float32 of the size
 * of 32 large decays is no longer exact to 10⁻⁵. Returns whether the state hardly grows; NaN counts as growth.
 */
export function headDecays(params: RecurrentParams, room: Room, first: i32, count: i32): bool {
  let sum: f64 = 0;
  let lowest: f64 = 0;
  let growth: f64 = 0;
  let p = room.decay + <usize>first * room.decayStep;
  for (let i: usize = 0; i < <usize>count; i++, p += room.decayStep) {
    sum += max<f64>(LOWEST, <f64>load<f32>(p)) * LOG2E64;
    store<f64>(room.sums + (i << 3), sum);
    growth = max<f64>(growth, sum - lowest);
    lowest = min<f64>(lowest, sum);
  }
  if (!(growth <= MOST_GROWTH)) return false;
  for (let i = 0; i < count; i++) {
    const own = v128.load64_splat(room.sums + (<usize>i << 3));
    const row = room.decays + <usize>i * CHUNK_ROW;
    for (let j = 0; j <= i; j += 4) {
      const at = room.sums + (<usize>j << 3);
      const low = f32x4.demote_f64x2_zero(f64x2.sub(own, v128.load(at)));
      const high = f32x4.demote_f64x2_zero(f64x2.sub(own, v128.load(at, 16)));
      const factor = exp2(v128.shuffle<f32>(low, high, 0, 1, 4, 5));
      v128.store(row + (<usize>j << 2), v128.and(factor, upTo(i, j)));
    }
    const since = f32x4.extract_lane(exp2(f32x4.demote_f64x2_zero(own)), 0);
    store<f32>(room.since + (<usize>i << 2), since);
    store<f32>(room.asking + (<usize>i << 2), params.scale * since);
  }
  const whole = v128.load32_splat(room.since + (<usize>(count - 1) << 2));
  for (let i: usize = 0; i < LANES_ROW; i += 16) v128.store(room.whole + i, whole);
  return true;
}

/** All ones in the lanes j, j + 1, … up to i. */
// @ts-ignore: decorator
@inline
function upTo(i: i32, j: i32): v128 {
  return i32x4.le_s(i32x4.add(i32x4.splat(j), i32x4(0, 1, 2, 3)), i32x4.splat(i));
}

/** Keys of the chunk in panels, one token a lane. */
export function packKeys(params: RecurrentParams, room: Room, keys: usize, step: usize, count: i32): void {
  const panel = <usize>params.keyDim * LANES_ROW;
  for (let j = 0; j < count; j += LANES) {
    packPanel(keys + <usize>j * step, step, min(LANES, count - j), room.zeros, 1,
      room.keyPanels + <usize>(j / LANES) * panel, LANES_ROW, params.keyDim);
  }
}

/** matrix[i][j] = x_i·k_j at least for j ≤ i; the other numbers mean nothing. Rows of the matrix are a room's, those of x are `step` apart. */
export function pairs(params: RecurrentParams, room: Room, x: usize, step: usize, count: i32, matrix: usize): void {
  const panel = <usize>params.keyDim * LANES_ROW;
  for (let j = 0; j < count; j += LANES) {
    const i = j / BLOCK * BLOCK;
    product(x + <usize>i * step, step, room.keyPanels + <usize>(j / LANES) * panel,
      matrix + <usize>i * room.rowStep + (<usize>j << 2), room.rowStep, count - i, params.keyDim);
  }
}

/**
 * matrix[i][j] becomes matrix[i][j]·decays[i][j] for j ≤ i, times the factor at `factors`, from row to row `step` bytes further,
 * and 0 up to the end of the block.
 */
export function weigh(room: Room, count: i32, matrix: usize, factors: usize, step: usize): void {
  for (let i = 0; i < count; i++, factors += step) {
    const row = matrix + <usize>i * room.rowStep;
    const decays = room.decays + <usize>i * CHUNK_ROW;
    const factor = v128.load32_splat(factors);
    for (let j = 0, end = i / BLOCK * BLOCK + BLOCK; j < end; j += 4) {
      const at = <usize>j << 2;
      if (j > i) v128.store(row + at, f32x4.splat(0));
      else {
        const weighed = f32x4.mul(f32x4.mul(v128.load(row + at), v128.load(decays + at)), factor);
        v128.store(row + at, v128.and(weighed, upTo(i, j)));
      }
    }
  }
}
