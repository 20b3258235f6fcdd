import type { DecodingInputs, DecodingProblem } from './problem.js';

/** One way to decode, to be compared with others. */
export interface DecodingContender {
  /** Unique, such as `hw2 step`. */
  readonly name: string;
  /** How far an output may be from float64: small types are not float32. */
  readonly tolerance: number;
  /** Linear attention of this order instead of softmax. */
  readonly order?: number;
  /** @throws Error that says why this contender cannot solve the problem here. */
  open(problem: DecodingProblem, inputs: DecodingInputs): Promise<DecodingSolver>;
}

/** A contender at work on one problem. */
export interface DecodingSolver {
  /** Bytes in which it holds keys and values. */
  readonly bytes: number;
  /** One step. */
  run(): Promise<void>;
  /** Result of the last step, [heads, queries, D]. */
  output(): Float32Array;
  release(): Promise<void>;
}
