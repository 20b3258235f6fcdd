/** Rounding of float32 to the 16-bit formats: to the nearest, of two as near to the even one. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Bits of the IEEE 754 binary16 number nearest to x. */
export function toFloat16(x: number): number {
  float[0] = x;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = bits[0]! & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From 65,520 on the nearest is infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below the normal numbers, multiples of 2⁻²⁴: adding one half leaves them in the low bits.
    float[0] = Math.abs(x) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** Bits of the bfloat16 number nearest to x: the upper half of a float32. */
export function toBfloat16(x: number): number {
  float[0] = x;
  const word = bits[0]!;
  if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Value of a bfloat16 number. */
export function bfloat16ToNumber(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}
