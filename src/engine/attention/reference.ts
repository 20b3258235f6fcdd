/** Attention in float64, one row at a time, straight from the formula: what the kernels are measured against. */
import { taylorExp } from './feature-map.js';

/** Options of the references. */
export interface ReferenceOptions {
  /** Default 1/√D. */
  scale?: number;
  /** Keys from this index on are hidden. */
  keys?: number;
  /** Subtracted from every key, D numbers. */
  centre?: ArrayLike<number>;
  /** Linear attention of this order instead of softmax. */
  order?: number;
}

/**
 * One row of attention.
 * @param q D numbers.
 * @param k Keys, row-major, D numbers each.
 * @param v Values, row-major, `valueDim` numbers each.
 * @returns `valueDim` numbers, all zero if there is no key.
 *
 * @example
 * [...referenceRow([1, 0], [1, 0, 1, 0], [2, 4], 1)]; // → [3]
 */
export function referenceRow(
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  v: ArrayLike<number>,
  valueDim: number,
  options: ReferenceOptions = {},
): Float64Array {
  const weights = referenceWeights(q, k, options);
  const output = new Float64Array(valueDim);
  weights.forEach((weight, j) => {
    for (let d = 0; d < valueDim; d++) output[d]! += weight * v[j * valueDim + d]!;
  });
  return output;
}

/**
 * The weights of the visible keys in one row of attention; they sum to 1.
 *
 * @example
 * [...referenceWeights([1, 0], [1, 0, 1, 0])]; // → [0.5, 0.5]
 */
export function referenceWeights(
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  options: ReferenceOptions = {},
): Float64Array {
  const headDim = q.length;
  const { scale = 1 / Math.sqrt(headDim), keys = k.length / headDim, centre, order } = options;
  const scores = new Float64Array(keys);
  for (let j = 0; j < keys; j++) {
    let dot = 0;
    for (let d = 0; d < headDim; d++) dot += q[d]! * (k[j * headDim + d]! - (centre?.[d] ?? 0));
    scores[j] = dot * scale;
  }
  return weightsOf(scores, order);
}

/**
 * Softmax of scores, or what the series of an order makes of them.
 *
 * @example
 * [...weightsOf(Float64Array.of(0, 1), 1)]; // → [1 / 3, 2 / 3]
 */
export function weightsOf(scores: Float64Array, order?: number): Float64Array {
  const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = scores.map((t) => (order === undefined ? Math.exp(t - largest) : taylorExp(t, order)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
