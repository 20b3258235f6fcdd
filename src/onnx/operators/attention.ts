import type { Value } from '../graph.js';
import { add, scale } from './arithmetic.js';
import { transpose } from './layout.js';
import { matmul } from './product.js';
import { softmax } from './reduction.js';

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
