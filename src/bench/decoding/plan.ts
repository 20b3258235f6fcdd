import type { Tier } from 'hw2-engine';
import type { DecodingQuestion, Peers } from '../questions.js';
import type { DecodingProblem } from './problem.js';

/** A model of eight heads, each with keys of its own. */
export const EIGHT = { heads: 8, kvHeads: 8, D: 64 };

/** Caches as models have them: short, of many heads, of groups of heads, of one group, long. */
export const DECODING: readonly Pick<DecodingProblem, 'keys' | 'heads' | 'kvHeads' | 'D'>[] = [
  { keys: 128, ...EIGHT },
  { keys: 1024, ...EIGHT },
  { keys: 4096, ...EIGHT },
  { keys: 4096, heads: 32, kvHeads: 8, D: 128 },
  { keys: 4096, heads: 8, kvHeads: 1, D: 64 },
  { keys: 16384, ...EIGHT },
  { keys: 16384, heads: 32, kvHeads: 8, D: 128 },
];

/** One head, and as many keys as take the memory of a state of linear attention of order 2. */
export const ONE_HEAD = { keys: 2176, heads: 1, kvHeads: 1, D: 64 };

/** A prompt whose tensors are the program's, of float32 and of float16: what it costs to widen them. */
export const PROMPT = { keys: 1024, queries: 1024, ...EIGHT };

/** All caches on one thread and on two, and the prompt. */
export function decodingPlan(tier: Tier, threads: readonly number[], peers: Peers): DecodingQuestion[] {
  return threads.flatMap((count) =>
    [...DECODING, ONE_HEAD, PROMPT].map((cache) => ({
      // Nobody else is asked to widen.
      ...{ kind: 'decoding', peers: cache === PROMPT ? 'none' : peers, rounds: 11, seconds: 1 },
      problem: { ...cache, threads: count, tier },
    })),
  );
}
