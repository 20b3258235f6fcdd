/**
 * Linear attention with a state S of keyDim × valueDim numbers a head, by chunks of tokens. With b the running sums of the
 * decays g within a chunk, S₀ the state before it, and rates β (1 without the delta rule),
 *   U = β·V − β·e^b·K·S₀ − A·U,   A_ij = β_i·e^(b_i − b_j)·k_i·k_j for j < i     what each token writes with its key
 *   O = scale·(e^b·Q·S₀ + P·U),   P_ij = e^(b_i − b_j)·q_i·k_j for j ≤ i
 *   S₁ = e^(b_C)·S₀ + (e^(b_C − b)·K)ᵀ·U
 * which is the rule of the standard applied token by token, as matrix products. Rules without correction have U = V.
 * The equation for U is solved forwards, block by block. (Yang et al. 2024, arXiv:2406.06484 and arXiv:2412.06464)
 *
 * Columns of the values lie in lanes: keys and queries are read element by element where they are, the state is the panel.
 */
import { keyFactors, meetByKey, packDivided, untilEnd } from './recurrent-by-key';
import { headDecays, noDecays, packKeys, pairs, scaleRows, weigh } from './recurrent-pairs';
import { RecurrentParams } from './recurrent-params';
import { BLOCK, CHUNK, CHUNK_ROW, copyRows, enterRoom, LANES_ROW, MATRIX, Room } from './recurrent-room';
import { walkTokens } from './recurrent-token';
import { addProduct, LANES, multiplyAdd, ONES, product, scaleAddTransposedProduct } from './tile';

export { recurrentScratch } from './recurrent-room';

/** Up to so many tokens, chunks do not pay for packing the state. */
const FEW_TOKENS: i32 = 4;

/**
 * All tokens of some heads of the key and the heads of the query that share them, on one of `parts` ranges of value columns. Heads
 * lie side by side in the rows of a token: they take turns with each chunk, while its pages are at hand.
 */
export function recurrent(params: RecurrentParams, task: i32, scratch: usize): void {
  const heads = params.batches * (params.heads / params.headsPerGroup);
  const first = task / params.parts * params.together;
  const last = min(heads, first + params.together);
  const column = columnOf(params, task % params.parts);
  const columns = columnOf(params, task % params.parts + 1) - column;
  const stateRow = <usize>params.valueDim << 2;
  const state = params.state + (<usize>column << 2);
  const size = <usize>params.keyDim * stateRow;
  if (params.tokens <= FEW_TOKENS) {
    for (let head = first; head < last; head++) {
      const room = enterRoom(params, head, 0, column, scratch);
      walkTokens(params, room, 0, params.tokens, state + <usize>head * size, stateRow, 0, columns);
    }
    return;
  }
  for (let head = first; head < last; head++) {
    packState(params, state + <usize>head * size, columns, enterRoom(params, head, head - first, column, scratch).state);
  }
  const room = changetype<Room>(scratch);
  memory.fill(room.decays, 0, 3 * MATRIX);
  if (params.decayDim != 1) noDecays(room);
  for (let token = 0; token < params.tokens; token += CHUNK) {
    const count = min(CHUNK, params.tokens - token);
    fetch(params, enterRoom(params, first, 0, column, scratch), first, last, token, count, columns);
    for (let head = first; head < last; head++) {
      chunk(params, enterRoom(params, head, head - first, column, scratch), token, count, columns);
    }
  }
  for (let head = first; head < last; head++) {
    unpackState(params, enterRoom(params, head, head - first, column, scratch).state, columns, state + <usize>head * size);
  }
}

/**
 * Brings what the heads read of a chunk into the second-level cache. Lines are asked for one after the other and nothing waits
 * for them, while a copy holds its stores back until the line is there: long sequences take .90 to .98 of the time with this.
 */
