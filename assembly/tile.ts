/**
 * Matrix products on register tiles, for the tier that is being compiled.
 *
 * B is a panel, [depth][LANES]; rows of C are `cStride` bytes apart. A is read element by element, so it needs no packing:
 * [rows][depth], or [depth][rows] for the transposed forms.
 */
import * as relaxed from './tiles/relaxed';
import * as simd from './tiles/simd';
import * as wide from './tiles/wide';

// TIER_WIDE, set by the build target (asconfig.json): whether to use the tiles that V8's revectoriser can pair.
const VECTORS: i32 = TIER_WIDE ? wide.VECTORS : ASC_FEATURE_RELAXED_SIMD ? relaxed.VECTORS : simd.VECTORS;

/** Tokens in a panel. */
export const LANES: i32 = VECTORS * 4;
/** Bytes of a row of a panel: one float32 a lane. */
export const LANES_ROW: usize = <usize>LANES << 2;
/** A factor of 1 for each lane, for products and panels that are not to be scaled. */
export const ONES: usize = memory.data<f32>([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 16);

/** x·y + z, fused where the tier has it. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(x: v128, y: v128, z: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, z);
  return f32x4.add(f32x4.mul(x, y), z);
}

/** C = A·B */
// @ts-ignore: decorator
@inline
export function product(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  if (TIER_WIDE) wide.product(a, aStride, b, c, cStride, rows, depth);
  else if (ASC_FEATURE_RELAXED_SIMD) relaxed.product(a, aStride, b, c, cStride, rows, depth);
  else simd.product(a, aStride, b, c, cStride, rows, depth);
}

/** C = C + A·B */
// @ts-ignore: decorator
@inline
export function addProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  if (TIER_WIDE) wide.addProduct(a, aStride, b, c, cStride, rows, depth);
  else if (ASC_FEATURE_RELAXED_SIMD) relaxed.addProduct(a, aStride, b, c, cStride, rows, depth);
  else simd.addProduct(a, aStride, b, c, cStride, rows, depth);
}

/** C = Aᵀ·B */
// @ts-ignore: decorator
@inline
export function transposedProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  if (TIER_WIDE) wide.transposedProduct(a, aStride, b, c, cStride, rows, depth);
  else if (ASC_FEATURE_RELAXED_SIMD) relaxed.transposedProduct(a, aStride, b, c, cStride, rows, depth);
  else simd.transposedProduct(a, aStride, b, c, cStride, rows, depth);
}

/** C = C·diag(alpha) + Aᵀ·B, one factor a lane */
// @ts-ignore: decorator
@inline
export function scaleAddTransposedProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, alpha: usize, rows: i32, depth: i32): void {
  if (TIER_WIDE) wide.scaleAddTransposedProduct(a, aStride, b, c, cStride, alpha, rows, depth);
  else if (ASC_FEATURE_RELAXED_SIMD) relaxed.scaleAddTransposedProduct(a, aStride, b, c, cStride, alpha, rows, depth);
  else simd.scaleAddTransposedProduct(a, aStride, b, c, cStride, alpha, rows, depth);
}
