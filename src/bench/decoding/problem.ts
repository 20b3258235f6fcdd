import { referenceRow, type Tier } from 'hw2-engine';
import { Random } from '../../statistics/random.js';

/** One step of decoding: a query of each head against a cache of keys and values. */
export interface DecodingProblem {
  /** Keys in the cache, that of the query's own token included. */
  keys: number;
  /** Heads of the query, and of keys and values. */
  heads: number;
  kvHeads: number;
  /** Head dimension. */
  D: number;
  threads: number;
  tier: Tier;
}

/** q [heads, D]; k and v [kvHeads, keys, D]. */
export interface DecodingInputs {
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
}

/** The same problem gives the same tensors; scores q·k/√D have a standard deviation of 1. */
export function decodingInputs({ keys, heads, kvHeads, D }: DecodingProblem): DecodingInputs {
  const normal = (purpose: number, length: number) => {
    const random = new Random(purpose, keys, D);
    const data = new Float32Array(length);
    for (let i = 0; i < length; i++) data[i] = random.normal();
    return data;
  };
  return { q: normal(1, heads * D), k: normal(2, kvHeads * keys * D), v: normal(3, kvHeads * keys * D) };
}

/** Bytes of keys and values in float32, each of which a step has to read. */
export function cacheBytes({ keys, kvHeads, D }: DecodingProblem): number {
  return 2 * 4 * kvHeads * keys * D;
}

/** The first and the last head in float64: softmax, or linear attention of an order. */
export function decodingReference(
  { keys, heads, kvHeads, D }: DecodingProblem,
  { q, k, v }: DecodingInputs,
  order?: number,
): { head: number; output: Float64Array }[] {
  return [...new Set([0, heads - 1])].map((head) => {
    const start = Math.floor((head * kvHeads) / heads) * keys * D;
    const [ownKeys, ownValues] = [k, v].map((data) => data.subarray(start, start + keys * D));
    return {
      head,
      output: referenceRow(q.subarray(head * D, (head + 1) * D), ownKeys!, ownValues!, D, {
        ...(order !== undefined && { order }),
      }),
    };
  });
}
