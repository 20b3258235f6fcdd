import type { Value } from '../graph.js';
import { broadcast, describe } from '../shape.js';

/** Matrix product over the last two axes; axes before them are broadcast. */
export function matmul(a: Value, b: Value): Value {
  const [rows, inner] = a.dims.slice(-2);
  const [bInner, columns] = b.dims.slice(-2);
  if (a.dims.length < 2 || b.dims.length < 2 || inner !== bInner)
    throw new RangeError(`matmul of ${describe(a)} and ${describe(b)}: the inner dimensions differ`);
  const batch = broadcast(a, b, a.dims.slice(0, -2), b.dims.slice(0, -2));
  return a.graph.apply('MatMul', [a, b], [...batch, rows!, columns!]);
}

export interface GemmOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** A·B + c for matrices, either of them transposed on the way; c is broadcast. */
export function gemm(
  a: Value,
  b: Value,
  c?: Value,
  { transposeA = false, transposeB = false }: GemmOptions = {},
): Value {
  const [rows, inner] = transposeA ? a.dims.toReversed() : a.dims;
  const [bInner, columns] = transposeB ? b.dims.toReversed() : b.dims;
  if (a.dims.length !== 2 || b.dims.length !== 2 || inner !== bInner)
    throw new RangeError(`gemm of ${describe(a)} and ${describe(b)}: the inner dimensions differ`);
  const attributes = { transA: Number(transposeA), transB: Number(transposeB) };
  return a.graph.apply('Gemm', c ? [a, b, c] : [a, b], [rows!, columns!], attributes);
}
