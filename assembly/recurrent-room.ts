/** What the kernels of linear attention keep in the scratch memory of a thread while they work on one head. */
import { RecurrentParams } from './recurrent-params';
import { LANES, LANES_ROW } from './tile';

/**
 * Tokens that are worked on together, whole tiles of every tier. In longer chunks each token meets more others, in shorter ones
 * the state is read and written more often: 24 take .93 to .95 of the time of 32, and .97 of that of 36.
 */
export const CHUNK: i32 = 24;
/** Rows of triangular products between which their depth grows, and tokens that are solved for together: the rows of a tile. */
export const BLOCK: i32 = 6;
/** Bytes of a row of pairs: the lanes of whole panels of every tier. */
export const CHUNK_ROW: usize = (<usize>CHUNK + 15 & ~15) << 2;

/**
 * Addresses. A row is `keyRow` bytes of a key or query, padded with zeros to whole vectors, and behind them CHUNK_ROW bytes of its
 * pairs with the tokens of the chunk; a panel is as many rows of the state and behind them what those tokens write. So one product
 * of rows and panel is what a token reads of the state before the chunk and of the tokens before it.
 */
@unmanaged
export class Room {
  // The head: where its first token lies in each tensor, and the bytes from one token to the next.
  q: usize;
  qStep: usize;
  k: usize;
  kStep: usize;
  v: usize;
  vStep: usize;
  o: usize;
  oStep: usize;
  decay: usize;
  decayStep: usize;
  beta: usize;
  betaStep: usize;

  keyRow: usize;
  /** From one row to the next. */
  rowStep: usize;
  /** Keys as they read the state before the chunk, and how values correct later ones. */
  readers: usize;
  corrections: usize;
  /** Queries of one head, and their scores. */
  queries: usize;
  scores: usize;
  /** Keys as they enter the state after the chunk. */
  writers: usize;
  /** Keys of the chunk transposed, [panel][keyDim][LANES]. */
  keyPanels: usize;
  /** Decay by key: keys, factors of each token, and rows on the left of a product with keys of earlier tokens. */
  keys: usize;
  factors: usize;
  rows: usize;
  /** Decay by key: whether keys are divided by the factors of the tokens up to them. */
  divides: bool;
  /** Vectors of one row. */
  running: usize;
  product: usize;
  zeros: usize;

  /** [CHUNK][CHUNK_ROW]: by how much the state decays between two tokens. */
  decays: usize;
  /** One number a token: running sums of decays (float64), factors since the chunk began, with the scale of queries, −rates, and with −rates. */
  sums: usize;
  since: usize;
  asking: usize;
  rates: usize;
  reading: usize;

  /** Outputs, [CHUNK][columns]. */
  outputs: usize;
  /** The factor of the state over a chunk: LANES times where it is one a head, or one a key dimension. */
  whole: usize;
  /** The state in panels, `panel` bytes each: [panel][padded keyDim + CHUNK][LANES]. */
  state: usize;
  panel: usize;
}

// @ts-ignore: decorator
@inline
function padded(bytes: usize): usize { return (bytes + 63) & ~63; }

/** Bytes of a row of keys in the scratch memory. */
// @ts-ignore: decorator
@inline
function keyRowOf(params: RecurrentParams): usize { return (<usize>params.keyDim << 2) + 15 & ~15; }

// @ts-ignore: decorator
@inline
function keyPanelsOf(params: RecurrentParams): usize { return padded(<usize>params.keyDim * CHUNK_ROW); }

// @ts-ignore: decorator
@inline
function panelOf(params: RecurrentParams): usize { return keyRowOf(params) * <usize>LANES + <usize>CHUNK * LANES_ROW; }

// @ts-ignore: decorator
@inline
function panels(params: RecurrentParams): usize { return <usize>(params.valueDim + LANES - 1) / LANES; }

/** Bytes of scratch memory that one thread needs. */
export function recurrentScratch(params: RecurrentParams): usize {
  const keyRow = keyRowOf(params);
  const columns = <usize>(params.valueDim + 15 & ~15) << 2;
  return padded(offsetof<Room>()) + 6 * padded(<usize>CHUNK * (keyRow + CHUNK_ROW)) + keyPanelsOf(params) + 4 * padded(keyRow)
    + (<usize>CHUNK + 6) * CHUNK_ROW + <usize>CHUNK * columns + <usize>params.together * panels(params) * panelOf(params);
}