function fetch(params: RecurrentParams, room: Room, head: i32, last: i32, first: i32, count: i32, columns: i32): void {
  const groups = params.heads / params.headsPerGroup;
  const heads = min(last - head, groups - head % groups);
  const keyRow = <usize>(heads * params.keyDim) << 2;
  const token = <usize>first;
  fetchRows(room, room.k + token * room.kStep, room.kStep, count, keyRow);
  fetchRows(room, room.q + token * room.qStep, room.qStep, count, keyRow * <usize>params.headsPerGroup);
  fetchRows(room, room.v + token * room.vStep, room.vStep, count, <usize>(heads * columns) << 2);
  if (params.decayDim > 1) fetchRows(room, room.decay + token * room.decayStep, room.decayStep, count, keyRow);
}

/** Reads a number of each line of cache. */
function fetchRows(room: Room, p: usize, step: usize, count: i32, size: usize): void {
  let bits: i32 = 0;
  for (const end = p + <usize>count * step; p < end; p += step) {
    for (let c: usize = 0; c < size; c += 64) bits |= load<i32>(p + c);
  }
  // Kept for a while, so that no compiler can do without the reads.
  store<i32>(room.updates, bits);
}

// Ranges of columns are whole panels of the widest tier.
// @ts-ignore: decorator
@inline
function columnOf(params: RecurrentParams, part: i32): i32 {
  return min(params.valueDim, (params.valueDim + 15) / 16 * part / params.parts * 16);
}

function chunk(params: RecurrentParams, room: Room, first: i32, count: i32, columns: i32): void {
  copyRows(room.k + <usize>first * room.kStep, room.kStep, count, params.keyDim, 1, room.keys, room.keyRow);
  const steady = params.decayDim == 0 || (params.decayDim == 1 ? headDecays(params, room, first, count) : keyFactors(params, room, first, count));
  if (steady) {
    formUpdates(params, room, first, count, columns);
    if (answer(params, room, first, count, columns)) {
      advance(params, room, count, columns);
      return;
    }
  }
  // A number that is not finite would reach earlier tokens through the products; nothing was written to the state yet.
  const panel = <usize>params.keyDim * LANES_ROW;
  for (let c = 0; c < columns; c += LANES) {
    walkTokens(params, room, first, first + count, room.state + <usize>(c / LANES) * panel, LANES_ROW, <usize>c << 2, min(LANES, columns - c));
  }
}

/** What each token writes with its key, into `updates`. */
function formUpdates(params: RecurrentParams, room: Room, first: i32, count: i32, columns: i32): void {
  if (params.decayDim <= 1) packKeys(params, room, room.keys, count);
  else packDivided(params, room, count);
  loadValues(params, room, first, count, columns);
  if (!params.beta) return;
  if (params.decayDim <= 1) {
    pairs(params, room, room.keys, count, room.corrections);
    scaleRows(room, room.keys, room.since, count, true, room.readers);
  } else {
    meetByKey(params, room, room.keys, count, room.corrections, room.readers);
    scaleRows(room, room.readers, 0, count, true, room.readers);
  }
  weigh(room, count, room.corrections, true);
  const panel = <usize>params.keyDim * LANES_ROW;
  for (let c = 0; c < columns; c += LANES) {
    const updates = room.updates + (<usize>c << 2) * <usize>CHUNK;
    addProduct(room.readers, room.keyRow, room.state + <usize>(c / LANES) * panel, updates, LANES_ROW, count, params.keyDim);
  }
  solve(room, count, columns);
}

/**
 * updates = (1 − corrections)⁻¹·updates, where corrections are strictly lower triangular. All panels for one block, then the next
 * block: a block of one panel waits for that before it, and the processor works on the other panels meanwhile.
 */
function solve(room: Room, count: i32, columns: i32): void {
  for (let start = 0; start < count; start += BLOCK) {
    const rows = min(BLOCK, count - start);
    const left = room.corrections + <usize>start * CHUNK_ROW;
    const diagonal = left + (<usize>start << 2);
    for (let c = 0; c < columns; c += LANES) {
      const updates = room.updates + (<usize>c << 2) * <usize>CHUNK;
      const block = updates + <usize>start * LANES_ROW;
      if (start > 0) addProduct(left, CHUNK_ROW, updates, block, LANES_ROW, rows, start);
      for (let column: usize = 0; column < LANES_ROW; column += 32) solveBlock(diagonal, block + column, rows);
    }
  }
}

