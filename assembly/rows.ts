/**
 * Products of single rows with keys and values, for few queries: dimensions lie in lanes, so that each vector of a key or a
 * value is read once and all of it is used. One row at a time, or two that share what is read.
 *
 * Every score and every output is the same sum in the same order in all of these functions, so a row gives the same bits
 * alone and beside another one. Loads are addressed as base + offset, and loops count up: V8 11 takes twice as long
 * where each row has a pointer of its own, or where the loop tests at its end.
 *
 * What bounds them (1,024 keys, 8/8 heads, D 64, one thread, relaxed, V8 11, Zen 4): of 103 µs, keys and values take 45 each and the
 * softmax 7, where a loop reads those bytes in 60. Four sums with a vector of the query and of four keys are 16 instructions, and as a
 * multiply-add takes four cycles and each sum waits for its own, four of them take four cycles: 0.26 ns a vector of keys, 0.27 of values
 * (four or six sums), where loads alone take 0.17, as many from the third-level cache as from the first. More sums would halve that,
 * but V8 11 loads all that a block multiplies before it multiplies, so that 8 sums and 8 loads no longer fit 15 registers: 8 keys take
 * 1.1 of the time, 8 keys by two 1.5, strips of 32 columns 1.4, of 48 1.3. V8 13 has no such order (8 rows at constant distances
 * 0.85, strips of 48 columns 0.8), so that what would gain on Node 24 loses more on Node 20. Six rows at constant distances gain 5 % of
 * the keys' half on both, for D 64 alone: not worth a kernel. Who measures next: the place of the tensors in memory moves such a
 * time by 5 %, so variants have to share them, and the first of several contenders pays for what the last one pushed out of the cache.
 */
import { multiplyAdd } from './tile';

/** [a, b, c, d] of the sums over the lanes of four vectors. */
// @ts-ignore: decorator
@inline
export function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** The first one, two or three floats at an address, then zeros. Nothing beyond them is read. */
// @ts-ignore: decorator
@inline
function loadSome(p: usize, count: i32): v128 {
  if (count == 1) return v128.load32_zero(p);
  const two = v128.load64_zero(p);
  return count == 2 ? two : v128.load_lane<f32>(p + 8, two, 2);
}

/**
 * Scores of one query: s[j] = q·k[j] for j < keys, and anything in s up to the next multiple of 4.
 * q is padded with zeros to whole vectors; k is not.
 */
export function scoresOfOne(q: usize, k: usize, kRow: usize, s: usize, keys: i32, dim: i32): void {
  const size = (<usize>dim & ~3) << 2;
  const rest = dim & 3;
  for (; keys > 0; keys -= 4) {
    // Beyond the last key, the last one again.
    const k1 = k + (keys > 1 ? kRow : 0);
    const k2 = k1 + (keys > 2 ? kRow : 0);
    const k3 = k2 + (keys > 3 ? kRow : 0);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let x: usize = 0; x < size; x += 16) {
      const y = v128.load(q + x);
      a = multiplyAdd(y, v128.load(k + x), a);
      b = multiplyAdd(y, v128.load(k1 + x), b);
      c = multiplyAdd(y, v128.load(k2 + x), c);
      d = multiplyAdd(y, v128.load(k3 + x), d);
    }
    if (rest) {
      const y = v128.load(q + size);
      a = multiplyAdd(y, loadSome(k + size, rest), a);
      b = multiplyAdd(y, loadSome(k1 + size, rest), b);
      c = multiplyAdd(y, loadSome(k2 + size, rest), c);
      d = multiplyAdd(y, loadSome(k3 + size, rest), d);
    }
    v128.store(s, sumLanes(a, b, c, d));
    s += 16;
    k = k3 + kRow;
  }
}

