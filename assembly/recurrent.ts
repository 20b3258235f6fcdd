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
import { headDecays, noDecays, packKeys, pairs, weigh } from './recurrent-pairs';
import { RecurrentParams } from './recurrent-params';
import { BLOCK, CHUNK, CHUNK_ROW, copyRows, enterRoom, Room } from './recurrent-room';
import { walkTokens } from './recurrent-token';
import { addProduct, LANES, LANES_ROW, multiplyAdd, ONES, product, scaleAddTransposedProduct } from './tile';

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
    packState(params, state + <usize>head * size, columns, enterRoom(params, head, head - first, column, scratch));
  }
  const room = changetype<Room>(scratch);
  if (params.decayDim != 1) noDecays(params, room);
  for (let token = 0; token < params.tokens; token += CHUNK) {
    const count = min(CHUNK, params.tokens - token);
    fetch(params, enterRoom(params, first, 0, column, scratch), first, last, token, count, columns);
    for (let head = first; head < last; head++) {
      chunk(params, enterRoom(params, head, head - first, column, scratch), token, count, columns);
    }
  }
  for (let head = first; head < last; head++) {
    unpackState(params, enterRoom(params, head, head - first, column, scratch), columns, state + <usize>head * size);
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
  store<i32>(room.outputs, bits);
}

// Ranges of columns are whole panels of the widest tier.
// @ts-ignore: decorator
@inline
function columnOf(params: RecurrentParams, part: i32): i32 {
  return min(params.valueDim, (params.valueDim + 15) / 16 * part / params.parts * 16);
}

function chunk(params: RecurrentParams, room: Room, first: i32, count: i32, columns: i32): void {
  const steady = params.decayDim == 0 || (params.decayDim == 1 ? headDecays(params, room, first, count) : keyFactors(params, room, first, count));
  if (steady) {
    formUpdates(params, room, first, count, columns);
    if (answer(params, room, first, count, columns)) {
      advance(params, room, count, columns);
      return;
    }
  }
  // A number that is not finite would reach earlier tokens through the products; nothing was written to the state yet.
  for (let c = 0; c < columns; c += LANES) {
    walkTokens(params, room, first, first + count, panelAt(room, c), LANES_ROW, <usize>c << 2, min(LANES, columns - c));
  }
}

/** The panel of the state that begins with a column. */
// @ts-ignore: decorator
@inline
function panelAt(room: Room, column: i32): usize { return room.state + <usize>(column / LANES) * room.panel; }

/** What the tokens write, behind the state in its panel. */
// @ts-ignore: decorator
@inline
function updatesIn(room: Room, panel: usize): usize { return panel + room.keyRow * <usize>LANES; }

/** What each token writes with its key, and the keys as they read and as they are written. */
function formUpdates(params: RecurrentParams, room: Room, first: i32, count: i32, columns: i32): void {
  loadValues(params, room, first, count, columns);
  if (params.decayDim > 1) {
    packDivided(params, room, count);
    if (!params.beta) return;
    meetByKey(params, room, room.keys, count, room.corrections, room.readers);
    copyRows(room.readers, room.rowStep, count, <i32>(room.keyRow >> 2), room.reading, 4, room.readers, room.rowStep, room.keyRow);
  } else {
    const k = room.k + <usize>first * room.kStep;
    packKeys(params, room, k, room.kStep, count);
    const untilEnd = room.decays + <usize>(count - 1) * CHUNK_ROW;
    copyRows(k, room.kStep, count, params.keyDim, untilEnd, 4, room.writers, room.rowStep, room.keyRow);
    if (!params.beta) return;
    copyRows(k, room.kStep, count, params.keyDim, room.reading, 4, room.readers, room.rowStep, room.keyRow);
    pairs(params, room, k, room.kStep, count, room.corrections);
  }
  weigh(room, count, room.corrections, room.rates, 4);
  for (let c = 0; c < columns; c += 2 * LANES) correct(room, count, c, min(columns, c + 2 * LANES));
}

/**
 * The equation for U on the panels of some columns, solved forwards. They take turns with each block of tokens: a block of one
 * panel waits for that before it, and the processor works on the other panel meanwhile.
 */
function correct(room: Room, count: i32, column: i32, end: i32): void {
  const keys = <i32>(room.keyRow >> 2);
  for (let start = 0; start < count; start += BLOCK) {
    const rows = min(BLOCK, count - start);
    const readers = room.readers + <usize>start * room.rowStep;
    const diagonal = readers + room.keyRow + (<usize>start << 2);
    for (let c = column; c < end; c += LANES) {
      const panel = panelAt(room, c);
      const block = updatesIn(room, panel) + <usize>start * LANES_ROW;
      addProduct(readers, room.rowStep, panel, block, LANES_ROW, rows, keys + start);
      for (let vectors: usize = 0; vectors < LANES_ROW; vectors += 32) solveBlock(diagonal, room.rowStep, block + vectors, rows);
    }
  }
}

