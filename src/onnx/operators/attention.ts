import type { Value } from '../graph.js';
import { add, div, mul, scale, sub } from './arithmetic.js';
import { transpose } from './layout.js';
import { matmul } from './product.js';
import { reduceMean, reduceSum, softmax } from './reduction.js';

/**
 * softmax(q·kᵀ / √D + mask)·v for q [B, H, L, D], k [B, H, S, D] and v [B, H, S, E].
 *
 * @param mask added to the scores [B, H, L, S], broadcast; large negative numbers hide keys
 */
export function scaledDotProductAttention(query: Value, key: Value, value: Value, mask?: Value): Value {
  const scaled = scale(query, 1 / Math.sqrt(query.dims.at(-1)!));
  const scores = matmul(scaled, transpose(key, [0, 1, 3, 2]));
  return matmul(softmax(mask ? add(scores, mask) : scores), value);
}

/**
 * Linear attention of order 2, as `method: 'taylor'` computes it, in its quadratic form: keys weigh 1 + s + s²/2 for
 * scores s = q·(k − k̄)ᵀ / √D with their mean k̄, and the weights are normalised. Dimensions as above.
 *
 * @param kept [B, 1, S, 1], 1 for a key and 0 for padding; without it there is no padding
 */
export function taylorAttention(query: Value, key: Value, value: Value, kept?: Value): Value {
  const { graph } = query;
  const mean = kept
    ? div(reduceSum(mul(key, kept), [2], true), reduceSum(kept, [2], true))
    : reduceMean(key, [2], true);
  const scaled = scale(query, 1 / Math.sqrt(query.dims.at(-1)!));
  const scores = matmul(scaled, transpose(sub(key, mean), [0, 1, 3, 2]));
  // Twice the series is 1 + (1 + s)², and the 2 cancels.
  const shifted = add(scores, graph.scalar(1));
  const weights = add(mul(shifted, shifted), graph.scalar(1));
  const total = kept ? matmul(weights, kept) : reduceSum(weights, [-1], true);
  return div(matmul(weights, kept ? mul(value, kept) : value), total);
}