/** Divides the scratch memory, and points to a head of the key, the first column of its values, and the state that is `place`th. */
export function enterRoom(params: RecurrentParams, head: i32, place: i32, column: i32, scratch: usize): Room {
  const room = changetype<Room>(scratch);
  const groups = params.heads / params.headsPerGroup;
  const group = head % groups;
  const first = <usize>(head / groups) * <usize>params.tokens;
  room.qStep = <usize>(params.heads * params.keyDim) << 2;
  room.kStep = <usize>(groups * params.keyDim) << 2;
  room.vStep = <usize>(groups * params.valueDim) << 2;
  room.oStep = <usize>(params.heads * params.valueDim) << 2;
  room.decayStep = <usize>(groups * params.decayDim) << 2;
  room.betaStep = <usize>params.betaHeads << 2;
  room.q = params.q + first * room.qStep + (<usize>(group * params.headsPerGroup * params.keyDim) << 2);
  room.k = params.k + first * room.kStep + (<usize>(group * params.keyDim) << 2);
  room.v = params.v + first * room.vStep + (<usize>(group * params.valueDim + column) << 2);
  room.o = params.o + first * room.oStep + (<usize>(group * params.headsPerGroup * params.valueDim + column) << 2);
  room.decay = params.decay + first * room.decayStep + (<usize>(group * params.decayDim) << 2);
  room.beta = params.beta + first * room.betaStep + (params.betaHeads > 1 ? <usize>group << 2 : 0);
  const keyRow = keyRowOf(params);
  const rows = padded(<usize>CHUNK * (keyRow + CHUNK_ROW));
  const columns = <usize>(params.valueDim + 15 & ~15) << 2;
  room.keyRow = keyRow;
  room.rowStep = keyRow + CHUNK_ROW;
  room.readers = scratch + padded(offsetof<Room>());
  room.corrections = room.readers + keyRow;
  room.queries = room.readers + rows;
  room.scores = room.queries + keyRow;
  room.writers = room.queries + rows;
  room.keyPanels = room.writers + rows;
  room.keys = room.keyPanels + keyPanelsOf(params);
  room.factors = room.keys + rows;
  room.rows = room.factors + rows;
  room.running = room.rows + rows;
  room.product = room.running + padded(keyRow);
  room.zeros = room.product + padded(keyRow);
  room.decays = room.zeros + padded(keyRow);
  room.sums = room.decays + <usize>CHUNK * CHUNK_ROW;
  room.since = room.sums + 2 * CHUNK_ROW;
  room.asking = room.since + CHUNK_ROW;
  room.rates = room.asking + CHUNK_ROW;
  room.reading = room.rates + CHUNK_ROW;
  room.outputs = room.reading + CHUNK_ROW;
  room.whole = room.outputs + <usize>CHUNK * columns;
  room.panel = panelOf(params);
  room.state = room.whole + padded(keyRow) + <usize>place * panels(params) * room.panel;
  memory.fill(room.zeros, 0, keyRow);
  return room;
}

/**
 * Copies `count` rows of floats, each times the factor at `factors`, from row to row `factorStep` bytes further, and fills them up
 * with zeros to `size` bytes, a multiple of 16.
 */
export function copyRows(
  from: usize,
  step: usize,
  count: i32,
  dim: i32,
  factors: usize,
  factorStep: usize,
  to: usize,
  toStep: usize,
  size: usize,
): void {
  const whole = (<usize>dim & ~3) << 2;
  for (const end = to + <usize>count * toStep; to < end; to += toStep, from += step, factors += factorStep) {
    const factor = v128.load32_splat(factors);
    let d: usize = 0;
    for (; d < whole; d += 16) v128.store(to + d, f32x4.mul(v128.load(from + d), factor));
    if (d < size) {
      for (let zero = d; zero < size; zero += 16) v128.store(to + zero, f32x4.splat(0));
      for (; d < <usize>dim << 2; d += 4) store<f32>(to + d, load<f32>(from + d) * f32x4.extract_lane(factor, 0));
    }
  }
}