/** The same for the few rows of a block on the diagonal and two vectors. */
function solveBlock(diagonal: usize, updates: usize, rows: i32): void {
  for (let i: usize = 1; i < <usize>rows; i++) {
    const row = updates + i * LANES_ROW;
    let u0 = v128.load(row);
    let u1 = v128.load(row, 16);
    let a = diagonal + i * CHUNK_ROW;
    for (let p = updates; p < row; p += LANES_ROW, a += 4) {
      const x = v128.load32_splat(a);
      u0 = multiplyAdd(x, v128.load(p), u0);
      u1 = multiplyAdd(x, v128.load(p, 16), u1);
    }
    v128.store(row, u0);
    v128.store(row, u1, 16);
  }
}

/** Outputs of all heads of the query that share the state. Returns whether all of them are finite. */
function answer(params: RecurrentParams, room: Room, first: i32, count: i32, columns: i32): bool {
  const panel = <usize>params.keyDim * LANES_ROW;
  let finite = true;
  for (let member = 0; member < params.headsPerGroup; member++) {
    const q = room.q + <usize>first * room.qStep + (<usize>(member * params.keyDim) << 2);
    copyRows(q, room.qStep, count, params.keyDim, params.scale, room.queries, room.keyRow);
    if (params.decayDim <= 1) {
      pairs(params, room, room.queries, count, room.scores);
      if (params.decayDim == 1) scaleRows(room, room.queries, room.since, count, false, room.queries);
    } else {
      meetByKey(params, room, room.queries, count, room.scores, room.queries);
    }
    weigh(room, count, room.scores, false);
    const o = room.o + <usize>first * room.oStep + (<usize>(member * params.valueDim) << 2);
    // Panels that end with the columns are written where they belong.
    const fits = columns % LANES == 0;
    const target = fits ? o : room.outputs;
    const size = fits ? room.oStep : <usize>(columns + 15 & ~15) << 2;
    for (let c = 0; c < columns; c += LANES) {
      const outputs = target + (<usize>c << 2);
      product(room.queries, room.keyRow, room.state + <usize>(c / LANES) * panel, outputs, size, count, params.keyDim);
      addLowerProduct(room.scores, room.updates + (<usize>c << 2) * <usize>CHUNK, outputs, size, count);
    }
    finite = storeOutputs(target, size, count, columns, o, room.oStep) && finite;
  }
  return finite;
}

/** outputs += scores·updates, where scores are lower triangular. */
function addLowerProduct(scores: usize, updates: usize, outputs: usize, size: usize, count: i32): void {
  for (let start = 0; start < count; start += BLOCK) {
    const rows = min(BLOCK, count - start);
    addProduct(scores + <usize>start * CHUNK_ROW, CHUNK_ROW, updates, outputs + <usize>start * size, size, rows, start + rows);
  }
}

/** The state after the chunk. */
function advance(params: RecurrentParams, room: Room, count: i32, columns: i32): void {
  let writers = room.keys;
  if (params.decayDim == 1) {
    writers = room.writers;
    scaleRows(room, room.keys, room.decays + <usize>(count - 1) * CHUNK_ROW, count, false, writers);
  } else if (params.decayDim > 1) {
    writers = room.writers;
    untilEnd(room, room.keys, room.factors, count, writers);
  }
  const panel = <usize>params.keyDim * LANES_ROW;
  for (let c = 0; c < columns; c += LANES) {
    const state = room.state + <usize>(c / LANES) * panel;
    const updates = room.updates + (<usize>c << 2) * <usize>CHUNK;
    if (params.decayDim > 1) decayState(state, panel, room.whole);
    const factors = params.decayDim > 1 ? ONES : room.whole;
    scaleAddTransposedProduct(writers, room.keyRow, updates, state, LANES_ROW, factors, params.keyDim, count);
  }
}

