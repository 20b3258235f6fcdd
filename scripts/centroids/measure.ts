/** What scripts/measure-centroids.ts measures, one function a part of its record. */
import {
  type AttentionOptions,
  attention,
  chooseMethod,
  type Engine,
  type MeasuredError,
  type Rates,
} from 'hw2-engine';
import { withPlaced } from '#hw2/bench/placed.js';
import { timeByTurns } from '#hw2/bench/rounds.js';
import { ratioEstimate } from '#hw2/statistics/estimates.js';
import { type Head, scoreDeviation, sharper } from './tensors.js';

/** A way to compute attention approximately. */
export interface Way {
  order: number;
  /** Absent: the series about the mean key. */
  centroids?: number;
  near?: number;
  /** False: the mean query is left in, to see what subtracting it is worth. */
  subtractMeanQuery?: false;
}

/** A way on one head: its time over that of exact attention, and its distance to that, root mean square over all rows. */
export interface Measured extends Way {
  time: number;
  distance: number;
}

export interface HeadResult {
  head: string;
  L: number;
  D: number;
  /** Standard deviation of the scores. */
  sigma: number;
  ways: Measured[];
}

const optionsOf = (way: Way): AttentionOptions => ({ method: 'taylor', ...way });

export function distance(output: ArrayLike<number>, softmax: ArrayLike<number>): number {
  let [squares, all] = [0, 0];
  for (let i = 0; i < softmax.length; i++) {
    squares += (output[i]! - softmax[i]!) ** 2;
    all += softmax[i]! ** 2;
  }
  return squares === 0 ? 0 : Math.sqrt(squares / all);
}

async function timeOnce(runs: readonly (() => Promise<void>)[]): Promise<number[][]> {
  const times: number[][] = [];
  for (const run of runs) {
    const start = performance.now();
    await run();
    times.push([(performance.now() - start) / 1e3]);
  }
  return times;
}

/** Times of all ways and of exact attention by turns, and distances at each factor of the scores. */
export function measureWays(
  engine: Engine,
  head: Head,
  ways: readonly Way[],
  {
    factors = [1],
    rounds = 7,
    isCausal = false,
  }: { factors?: number[]; rounds?: number; isCausal?: boolean },
): Promise<HeadResult[]> {
  return withPlaced(engine, head, async (inputs, out) => {
    const runs = [{}, ...ways.map(optionsOf)].map((options) => async () => {
      await attention(engine, inputs, { ...options, isCausal, out });
    });
    // Each has run once before it is timed; what takes long and runs once is timed that once.
    const [exact, ...times] = await (rounds > 1
      ? timeByTurns(runs, { rounds, seconds: 0, warmUp: 0 })
      : timeOnce(runs));
    const results: HeadResult[] = [];
    for (const factor of factors) {
      const scaled = sharper(head, factor);
      inputs.q.data.set(scaled.q);
      await attention(engine, inputs, { isCausal, out });
      const softmax = out.data.slice();
      const measured: Measured[] = [];
      for (const [i, way] of ways.entries()) {
        await attention(engine, inputs, { ...optionsOf(way), isCausal, out });
        const time = ratioEstimate(times[i]!, exact!).value;
        measured.push({ ...way, time, distance: distance(out.data, softmax) });
      }
      const { name, L, D } = head;
      results.push({ head: name, L, D, sigma: scoreDeviation(scaled), ways: measured });
    }
    return results;
  });
}

/** What `auto` did with one head and tolerance. */
export interface Chosen extends Partial<Way> {
  head: string;
  L: number;
  sigma: number;
  tolerance: number;
  method: 'exact' | 'taylor';
  /** Of all rows. */
  distance: number;
  /** At most so much with 95 % confidence, as the call said. */
  limit: number;
  /** Time of the search over that of exact attention, and of the search and the call that it chose; each search by itself. */
  search: number;
  time: number;
  searches: number[];
}

const CHOICE_ROUNDS = 3;

/** What is chosen at each tolerance, how long that takes by turns with exact attention, and how far the outcome is off. */
export function measureChoices(
  engine: Engine,
  head: Head,
  rates: Rates,
  tolerances: readonly number[],
  isCausal = false,
): Promise<Chosen[]> {
  return withPlaced(engine, head, async (inputs, out) => {
    await attention(engine, inputs, { out, isCausal });
    const softmax = out.data.slice();
    const chosen: Chosen[] = [];
    for (const tolerance of tolerances) {
      const auto: AttentionOptions = { method: 'auto', tolerance, rates, out, isCausal };
      const runs = [
        async () => {
          await attention(engine, inputs, { out, isCausal });
        },
        async () => {
          await chooseMethod(engine, inputs, { isCausal }, rates, tolerance);
        },
        async () => {
          await attention(engine, inputs, auto);
        },
      ];
      const [exact, search, all] = await timeByTurns(runs, { rounds: CHOICE_ROUNDS, seconds: 0, warmUp: 0 });
      const { method, order, centroids, near, error } = await attention(engine, inputs, auto);
      chosen.push({
        ...{ head: head.name, L: head.L, sigma: scoreDeviation(head), tolerance, method },
        ...(order !== undefined && { order }),
        ...(centroids !== undefined && { centroids }),
        ...(near !== undefined && { near }),
        distance: distance(out.data, softmax),
        limit: (error as MeasuredError | undefined)?.interval[1] ?? 0,
        search: ratioEstimate(search!, exact!).value,
        time: ratioEstimate(all!, exact!).value,
        searches: search!.map((seconds, round) => seconds / exact![round]!),
      });
    }
    return chosen;
  });
}

/** The closest of the ways that take no more time than `than`. */
export const closestWithin = (ways: readonly Measured[], than: number): Measured | undefined =>
  ways
    .filter(({ time, subtractMeanQuery }) => time <= than && subtractMeanQuery !== false)
    .sort((a, b) => a.distance - b.distance)[0];

/** The fastest of the ways that are no further off than a distance. */
export const fastestWithin = (ways: readonly Measured[], most: number): Measured | undefined =>
  ways
    .filter((way) => way.distance <= most && way.subtractMeanQuery !== false)
    .sort((a, b) => a.time - b.time)[0];
