/** Exponentials and the hyperbolic tangent of four float32 at a time. */
import { multiplyAdd } from './tile';

/** log₂ e: scores that carry this factor need 2ˣ instead of eˣ. */
export const LOG2E: f32 = 1.4426950408889634;

// Read with load32_splat: V8 13 would build a constant anew at each use of f32x4.splat.
// Minimax polynomial of 2^f on [−½, ½], relative error 2·10⁻⁹.
const EXP2: usize = memory.data<f32>([
  1.0, 0.6931471824645996, 0.24022646248340607, 0.05550328642129898, 0.009618489071726799, 0.0013399930903688073,
  0.0001534580223960802,
], 16);
// Adding 1.5·2²³ rounds to an integer and leaves it in the low bits; with 127 more it is the exponent of a float32.
const ROUND: usize = memory.data<f32>([12582912.0 + 127.0, -127.0], 16);

/** Coefficient n of the polynomial. */
// @ts-ignore: decorator
@inline
export function exp2Coefficient(n: i32): v128 { return v128.load32_splat(EXP2 + (<usize>n << 2)); }

/** The largest magnitude of a base of `exp2From`. */
export const LARGEST_BASE: f32 = 1048576;

/** What `exp2From` needs to know of its base: what rounds the argument, and the smallest argument. */
// @ts-ignore: decorator
@inline
export function exp2Round(base: v128): v128 { return f32x4.sub(v128.load32_splat(ROUND), base); }
// @ts-ignore: decorator
@inline
export function exp2Lowest(base: v128): v128 { return f32x4.add(base, v128.load32_splat(ROUND, 4)); }

/**
 * All ones, a NaN, in each lane where an argument was too large for `exp2From`: there the exponent field wraps around, and
 * the result is meaningless. `bits` are the float32 bits of the rounded arguments (1.5·2²³ + 127 + the exponent), or the OR of
 * many of them. Arguments that are in range differ in their low eight bits alone, so any other bit that is set beyond
 * 0x4b4000ff comes from one that was too large.
 */
// @ts-ignore: decorator
@inline
export function exp2Overflow(bits: v128): v128 {
  return i32x4.ne(v128.andnot(bits, i32x4.splat(0x4b4000ff)), i32x4.splat(0));
}

/**
 * 2ˣ for x ≤ 0, within 2 ULP where the result is normal (1.23 at worst, scripts/sweep-exp2.ts); exactly 0 for x ≤ −127
 * and for −∞; NaN for NaN.
 */
// @ts-ignore: decorator
@inline
export function exp2(x: v128): v128 {
  return exp2From(x, v128.load32_splat(ROUND), v128.load32_splat(ROUND, 4));
}

/**
 * 2^(x − base) for an integer base and x ≤ base + ½. The base is part of the constant that rounds the argument, so this takes as
 * many steps as 2ˣ.
 */
// @ts-ignore: decorator
@inline
export function exp2From(x: v128, round: v128, lowest: v128): v128 {
  // pmax(x, y) keeps a NaN in x, and is one instruction where max is eight.
  const clamped = f32x4.pmax(x, lowest);
  const shifted = f32x4.add(clamped, round);
  const f = f32x4.sub(clamped, f32x4.sub(shifted, round));
  let r = multiplyAdd(exp2Coefficient(6), f, exp2Coefficient(5));
  r = multiplyAdd(r, f, exp2Coefficient(4));
  r = multiplyAdd(r, f, exp2Coefficient(3));
  r = multiplyAdd(r, f, exp2Coefficient(2));
  r = multiplyAdd(r, f, exp2Coefficient(1));
  r = multiplyAdd(r, f, exp2Coefficient(0));
  // The power of two is a factor. Added to the bits of the exponent it would be as quick, but could turn a NaN into a number.
  return f32x4.mul(r, i32x4.shl(shifted, 23));
}

/** Applies 2ˣ to n floats in place, n a multiple of 4. For the tests and the exhaustive sweep of scripts/sweep-exp2. */
export function exp2Array(p: usize, n: i32): void {
  for (const end = p + (<usize>n << 2); p < end; p += 16) v128.store(p, exp2(v128.load(p)));
}

// tanh x = x + x³·P(x²) below 0.625 (Cephes, tanhf): 1 − 2/(e²ˣ + 1) would lose the leading digits there.
const TANH: usize = memory.data<f32>([
  -0.333332819422, 0.133314422036, -0.0537397155531, 0.0206390887954, -0.00570498872745, 0.625,
], 16);

/** tanh x, within a few ULP. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let p = multiplyAdd(v128.load32_splat(TANH, 16), square, v128.load32_splat(TANH, 12));
  p = multiplyAdd(p, square, v128.load32_splat(TANH, 8));
  p = multiplyAdd(p, square, v128.load32_splat(TANH, 4));
  p = multiplyAdd(p, square, v128.load32_splat(TANH));
  const small = multiplyAdd(f32x4.mul(p, square), x, x);
  const one = f32x4.splat(1);
  const e = exp2(f32x4.mul(magnitude, f32x4.splat(-2 * LOG2E)));
  const large = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  const signed = v128.or(large, v128.and(x, f32x4.splat(-0.0)));
  return v128.bitselect(signed, small, f32x4.ge(magnitude, v128.load32_splat(TANH, 20)));
}

/** eˣ for any x, of relative error 2⁻²⁴·(5 + |x|): 0 from about −176 down, infinity above 88.8, NaN for NaN. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  // e^x is formed as the square of e^(x/2): `exp2` is exact up to an argument of 127, and the square reaches beyond the largest
  // float32, so that large x give infinity.
  const root = exp2(f32x4.pmin(f32x4.mul(x, f32x4.splat(0.5 * LOG2E)), f32x4.splat(127)));
  return f32x4.mul(root, root);
}
