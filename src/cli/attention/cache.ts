import type { Engine, KeyValueCache } from 'hw2-engine';
import { filledCache } from '../../bench/decoding/hw2.js';
import {
  type DecodingProblem,
  decodingInputs,
  decodingReference,
  lastToken,
} from '../../bench/decoding/problem.js';
import { timeByTurns } from '../../bench/rounds.js';
import { formatBytes, formatCount, formatCounted, formatError, formatSeconds } from '../../format/numbers.js';
import { median } from '../../statistics/estimates.js';
import { clearStatus, print, printJson } from '../output.js';
import { printTable } from '../table.js';

const TYPES = ['float32', 'bfloat16', 'int8'] as const;

/** One step of decoding with a cache of one type. */
interface CacheMeasurement {
  type: (typeof TYPES)[number];
  /** Seconds of one step: a token is appended, and its query answered. */
  seconds: number;
  bytes: number;
  bytesPerToken: number;
  /** Largest distance to softmax attention in float64, in the first and the last head. */
  maxAbsError: number;
  /** The largest distance to a cache of float32 that there can be. */
  errorBound: number;
}

/** Takes one step on random tensors with a cache of each type, and shows what it costs and how exact it is. */
export async function showCaches(
  engine: Engine,
  problem: DecodingProblem,
  { json = false, repeat = 10 }: { json?: boolean | undefined; repeat?: number | undefined },
): Promise<void> {
  // Keys and values of the three types, the largest four bytes a number and the smallest one.
  engine.memory.require(7 * 2 * problem.kvHeads * problem.keys * problem.D);
  const results = await measureCaches(engine, problem, repeat);
  clearStatus();
  if (json) {
    printJson('attention-cache', { problem, results }, 1);
    return;
  }
  const { keys, heads, kvHeads, D, threads, tier } = problem;
  print(
    `One step of decoding: ${formatCounted(heads, 'head')} of the query on ${kvHeads}, D ${D}, ${formatCount(keys)} keys in the cache; ${tier}, ${formatCounted(threads, 'thread')}\n`,
  );
  printTable(
    ['cache', 'a step', 'memory', 'a token', 'off float64 by', 'bound of the distance to float32'],
    results.map(({ type, seconds, bytes, bytesPerToken, maxAbsError, errorBound }) => [
      type,
      formatSeconds(seconds),
      formatBytes(bytes),
      formatBytes(bytesPerToken),
      formatError(maxAbsError),
      type === 'float32' ? '' : formatError(errorBound),
    ]),
  );
  const [float32, , int8] = results;
  print(
    `\nA cache of int8 takes ${formatBytes(int8!.bytes)} instead of ${formatBytes(float32!.bytes)}; its output is within ${formatError(int8!.errorBound)} of float32, as computed from these tensors.`,
  );
}

async function measureCaches(
  engine: Engine,
  problem: DecodingProblem,
  rounds: number,
): Promise<CacheMeasurement[]> {
  const { keys, heads, D } = problem;
  const inputs = decodingInputs(problem);
  const expected = decodingReference(problem, inputs);
  const q = { data: inputs.q, dims: [1, heads, 1, D] };
  const token = { q, ...lastToken(problem, inputs) };
  const caches: KeyValueCache[] = [];
  for (const type of TYPES) caches.push(await filledCache(engine, problem, inputs, type));
  const step = async (cache: KeyValueCache, errorBound = false) => {
    await cache.truncate(keys - 1);
    return cache.step(token, { errorBound });
  };
  const times = await timeByTurns(
    caches.map((cache) => async () => {
      await step(cache);
    }),
    { rounds, seconds: 0 },
  );
  const results: CacheMeasurement[] = [];
  for (const [i, cache] of caches.entries()) {
    const { output, errorBound } = await step(cache, true);
    const errors = expected.flatMap(({ row, output: values }) =>
      Array.from(values, (value, d) => Math.abs(output.data[row * D + d]! - value)),
    );
    results.push({
      type: TYPES[i]!,
      seconds: median(times[i]!),
      bytes: cache.bytes,
      bytesPerToken: cache.bytes / cache.capacity,
      maxAbsError: Math.max(...errors),
      errorBound: errorBound!.data.reduce((most, bound) => Math.max(most, bound), 0),
    });
    await cache.dispose();
  }
  return results;
}
