/**
 * As assembly/rows.ts, for keys and values of a smaller type, which become float32 in registers: T is u16 for bfloat16, the upper
 * half of a float32, and i8 for int8, whose scales are applied to scores and weights (assembly/decode.ts). Rows are padded
 * with zeros to a multiple of 8 numbers, and so are queries and outputs.
 */
import { sumLanes } from './rows';
import { multiplyAdd } from './tile';

/** Numbers 0 to 3 of eight. */
// @ts-ignore: decorator
@inline
function low<T>(p: usize): v128 {
  if (sizeof<T>() == 2) return i32x4.shl(v128.load_ext<u16>(p), 16);
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v128.load_ext<i8>(p)));
}

/** Numbers 4 to 7 of eight. */
// @ts-ignore: decorator
@inline
function high<T>(p: usize): v128 {
  if (sizeof<T>() == 2) return i32x4.shl(v128.load_ext<u16>(p, 8), 16);
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v128.load_ext<i8>(p)));
}

/** Bytes of eight numbers. */
// @ts-ignore: decorator
@inline
function eight<T>(): usize { return sizeof<T>() << 3; }

/** Widens `size` bytes of rows to float32. */
export function widenRows<T>(from: usize, size: usize, to: usize): void {
  for (const end = from + size; from < end; from += eight<T>(), to += 32) {
    v128.store(to, high<T>(from), 16);
    v128.store(to, low<T>(from));
  }
}

/** Multiplies adjacent rows of `size` bytes of float32, each by its scale. */
export function scaleRows(rows: usize, size: usize, scales: usize, count: i32): void {
  for (const end = scales + (<usize>count << 2); scales < end; scales += 4) {
    const scale = v128.load32_splat(scales);
    for (const next = rows + size; rows < next; rows += 16) v128.store(rows, f32x4.mul(v128.load(rows), scale));
  }
}

/** Scores of one query: s[j] = q·k[j] for j < keys, and anything in s up to the next multiple of 4. */
export function smallScoresOfOne<T>(q: usize, k: usize, kRow: usize, s: usize, keys: i32): void {
  for (; keys > 0; keys -= 4) {
    const k1 = k + (keys > 1 ? kRow : 0);
    const k2 = k1 + (keys > 2 ? kRow : 0);
    const k3 = k2 + (keys > 3 ? kRow : 0);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    let y = q;
    for (let x: usize = 0; x < kRow; x += eight<T>()) {
      const y0 = v128.load(y);
      const y1 = v128.load(y, 16);
      a = multiplyAdd(y1, high<T>(k + x), multiplyAdd(y0, low<T>(k + x), a));
      b = multiplyAdd(y1, high<T>(k1 + x), multiplyAdd(y0, low<T>(k1 + x), b));
      c = multiplyAdd(y1, high<T>(k2 + x), multiplyAdd(y0, low<T>(k2 + x), c));
      d = multiplyAdd(y1, high<T>(k3 + x), multiplyAdd(y0, low<T>(k3 + x), d));
      y += 32;
    }
    v128.store(s, sumLanes(a, b, c, d));
    s += 16;
    k = k3 + kRow;
  }
}

/** As `smallScoresOfOne`, for two queries `qRow` bytes apart, whose scores are `sRow` bytes apart. */
export function smallScoresOfTwo<T>(q: usize, qRow: usize, k: usize, kRow: usize, s: usize, sRow: usize, keys: i32): void {
  for (; keys > 0; keys -= 4) {
    const k1 = k + (keys > 1 ? kRow : 0);
    const k2 = k1 + (keys > 2 ? kRow : 0);
    const k3 = k2 + (keys > 3 ? kRow : 0);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    let e = f32x4.splat(0);
    let f = f32x4.splat(0);
    let g = f32x4.splat(0);
    let h = f32x4.splat(0);
    let y = q;
    for (let x: usize = 0; x < kRow; x += eight<T>()) {
      let y0 = v128.load(y);
      let z0 = v128.load(y + qRow);
      let x0 = low<T>(k + x);
      let x1 = low<T>(k1 + x);
      let x2 = low<T>(k2 + x);
      let x3 = low<T>(k3 + x);
      a = multiplyAdd(y0, x0, a);
      b = multiplyAdd(y0, x1, b);
      c = multiplyAdd(y0, x2, c);
      d = multiplyAdd(y0, x3, d);
      e = multiplyAdd(z0, x0, e);
      f = multiplyAdd(z0, x1, f);
      g = multiplyAdd(z0, x2, g);
      h = multiplyAdd(z0, x3, h);
      y0 = v128.load(y, 16);
      z0 = v128.load(y + qRow, 16);
      x0 = high<T>(k + x);
      x1 = high<T>(k1 + x);
      x2 = high<T>(k2 + x);
      x3 = high<T>(k3 + x);
      a = multiplyAdd(y0, x0, a);
      b = multiplyAdd(y0, x1, b);
      c = multiplyAdd(y0, x2, c);
      d = multiplyAdd(y0, x3, d);
      e = multiplyAdd(z0, x0, e);
      f = multiplyAdd(z0, x1, f);
      g = multiplyAdd(z0, x2, g);
      h = multiplyAdd(z0, x3, h);
      y += 32;
    }
    v128.store(s, sumLanes(a, b, c, d));
    v128.store(s + sRow, sumLanes(e, f, g, h));
    s += 16;
    k = k3 + kRow;
  }
}

