/**
 * Linear attention token by token, in the words of the standard: the state decays, what it answers to the key is
 * subtracted from the value (delta rules), the key is written, the query is answered. For the single token of decoding,
 * and for chunks whose numbers are not finite.
 *
 * Sixteen columns of the state are taken at a time: 64 bytes of each row, which stay in the first-level cache between the
 * two passes of the delta rules. The state comes from memory once.
 */
import { exp } from './exp';
import { RecurrentParams } from './recurrent-params';
import { copyRows, Room } from './recurrent-room';
import { multiplyAdd, ONES } from './tile';

/**
 * Tokens [from, to) on `columns` columns of a state whose rows are `stateRow` bytes apart. `column` is the first of them
 * in bytes, counted from where the room's values and outputs begin.
 */
export function walkTokens(params: RecurrentParams, room: Room, from: i32, to: i32, state: usize, stateRow: usize, column: usize, columns: i32): void {
  const size = <usize>columns << 2;
  for (let t = <usize>from; t < <usize>to; t++) {
    const k = room.k + t * room.kStep;
    const rate = params.beta ? load<f32>(room.beta + t * room.betaStep) : 1;
    prepareToken(params, room, t, k);
    const v = room.v + t * room.vStep + column;
    const q = room.q + t * room.qStep;
    const o = room.o + t * room.oStep + column;
    let c: usize = 0;
    for (; c + 64 <= size; c += 64) step16(params, room, state + c, stateRow, k, v + c, rate, q, o + c);
    for (; c + 16 <= size; c += 16) step4(params, room, state + c, stateRow, k, v + c, rate, q, o + c);
    for (; c < size; c += 4) step1(params, room, state + c, stateRow, k, v + c, rate, q, o + c);
  }
}

/** Factors of the state's rows into `running`, and the key times them, with which it reads the old state, into `product`. */
function prepareToken(params: RecurrentParams, room: Room, t: usize, k: usize): void {
  const decay = room.decay + t * room.decayStep;
  copyRows(k, 0, 1, params.keyDim, ONES, 0, room.product, room.keyRow, room.keyRow);
  let factor = f32x4.splat(1);
  if (params.decayDim == 1) factor = exp(v128.load32_splat(decay));
  else if (params.decayDim > 1) copyRows(decay, 0, 1, params.keyDim, ONES, 0, room.running, room.keyRow, room.keyRow);
  for (let d: usize = 0; d < room.keyRow; d += 16) {
    if (params.decayDim > 1) factor = exp(v128.load(room.running + d));
    v128.store(room.running + d, factor);
    v128.store(room.product + d, f32x4.mul(v128.load(room.product + d), factor));
  }
}

function step16(params: RecurrentParams, room: Room, state: usize, stateRow: usize, k: usize, v: usize, rate: f32, q: usize, o: usize): void {
  const end = state + <usize>params.keyDim * stateRow;
  let u0 = v128.load(v); let u1 = v128.load(v, 16); let u2 = v128.load(v, 32); let u3 = v128.load(v, 48);
  if (params.beta) {
    let r0 = f32x4.splat(0); let r1 = f32x4.splat(0); let r2 = f32x4.splat(0); let r3 = f32x4.splat(0);
    let reader = room.product;
    for (let p = state; p < end; p += stateRow, reader += 4) {
      const x = v128.load32_splat(reader);
      r0 = multiplyAdd(x, v128.load(p), r0); r1 = multiplyAdd(x, v128.load(p, 16), r1);
      r2 = multiplyAdd(x, v128.load(p, 32), r2); r3 = multiplyAdd(x, v128.load(p, 48), r3);
    }
    const b = f32x4.splat(rate);
    u0 = f32x4.mul(b, f32x4.sub(u0, r0)); u1 = f32x4.mul(b, f32x4.sub(u1, r1));
    u2 = f32x4.mul(b, f32x4.sub(u2, r2)); u3 = f32x4.mul(b, f32x4.sub(u3, r3));
  }
  let o0 = f32x4.splat(0); let o1 = f32x4.splat(0); let o2 = f32x4.splat(0); let o3 = f32x4.splat(0);
  let factor = room.running;
  let y = q;
  for (let p = state; p < end; p += stateRow, factor += 4, k += 4, y += 4) {
    const a = v128.load32_splat(factor);
    const x = v128.load32_splat(k);
    const z = v128.load32_splat(y);
    const s0 = multiplyAdd(x, u0, f32x4.mul(a, v128.load(p))); const s1 = multiplyAdd(x, u1, f32x4.mul(a, v128.load(p, 16)));
    v128.store(p, s0); v128.store(p, s1, 16);
    o0 = multiplyAdd(z, s0, o0); o1 = multiplyAdd(z, s1, o1);
    const s2 = multiplyAdd(x, u2, f32x4.mul(a, v128.load(p, 32))); const s3 = multiplyAdd(x, u3, f32x4.mul(a, v128.load(p, 48)));
    v128.store(p, s2, 32); v128.store(p, s3, 48);
    o2 = multiplyAdd(z, s2, o2); o3 = multiplyAdd(z, s3, o3);
  }
  const scale = f32x4.splat(params.scale);
  v128.store(o, f32x4.mul(o0, scale)); v128.store(o, f32x4.mul(o1, scale), 16);
  v128.store(o, f32x4.mul(o2, scale), 32); v128.store(o, f32x4.mul(o3, scale), 48);
  for (let member = 1; member < params.headsPerGroup; member++) {
    const next = <usize>member * (<usize>params.valueDim << 2);
    for (let c: usize = 0; c < 64; c += 16) answer4(params, state + c, stateRow, queryOf(params, q, member), o + next + c);
  }
}