/** updates = (1 − corrections)⁻¹·updates for the few rows of a block and two vectors, with its corrections of the diagonal. */
function solveBlock(diagonal: usize, step: usize, updates: usize, rows: i32): void {
  for (let i: usize = 1; i < <usize>rows; i++) {
    const row = updates + i * LANES_ROW;
    let u0 = v128.load(row);
    let u1 = v128.load(row, 16);
    let a = diagonal + i * step;
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
  const keys = <i32>(room.keyRow >> 2);
  let finite = true;
  for (let member = 0; member < params.headsPerGroup; member++) {
    const q = room.q + <usize>first * room.qStep + (<usize>(member * params.keyDim) << 2);
    copyRows(q, room.qStep, count, params.keyDim, room.asking, 4, room.queries, room.rowStep, room.keyRow);
    let scale = ONES;
    if (params.decayDim > 1) meetByKey(params, room, room.queries, count, room.scores, room.queries);
    else {
      pairs(params, room, q, room.qStep, count, room.scores);
      scale = changetype<usize>(params) + offsetof<RecurrentParams>('scale');
    }
    weigh(room, count, room.scores, scale, 0);
    const o = room.o + <usize>first * room.oStep + (<usize>(member * params.valueDim) << 2);
    // Panels that end with the columns are written where they belong.
    const fits = columns % LANES == 0;
    const target = fits ? o : room.outputs;
    const size = fits ? room.oStep : <usize>(columns + 15 & ~15) << 2;
    for (let c = 0; c < columns; c += LANES) {
      const panel = panelAt(room, c);
      for (let start = 0; start < count; start += BLOCK) {
        const rows = min(BLOCK, count - start);
        const outputs = target + <usize>start * size + (<usize>c << 2);
        product(room.queries + <usize>start * room.rowStep, room.rowStep, panel, outputs, size, rows, keys + start + rows);
      }
    }
    finite = storeOutputs(target, size, count, columns, o, room.oStep) && finite;
  }
  return finite;
}

/** The state after the chunk. */
function advance(params: RecurrentParams, room: Room, count: i32, columns: i32): void {
  if (params.decayDim > 1) untilEnd(room, room.keys, room.factors, count, room.writers);
  const factors = params.decayDim > 1 ? ONES : room.whole;
  for (let c = 0; c < columns; c += LANES) {
    const panel = panelAt(room, c);
    if (params.decayDim > 1) decayState(panel, <usize>params.keyDim * LANES_ROW, room.whole);
    scaleAddTransposedProduct(room.writers, room.rowStep, updatesIn(room, panel), panel, LANES_ROW, factors, params.keyDim, count);
  }
}

/** Multiplies each row of a panel by its factor. */
function decayState(state: usize, size: usize, factors: usize): void {
  for (const end = state + size; state < end; state += LANES_ROW, factors += 4) {
    const a = v128.load32_splat(factors);
    for (let i: usize = 0; i < LANES_ROW; i += 16) v128.store(state + i, f32x4.mul(v128.load(state + i), a));
  }
}

/** Values, times the rates where there are any, into panels of columns; columns beyond the last are 0. */
function loadValues(params: RecurrentParams, room: Room, first: i32, count: i32, columns: i32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    let v = room.v + (<usize>first + i) * room.vStep;
    const rate: f32 = params.beta ? load<f32>(room.beta + (<usize>first + i) * room.betaStep) : 1;
    store<f32>(room.rates + (i << 2), -rate);
    store<f32>(room.reading + (i << 2), -rate * load<f32>(room.since + (i << 2)));
    const scale = f32x4.splat(rate);
    let to = updatesIn(room, room.state) + i * LANES_ROW;
    const panel = room.panel;
    let c = columns;
    for (; c >= LANES; c -= LANES, v += LANES_ROW, to += panel) {
      for (let d: usize = 0; d < LANES_ROW; d += 16) v128.store(to + d, f32x4.mul(v128.load(v + d), scale));
    }
    if (c > 0) {
      for (let d: usize = 0; d < LANES_ROW; d += 16) v128.store(to + d, f32x4.splat(0));
      for (const end = v + (<usize>c << 2); v < end; v += 4, to += 4) store<f32>(to, load<f32>(v) * rate);
    }
  }
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

/** Rows of the state to panels; columns beyond the last and rows beyond `keyDim` are 0. */
function packState(params: RecurrentParams, state: usize, columns: i32, room: Room): void {
  const rows = <usize>params.keyDim * LANES_ROW;
  for (let c = 0; c < columns; c += LANES) {
    const panel = panelAt(room, c);
    copyRows(state + (<usize>c << 2), <usize>params.valueDim << 2, params.keyDim, min(LANES, columns - c), ONES, 0, panel, LANES_ROW, LANES_ROW);
    memory.fill(panel + rows, 0, updatesIn(room, panel) - panel - rows);
  }
}

function unpackState(params: RecurrentParams, room: Room, columns: i32, state: usize): void {
  for (let c = 0; c < columns; c += LANES) {
    let row = state + (<usize>c << 2);
    let panel = panelAt(room, c);
    const width = min(LANES, columns - c);
    for (const end = panel + <usize>params.keyDim * LANES_ROW; panel < end; panel += LANES_ROW, row += <usize>params.valueDim << 2) {
      if (width == LANES) for (let i: usize = 0; i < LANES_ROW; i += 16) v128.store(row + i, v128.load(panel + i));
      else memory.copy(row, panel, <usize>width << 2);
    }
  }
}
