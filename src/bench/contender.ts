import type { Inputs, Kind, Problem } from './problem.js';

/** One implementation of attention, to be compared with others on problems of one sort. */
export interface Contender<P = Problem, I = Inputs, K = Kind> {
  /** Unique, such as `ort MultiHeadAttention`. */
  readonly name: string;
  readonly kind: K;
  /** @throws Error that says why this contender cannot solve the problem here. */
  open(problem: P): Promise<Solver<I>>;
}

/** A contender at work on one problem. */
export interface Solver<I = Inputs> {
  load(inputs: I): void;
  run(): Promise<void>;
  /** Result of the last run, [heads, L, D]; of linear attention by rules [L, heads·D]. */
  output(): Float32Array;
  release(): Promise<void>;
}
