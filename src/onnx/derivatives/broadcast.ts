import type { Value } from '../graph.js';
import { reshape } from '../operators/layout.js';
import { reduceSum } from '../operators/reduction.js';
import { sameDims } from '../shape.js';

/** Sums a gradient over the axes along which a tensor of dimensions `dims` was stretched to its shape. */
export function sumTo(gradient: Value, dims: readonly number[]): Value {
  if (sameDims(gradient.dims, dims)) return gradient;
  const extra = gradient.dims.length - dims.length;
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const stretched = dims.flatMap((dim, i) =>
    dim === 1 && gradient.dims[extra + i] !== 1 ? [extra + i] : [],
  );
  return reshape(reduceSum(gradient, [...leading, ...stretched]), dims);
}