/** o += Σ w[j]·v[j], j < keys. */
export function addSmallValuesToOne<T>(w: usize, v: usize, vRow: usize, o: usize, keys: i32): void {
  let x: usize = 0;
  for (; x + 4 * eight<T>() <= vRow; x += 4 * eight<T>()) {
    add32<T>(w, v + x, vRow, o, keys);
    o += 128;
  }
  for (; x < vRow; x += eight<T>()) {
    add8<T>(w, v + x, vRow, o, keys);
    o += 32;
  }
}

/** As `addSmallValuesToOne`, for two rows of weights `wRow` bytes apart, whose outputs are `oRow` bytes apart. */
export function addSmallValuesToTwo<T>(w: usize, wRow: usize, v: usize, vRow: usize, o: usize, oRow: usize, keys: i32): void {
  let x: usize = 0;
  for (; x + 2 * eight<T>() <= vRow; x += 2 * eight<T>()) {
    add16ToTwo<T>(w, w + wRow, v + x, vRow, o, o + oRow, keys);
    o += 64;
  }
  for (; x < vRow; x += eight<T>()) {
    add8<T>(w, v + x, vRow, o, keys);
    add8<T>(w + wRow, v + x, vRow, o + oRow, keys);
    o += 32;
  }
}

// @ts-ignore: decorator
@inline
function addTo(o: usize, low: v128, high: v128): void {
  v128.store(o, f32x4.add(v128.load(o, 16), high), 16);
  v128.store(o, f32x4.add(v128.load(o), low));
}

function add32<T>(w: usize, v: usize, vRow: usize, o: usize, keys: i32): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let e = f32x4.splat(0);
  let f = f32x4.splat(0);
  let g = f32x4.splat(0);
  let h = f32x4.splat(0);
  for (let j = 0; j < keys; j++) {
    const x = v128.load32_splat(w);
    a = multiplyAdd(x, low<T>(v), a);
    b = multiplyAdd(x, high<T>(v), b);
    c = multiplyAdd(x, low<T>(v + eight<T>()), c);
    d = multiplyAdd(x, high<T>(v + eight<T>()), d);
    e = multiplyAdd(x, low<T>(v + 2 * eight<T>()), e);
    f = multiplyAdd(x, high<T>(v + 2 * eight<T>()), f);
    g = multiplyAdd(x, low<T>(v + 3 * eight<T>()), g);
    h = multiplyAdd(x, high<T>(v + 3 * eight<T>()), h);
    w += 4;
    v += vRow;
  }
  addTo(o, a, b);
  addTo(o + 32, c, d);
  addTo(o + 64, e, f);
  addTo(o + 96, g, h);
}

function add8<T>(w: usize, v: usize, vRow: usize, o: usize, keys: i32): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  for (let j = 0; j < keys; j++) {
    const x = v128.load32_splat(w);
    a = multiplyAdd(x, low<T>(v), a);
    b = multiplyAdd(x, high<T>(v), b);
    w += 4;
    v += vRow;
  }
  addTo(o, a, b);
}

function add16ToTwo<T>(w0: usize, w1: usize, v: usize, vRow: usize, o0: usize, o1: usize, keys: i32): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let e = f32x4.splat(0);
  let f = f32x4.splat(0);
  let g = f32x4.splat(0);
  let h = f32x4.splat(0);
  for (let j = 0; j < keys; j++) {
    const x = v128.load32_splat(w0);
    const y = v128.load32_splat(w1);
    const v0 = low<T>(v);
    const v1 = high<T>(v);
    const v2 = low<T>(v + eight<T>());
    const v3 = high<T>(v + eight<T>());
    a = multiplyAdd(x, v0, a);
    b = multiplyAdd(x, v1, b);
    c = multiplyAdd(x, v2, c);
    d = multiplyAdd(x, v3, d);
    e = multiplyAdd(y, v0, e);
    f = multiplyAdd(y, v1, f);
    g = multiplyAdd(y, v2, g);
    h = multiplyAdd(y, v3, h);
    w0 += 4;
    w1 += 4;
    v += vRow;
  }
  addTo(o0, a, b);
  addTo(o0 + 32, c, d);
  addTo(o1, e, f);
  addTo(o1 + 32, g, h);
}