/** As `scoresOfOne`, for two queries `qRow` bytes apart, whose scores are `sRow` bytes apart. */
export function scoresOfTwo(q: usize, qRow: usize, k: usize, kRow: usize, s: usize, sRow: usize, keys: i32, dim: i32): void {
  const size = (<usize>dim & ~3) << 2;
  const rest = dim & 3;
  const q1 = q + qRow;
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
    for (let x: usize = 0; x < size; x += 16) {
      const y = v128.load(q + x);
      const z = v128.load(q1 + x);
      const x0 = v128.load(k + x);
      const x1 = v128.load(k1 + x);
      const x2 = v128.load(k2 + x);
      const x3 = v128.load(k3 + x);
      a = multiplyAdd(y, x0, a);
      b = multiplyAdd(y, x1, b);
      c = multiplyAdd(y, x2, c);
      d = multiplyAdd(y, x3, d);
      e = multiplyAdd(z, x0, e);
      f = multiplyAdd(z, x1, f);
      g = multiplyAdd(z, x2, g);
      h = multiplyAdd(z, x3, h);
    }
    if (rest) {
      const y = v128.load(q + size);
      const z = v128.load(q1 + size);
      const x0 = loadSome(k + size, rest);
      const x1 = loadSome(k1 + size, rest);
      const x2 = loadSome(k2 + size, rest);
      const x3 = loadSome(k3 + size, rest);
      a = multiplyAdd(y, x0, a);
      b = multiplyAdd(y, x1, b);
      c = multiplyAdd(y, x2, c);
      d = multiplyAdd(y, x3, d);
      e = multiplyAdd(z, x0, e);
      f = multiplyAdd(z, x1, f);
      g = multiplyAdd(z, x2, g);
      h = multiplyAdd(z, x3, h);
    }
    v128.store(s, sumLanes(a, b, c, d));
    v128.store(s + sRow, sumLanes(e, f, g, h));
    s += 16;
    k = k3 + kRow;
  }
}

/** o += Σ w[j]·v[j], j < keys. o is padded to whole vectors; v is not. */
export function addValuesToOne(w: usize, v: usize, vRow: usize, o: usize, keys: i32, dim: i32): void {
  let left = dim;
  if (TIER_WIDE) {
    for (; left >= 32; left -= 32) {
      add32(w, v, vRow, o, keys);
      v += 128;
      o += 128;
    }
  } else {
    for (; left >= 40 || (left >= 24 && left < 32); left -= 24) {
      add24(w, v, vRow, o, keys);
      v += 96;
      o += 96;
    }
  }
  for (; left >= 16; left -= 16) {
    add16(w, v, vRow, o, keys);
    v += 64;
    o += 64;
  }
  for (; left > 0; left -= 4) {
    add4(w, v, vRow, o, keys, left);
    v += 16;
    o += 16;
  }
}

/** As `addValuesToOne`, for two rows of weights `wRow` bytes apart, whose outputs are `oRow` bytes apart. */
export function addValuesToTwo(w: usize, wRow: usize, v: usize, vRow: usize, o: usize, oRow: usize, keys: i32, dim: i32): void {
  let left = dim;
  for (; left >= 16; left -= 16) {
    add16ToTwo(w, w + wRow, v, vRow, o, o + oRow, keys);
    v += 64;
    o += 64;
  }
  for (; left > 0; left -= 4) {
    add4(w, v, vRow, o, keys, left);
    add4(w + wRow, v, vRow, o + oRow, keys, left);
    v += 16;
    o += 16;
  }
}

// A block is summed by itself, and added in the end: one sum over all keys would lose a digit. Stores in pairs, the upper one
// first (scripts/generate-tiles.ts).