function step4(params: RecurrentParams, room: Room, state: usize, stateRow: usize, k: usize, v: usize, rate: f32, q: usize, o: usize): void {
  const end = state + <usize>params.keyDim * stateRow;
  let u = v128.load(v);
  if (params.beta) {
    let r = f32x4.splat(0);
    let reader = room.product;
    for (let p = state; p < end; p += stateRow, reader += 4) r = multiplyAdd(v128.load32_splat(reader), v128.load(p), r);
    u = f32x4.mul(f32x4.splat(rate), f32x4.sub(u, r));
  }
  let factor = room.running;
  for (let p = state; p < end; p += stateRow, factor += 4, k += 4) {
    v128.store(p, multiplyAdd(v128.load32_splat(k), u, f32x4.mul(v128.load32_splat(factor), v128.load(p))));
  }
  for (let member = 0; member < params.headsPerGroup; member++) {
    answer4(params, state, stateRow, queryOf(params, q, member), o + <usize>member * (<usize>params.valueDim << 2));
  }
}

/** What four columns of the state answer to a query. */
function answer4(params: RecurrentParams, state: usize, stateRow: usize, q: usize, o: usize): void {
  let sum = f32x4.splat(0);
  for (const end = state + <usize>params.keyDim * stateRow; state < end; state += stateRow, q += 4) {
    sum = multiplyAdd(v128.load32_splat(q), v128.load(state), sum);
  }
  v128.store(o, f32x4.mul(sum, f32x4.splat(params.scale)));
}

function step1(params: RecurrentParams, room: Room, state: usize, stateRow: usize, k: usize, v: usize, rate: f32, q: usize, o: usize): void {
  const end = state + <usize>params.keyDim * stateRow;
  let u = load<f32>(v);
  if (params.beta) {
    let r: f32 = 0;
    let reader = room.product;
    for (let p = state; p < end; p += stateRow, reader += 4) r += load<f32>(reader) * load<f32>(p);
    u = rate * (u - r);
  }
  let factor = room.running;
  for (let p = state; p < end; p += stateRow, factor += 4, k += 4) store<f32>(p, load<f32>(factor) * load<f32>(p) + load<f32>(k) * u);
  for (let member = 0; member < params.headsPerGroup; member++) {
    let y = queryOf(params, q, member);
    let sum: f32 = 0;
    for (let p = state; p < end; p += stateRow, y += 4) sum += load<f32>(y) * load<f32>(p);
    store<f32>(o + <usize>member * (<usize>params.valueDim << 2), sum * params.scale);
  }
}

// @ts-ignore: decorator
@inline
function queryOf(params: RecurrentParams, q: usize, member: i32): usize {
  return q + <usize>member * (<usize>params.keyDim << 2);
}
