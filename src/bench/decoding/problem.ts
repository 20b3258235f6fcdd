import { referenceRow, type Tier } from 'hw2-engine';
import { Random } from '../../statistics/random.js';

/** One step of decoding, or a prompt: a query, or several, of each head against a cache of keys and values. */
export interface DecodingProblem {
  /** Keys in the cache, that of the query's own token included. */
  keys: number;
  /** Heads of the query, and of keys and values. */
  heads: number;
  kvHeads: number;
  /** Head dimension. */
  D: number;
  /** Queries of each head, where it is a prompt that is measured. Default 1. */
  queries?: number;
  threads: number;
  tier: Tier;
}

/** q [heads, queries, D]; k and v [kvHeads, keys, D]. */
export interface DecodingInputs {
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
}

/** The same problem gives the same tensors; scores q·k/√D have a standard deviation of 1. */
export function decodingInputs({ keys, heads, kvHeads, D, queries = 1 }: DecodingProblem): DecodingInputs {
  const normal = (purpose: number, length: number) => {
    const random = new Random(purpose, keys, D);
    const data = new Float32Array(length);
    for (let i = 0; i < length; i++) data[i] = random.normal();
    return data;
  };
  // All heads have the rows of one, each from another row on: to draw the numbers of all would take longer than the race.
  const rowsOfAll = (purpose: number) => {
    const rows = normal(purpose, keys * D);
    const data = new Float32Array(kvHeads * keys * D);
    for (let head = 0; head < kvHeads; head++) {
      const first = ((37 * head) % keys) * D;
      data.set(rows.subarray(first), head * rows.length);
      data.set(rows.subarray(0, first), (head + 1) * rows.length - first);
    }
    return data;
  };
  return { q: normal(1, heads * queries * D), k: rowsOfAll(2), v: rowsOfAll(3) };
}

/** Key and value of the query's own token, the last in the cache: [1, kvHeads, 1, D] each. */
export function lastToken({ keys, kvHeads, D }: DecodingProblem, { k, v }: DecodingInputs) {
  const last = (data: Float32Array) => ({
    data: Float32Array.from(
      { length: kvHeads * D },
      (_, i) => data[(Math.floor(i / D) + 1) * keys * D - D + (i % D)]!,
    ),
    dims: [1, kvHeads, 1, D],
  });
  return { k: last(k), v: last(v) };
}

/** Bytes of keys and values in float32, each of which a step has to read. */
export function cacheBytes({ keys, kvHeads, D }: DecodingProblem): number {
  return 2 * 4 * kvHeads * keys * D;
}

/** The last query of the first and of the last head in float64: softmax, or linear attention of an order. */
export function decodingReference(
  { keys, heads, kvHeads, D, queries = 1 }: DecodingProblem,
  { q, k, v }: DecodingInputs,
  order?: number,
): { row: number; output: Float64Array }[] {
  return [...new Set([0, heads - 1])].map((head) => {
    const start = Math.floor((head * kvHeads) / heads) * keys * D;
    const [ownKeys, ownValues] = [k, v].map((data) => data.subarray(start, start + keys * D));
    const row = (head + 1) * queries - 1;
    return {
      row,
      output: referenceRow(q.subarray(row * D, (row + 1) * D), ownKeys!, ownValues!, D, {
        ...(order !== undefined && { order }),
      }),
    };
  });
}
