import { remainderBound, weightsOf } from 'hw2-engine';
import { randomInputs } from '../../bench/problem.js';
import { BASE } from '../../bench/settings.js';
import { mean } from '../../statistics/estimates.js';

/** How far the weights of linear attention are from softmax's, by order and deviation of the scores. */
export interface WeightErrors {
  L: number;
  D: number;
  rows: number;
  points: {
    order: number;
    sigma: number;
    /** Share of the weight of a row that lies on other keys than in softmax: half of Σ|p̃ − p|, mean over rows. */
    distance: number;
    /** The most that it can be by Lagrange's remainder; nothing where that promises nothing. */
    bound?: number;
  }[];
}

const MAX_ROWS = 64;

/** In float64, on random tensors as those of the benchmark. */
export function weightErrors(
  { L, D }: { L: number; D: number },
  orders: readonly number[],
  sigmas: readonly number[],
): WeightErrors {
  const rows = Math.min(MAX_ROWS, L);
  const problem = { ...BASE, L, D, threads: 1, tier: 'simd' } as const;
  const points = sigmas.flatMap((sigma) => {
    const { q, k } = randomInputs({ ...problem, sigma });
    const scores = Array.from({ length: rows }, (_, row) => scoresOf(q.subarray(row * D, (row + 1) * D), k));
    return orders.map((order) => {
      const distances = scores.map((row) => weightDistance(weightsOf(row), weightsOf(row, order)));
      const bounds = scores.map((row) => distanceBound(row, order));
      const bound = mean(bounds);
      return { order, sigma, distance: mean(distances), ...(bound < 1 && { bound }) };
    });
  });
  return { L, D, rows, points };
}

/** Share of the weight that lies on other keys: half of Σ|a − b|, the total variation distance. */
export function weightDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, weight, j) => sum + Math.abs(weight - b[j]!), 0) / 2;
}

/**
 * With weights off by factors 1 + ε, |ε| ≤ r, the share is at most r̄/(1 − r̄), where r̄ = Σ p·r is the mean over the
 * softmax weights p; Infinity from r̄ = 1 on.
 */
function distanceBound(scores: Float64Array, order: number): number {
  const relative = weightsOf(scores).reduce(
    (sum, weight, j) => sum + weight * remainderBound(scores[j]!, order) * Math.exp(-scores[j]!),
    0,
  );
  return relative < 1 ? relative / (1 - relative) : Number.POSITIVE_INFINITY;
}

function scoresOf(q: Float32Array, k: Float32Array): Float64Array {
  const D = q.length;
  return Float64Array.from({ length: k.length / D }, (_, j) => {
    const dot = q.reduce((sum, value, d) => sum + value * k[j * D + d]!, 0);
    return dot / Math.sqrt(D);
  });
}
