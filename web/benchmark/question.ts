import type { Tier } from 'hw2-engine';
import type { Problem } from '#hw2/bench/problem.js';

/** One race, for the worker. */
export interface Question {
  problem: Problem;
  /** Of this project's contenders; the first is what the others are compared with. */
  tiers: readonly Tier[];
  /** Whether ONNX Runtime Web takes part. */
  peers: boolean;
}
