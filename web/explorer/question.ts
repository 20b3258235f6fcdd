import type { Tier } from 'hw2-engine';
import type { Tokens } from '#hw2/bench/tokens.js';
import type { Estimate } from '#hw2/statistics/estimates.js';

/** What the explorer is asked to compute. */
export interface Setting {
  /** Sequence length and head dimension. */
  L: number;
  D: number;
  /** Order of linear attention: 1 to 4 about the mean key, 0 or 1 about centroids. */
  order: number;
  /** How many series: one about each of so many centroids of the keys; 1 is the series about the mean key. */
  centroids: number;
  /** Share of the keys that each query takes one by one. */
  near: number;
  /** Factor of the queries: where tokens are independent, the standard deviation of the scores q·k/√D. */
  sigma: number;
  isCausal: boolean;
  tokens: Tokens;
  tier: Tier;
  threads: number;
}

/** Whether linear attention is an expansion about centroids, and not the series about the mean key. */
export const isExpansion = ({ centroids, near, order }: Setting): boolean =>
  centroids > 1 || near > 0 || order === 0;

/** The keys as the matrices show them: those of a cluster side by side. */
export interface Clusters {
  /** The keys in that order. */
  keys: Int32Array;
  /** Where each cluster that has keys begins in that order, then their number. */
  borders: readonly number[];
}

/**
 * What a block of queries gives to a block of keys, `cells` × `cells` of them: in a matrix of at most that size, one
 * query and one key each. In units of what it gives where all keys weigh the same.
 */
export interface BlockWeights {
  cells: number;
  exact: Float32Array;
  linear: Float32Array;
  /** Of dense attention about centroids; without, keys are in their own order. */
  clusters?: Clusters;
}

/** What comes before the answer: how far the work is, and as soon as they are there the matrices, with `Numbers.error`. */
export type Part = { share: number } | { matrices: BlockWeights; error: number };

/** What is known of one method. */
export interface MethodNumbers {
  seconds: number;
  flops: number;
  /** Largest distance of sampled rows to the method's own formula in float64; not of expansions, whose clusters are the engine's. */
  maxAbsError?: number;
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
  /** Of the series about the mean key. */
  series?: {
    /** M, and the bytes of the state. */
    features: number;
    stateBytes: number;
    /** Length from which linear attention takes fewer operations. */
    crossover: number;
  };
  warnings: readonly string[];
  threads: number;
}
