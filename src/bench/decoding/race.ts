import { type Engine, openReader } from 'hw2-engine';
import { type Estimate, ratioEstimate } from '../../statistics/estimates.js';
import { type RoundOptions, timeByTurns } from '../rounds.js';
import type { DecodingContender, DecodingSolver } from './contender.js';
import { cacheBytes, type DecodingProblem, decodingInputs, decodingReference } from './problem.js';

/** What one contender did. */
export interface DecodingEntry {
  contender: string;
  /** Seconds of one step, round by round: the mean of two turns, one in each place (see `decodingRace`). */
  seconds: number[];
  /** Bytes in which it holds keys and values. */
  bytes: number;
  /** Largest distance to float64, in the last row of the first and of the last head. */
  maxAbsError: number;
  /** Time of this contender over that of the first one, which is ours on tensors: above 1 ours is faster. */
  ratio: Estimate;
}

export interface DecodingRace {
  problem: DecodingProblem;
  entries: DecodingEntry[];
  /** A loop that reads as many bytes as keys and values have in float32, in the same rounds on as many threads. */
  read: { seconds: number[]; bytes: number };
  /** Contenders that did not run, and why. */
  absent: { contender: string; reason: string }[];
}

/** A contender that takes part. */
interface Racer {
  contender: DecodingContender;
  solver: DecodingSolver;
  maxAbsError: number;
}

/**
 * Lets contenders take the same step by turns. An output that is off float64 gets no time. Where keys and values lie in memory moves the
 * time of a step by more than some contenders differ, so there are twice as many turns: halfway neighbours change places, and turns.
 */
export async function decodingRace(
  engine: Engine,
  contenders: readonly DecodingContender[],
  problem: DecodingProblem,
  options: RoundOptions,
): Promise<DecodingRace> {
  const inputs = decodingInputs(problem);
  const softmax = decodingReference(problem, inputs);
  const racers: Racer[] = [];
  const absent: DecodingRace['absent'] = [];
  for (const contender of contenders) {
    const { name, tolerance, order } = contender;
    try {
      const solver = await contender.open(problem, inputs);
      await solver.run();
      const expected = order === undefined ? softmax : decodingReference(problem, inputs, order);
      const maxAbsError = errorOf(solver.output(), problem, expected);
      if (!(maxAbsError < tolerance)) {
        await solver.release();
        throw new Error(`its output is off by ${maxAbsError.toExponential(1)}, more than ${tolerance}`);
      }
      racers.push({ contender, solver, maxAbsError });
    } catch (error) {
      absent.push({ contender: name, reason: (error as Error).message.split('\n')[0]! });
    }
  }
  const reader = openReader(engine, cacheBytes(problem));
  const inPlace = async (order: readonly Racer[]) => {
    const runs = [
      reader.run,
      ...order.map(
        ({ solver }) =>
          () =>
            solver.run(),
      ),
    ];
    const [read, ...steps] = await timeByTurns(runs, { ...options, seconds: options.seconds / 2 });
    return { read: read!, steps: racers.map((racer) => steps[order.indexOf(racer)]!) };
  };
  const before = await inPlace(racers);
  for (const { solver } of racers) await solver.release();
  const swapped = swapNeighbours(racers);
  for (const racer of swapped) racer.solver = await racer.contender.open(problem, inputs);
  const after = await inPlace(swapped);
  const read = meanTimes(before.read, after.read);
  const seconds = racers.map((_, i) => meanTimes(before.steps[i]!, after.steps[i]!));
  reader.release();
  for (const { solver } of racers) await solver.release();
  return {
    problem,
    entries: racers.map(({ contender: { name }, solver, maxAbsError }, i) => ({
      ...{ contender: name, seconds: seconds[i]!, bytes: solver.bytes, maxAbsError },
      ratio: ratioEstimate(seconds[i]!, seconds[0]!),
    })),
    read: { seconds: read, bytes: reader.bytes },
    absent,
  };
}

/** b a d c … of a b c d … */
function swapNeighbours<T>(items: readonly T[]): T[] {
  return items.map((item, i) => items[i ^ 1] ?? item);
}

/** Round by round, of as many rounds as both have, to four digits. */
function meanTimes(some: readonly number[], others: readonly number[]): number[] {
  const rounds = Math.min(some.length, others.length);
  return Array.from({ length: rounds }, (_, i) => Number(((some[i]! + others[i]!) / 2).toPrecision(4)));
}

function errorOf(
  output: Float32Array,
  { D }: DecodingProblem,
  expected: ReturnType<typeof decodingReference>,
): number {
  let largest = 0;
  for (const { row, output: values } of expected) {
    values.forEach((value, d) => {
      const distance = Math.abs(output[row * D + d]! - value);
      if (!(distance <= largest)) largest = distance;
    });
  }
  return largest;
}
