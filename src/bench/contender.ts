import type { Inputs, Kind, Problem } from './problem.js';

/** One implementation of attention, to be compared with others. */
export interface Contender {
  /** Unique, such as `ort MultiHeadAttention`. */
  readonly name: string;
  readonly kind: Kind;
  /** @throws Error that says why this contender cannot solve the problem here. */
  open(problem: Problem): Promise<Solver>;
}

/** A contender at work on one problem. */
export interface Solver {
  load(inputs: Inputs): void;
  run(): Promise<void>;
  /** Result of the last run, [heads, L, D]. */
  output(): Float32Array;
  release(): Promise<void>;
}