/** Multiplies each row of a panel by its factor. */
function decayState(state: usize, size: usize, factors: usize): void {
  for (const end = state + size; state < end; state += LANES_ROW, factors += 4) {
    const a = v128.load32_splat(factors);
    for (let i: usize = 0; i < LANES_ROW; i += 16) v128.store(state + i, f32x4.mul(v128.load(state + i), a));
  }
}

/** Values, times the rates where there are any, as panels of columns; columns beyond the last are 0. */
function loadValues(params: RecurrentParams, room: Room, first: i32, count: i32, columns: i32): void {
  const whole = <usize>(columns & ~3) << 2;
  const size = <usize>(columns + LANES - 1) / LANES * LANES << 2;
  for (let i: usize = 0; i < <usize>count; i++) {
    const v = room.v + (<usize>first + i) * room.vStep;
    const rate: f32 = params.beta ? load<f32>(room.beta + (<usize>first + i) * room.betaStep) : 1;
    const scale = f32x4.splat(rate);
    store<f32>(room.rates + (i << 2), rate);
    const row = room.updates + i * LANES_ROW;
    let c: usize = 0;
    for (; c < whole; c += 16) v128.store(columnAt(row, c), f32x4.mul(v128.load(v + c), scale));
    for (let zero = c; zero < size; zero += 16) v128.store(columnAt(row, zero), f32x4.splat(0));
    for (; c < <usize>columns << 2; c += 4) store<f32>(columnAt(row, c), load<f32>(v + c) * rate);
  }
}

/** Where a column, in bytes, lies in a row of panels. */
// @ts-ignore: decorator
@inline
function columnAt(row: usize, column: usize): usize {
  return row + column / LANES_ROW * (<usize>CHUNK * LANES_ROW) + column % LANES_ROW;
}

/** Writes the outputs of a chunk where they belong, if they are not there. Returns whether all of them are finite. */
function storeOutputs(outputs: usize, size: usize, count: i32, columns: i32, o: usize, step: usize): bool {
  const whole = <usize>(columns & ~3) << 2;
  // A finite number less itself is zero, any other one NaN.
  let bits = f32x4.splat(0);
  for (let i = 0; i < count; i++, outputs += size, o += step) {
    let c: usize = 0;
    for (; c < whole; c += 16) {
      const x = v128.load(outputs + c);
      bits = v128.or(bits, f32x4.sub(x, x));
      if (outputs != o) v128.store(o + c, x);
    }
    for (; c < <usize>columns << 2; c += 4) {
      const x = load<f32>(outputs + c);
      bits = v128.or(bits, f32x4.splat(x - x));
      store<f32>(o + c, x);
    }
  }
  return !v128.any_true(f32x4.ne(bits, bits));
}

/** Rows of the state to panels, [panel][keyDim][LANES]; columns beyond the last are 0. */
function packState(params: RecurrentParams, state: usize, columns: i32, panels: usize): void {
  for (let c = 0; c < columns; c += LANES) {
    copyRows(state + (<usize>c << 2), <usize>params.valueDim << 2, params.keyDim, min(LANES, columns - c), 1, panels, LANES_ROW);
    panels += <usize>params.keyDim * LANES_ROW;
  }
}

function unpackState(params: RecurrentParams, panels: usize, columns: i32, state: usize): void {
  const step = <usize>params.valueDim << 2;
  for (let c = 0; c < columns; c += LANES) {
    let row = state + (<usize>c << 2);
    const width = min(LANES, columns - c);
    for (const end = panels + <usize>params.keyDim * LANES_ROW; panels < end; panels += LANES_ROW, row += step) {
      if (width == LANES) for (let i: usize = 0; i < LANES_ROW; i += 16) v128.store(row + i, v128.load(panels + i));
      else memory.copy(row, panels, <usize>width << 2);
    }
  }
}