function add32(w: usize, v: usize, vRow: usize, o: usize, keys: i32): void {
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
    a = multiplyAdd(x, v128.load(v), a);
    b = multiplyAdd(x, v128.load(v, 16), b);
    c = multiplyAdd(x, v128.load(v, 32), c);
    d = multiplyAdd(x, v128.load(v, 48), d);
    e = multiplyAdd(x, v128.load(v, 64), e);
    f = multiplyAdd(x, v128.load(v, 80), f);
    g = multiplyAdd(x, v128.load(v, 96), g);
    h = multiplyAdd(x, v128.load(v, 112), h);
    w += 4;
    v += vRow;
  }
  v128.store(o, f32x4.add(v128.load(o, 16), b), 16);
  v128.store(o, f32x4.add(v128.load(o), a));
  v128.store(o, f32x4.add(v128.load(o, 48), d), 48);
  v128.store(o, f32x4.add(v128.load(o, 32), c), 32);
  v128.store(o, f32x4.add(v128.load(o, 80), f), 80);
  v128.store(o, f32x4.add(v128.load(o, 64), e), 64);
  v128.store(o, f32x4.add(v128.load(o, 112), h), 112);
  v128.store(o, f32x4.add(v128.load(o, 96), g), 96);
}

function add24(w: usize, v: usize, vRow: usize, o: usize, keys: i32): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let e = f32x4.splat(0);
  let f = f32x4.splat(0);
  for (let j = 0; j < keys; j++) {
    const x = v128.load32_splat(w);
    a = multiplyAdd(x, v128.load(v), a);
    b = multiplyAdd(x, v128.load(v, 16), b);
    c = multiplyAdd(x, v128.load(v, 32), c);
    d = multiplyAdd(x, v128.load(v, 48), d);
    e = multiplyAdd(x, v128.load(v, 64), e);
    f = multiplyAdd(x, v128.load(v, 80), f);
    w += 4;
    v += vRow;
  }
  v128.store(o, f32x4.add(v128.load(o, 16), b), 16);
  v128.store(o, f32x4.add(v128.load(o), a));
  v128.store(o, f32x4.add(v128.load(o, 48), d), 48);
  v128.store(o, f32x4.add(v128.load(o, 32), c), 32);
  v128.store(o, f32x4.add(v128.load(o, 80), f), 80);
  v128.store(o, f32x4.add(v128.load(o, 64), e), 64);
}

function add16(w: usize, v: usize, vRow: usize, o: usize, keys: i32): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (let j = 0; j < keys; j++) {
    const x = v128.load32_splat(w);
    a = multiplyAdd(x, v128.load(v), a);
    b = multiplyAdd(x, v128.load(v, 16), b);
    c = multiplyAdd(x, v128.load(v, 32), c);
    d = multiplyAdd(x, v128.load(v, 48), d);
    w += 4;
    v += vRow;
  }
  v128.store(o, f32x4.add(v128.load(o, 16), b), 16);
  v128.store(o, f32x4.add(v128.load(o), a));
  v128.store(o, f32x4.add(v128.load(o, 48), d), 48);
  v128.store(o, f32x4.add(v128.load(o, 32), c), 32);
}

/** Four columns, of which `left` exist. */
function add4(w: usize, v: usize, vRow: usize, o: usize, keys: i32, left: i32): void {
  let a = f32x4.splat(0);
  for (let j = 0; j < keys; j++) {
    a = multiplyAdd(v128.load32_splat(w), left < 4 ? loadSome(v, left) : v128.load(v), a);
    w += 4;
    v += vRow;
  }
  v128.store(o, f32x4.add(v128.load(o), a));
}

function add16ToTwo(w0: usize, w1: usize, v: usize, vRow: usize, o0: usize, o1: usize, keys: i32): void {
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
    const v0 = v128.load(v);
    const v1 = v128.load(v, 16);
    const v2 = v128.load(v, 32);
    const v3 = v128.load(v, 48);
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
  v128.store(o0, f32x4.add(v128.load(o0, 16), b), 16);
  v128.store(o0, f32x4.add(v128.load(o0), a));
  v128.store(o0, f32x4.add(v128.load(o0, 48), d), 48);
  v128.store(o0, f32x4.add(v128.load(o0, 32), c), 32);
  v128.store(o1, f32x4.add(v128.load(o1, 16), f), 16);
  v128.store(o1, f32x4.add(v128.load(o1), e));
  v128.store(o1, f32x4.add(v128.load(o1, 48), h), 48);
  v128.store(o1, f32x4.add(v128.load(o1, 32), g), 32);
}
