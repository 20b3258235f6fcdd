/** Numbers of 16 bits become float32. */

/** 2¹¹²: a float16 whose bits are moved to their places in a float32 is smaller by this, for the biases of the exponents differ by 112. */
const EXPONENTS: f32 = reinterpret<f32>(0x77800000);

/** Four numbers of float16 in the low halves of four words. */
// @ts-ignore: decorator
@inline
function fromFloat16(x: v128): v128 {
  const magnitude = i32x4.shl(v128.and(x, i32x4.splat(0x7fff)), 13);
  const number = f32x4.mul(magnitude, f32x4.splat(EXPONENTS));
  // In both formats infinity and NaN have the largest exponent: it is set again after the product.
  const special = v128.and(i32x4.ge_s(magnitude, i32x4.splat(0x0f800000)), i32x4.splat(0x7f800000));
  return v128.or(v128.or(number, special), i32x4.shl(v128.and(x, i32x4.splat(0x8000)), 16));
}

// @ts-ignore: decorator
@inline
function widenFour(x: v128, isBfloat16: bool): v128 {
  return isBfloat16 ? i32x4.shl(x, 16) : fromFloat16(x);
}

/**
 * Widens `count` numbers that lie in the second half of the room for as many float32 at `floats`: each is read before what is
 * written reaches it.
 */
export function widen(floats: usize, count: i32, isBfloat16: bool): void {
  let halves = floats + (<usize>count << 1);
  for (; count >= 4; count -= 4) {
    v128.store(floats, widenFour(v128.load_ext<u16>(halves), isBfloat16));
    halves += 8;
    floats += 16;
  }
  for (; count > 0; count--) {
    store<f32>(floats, f32x4.extract_lane(widenFour(i32x4.splat(load<u16>(halves)), isBfloat16), 0));
    halves += 2;
    floats += 4;
  }
}
