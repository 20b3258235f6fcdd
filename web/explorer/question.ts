import type { Tier } from 'hw2-engine';
import type { Tokens } from '#hw2/bench/tokens.js';
import type { Estimate } from '#hw2/statistics/estimates.js';

/** What the explorer is asked to compute. */
export interface Setting {
  /** Sequence length and head dimension. */
  L: number;
  D: number;
  /** Order of linear attention. */
  order: number;
  /** Factor of the queries: where tokens are independent, the standard deviation of the scores q·k/√D. */
  sigma: number;
  isCausal: boolean;
  tokens: Tokens;
  tier: Tier;
  threads: number;
}

/**
 * What a block of queries gives to a block of keys, `cells` × `cells` of them: in a matrix of at most that size, one
 * query and one key each. In units of what it gives where all keys weigh the same.
 */
export interface BlockWeights {
  cells: number;
  exact: Float32Array;
  linear: Float32Array;
}

/** What comes before the answer: how far the work is, and the matrices as soon as they are there. */
export type Part = { share: number } | { matrices: BlockWeights };

/** What is known of one method. */
export interface MethodNumbers {
  seconds: number;
  flops: number;
  /** Largest distance of sampled rows to the method's own formula in float64. */
  maxAbsError: number;
}

export interface Numbers {
  exact: MethodNumbers;
  linear: MethodNumbers;
  /** Time of exact over that of linear attention, round by round, with its 95 % interval. */
  ratio: Estimate;
  /** How much the times scatter, as a share of their median. */
  scatter: number;
  /** Distance of linear to exact attention, root mean square relative to the latter. */
  error: number;
  /** M, and the bytes of the state. */
  features: number;
  stateBytes: number;
  /** Length from which linear attention takes fewer operations. */
  crossover: number;
  warnings: readonly string[];
  threads: number;
}
