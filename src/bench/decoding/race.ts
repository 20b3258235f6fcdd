import { type Engine, openReader } from 'hw2-engine';
import { type Estimate, ratioEstimate } from '../../statistics/estimates.js';
import { type RoundOptions, timeByTurns } from '../rounds.js';
import type { DecodingContender, DecodingSolver } from './contender.js';
import { OURS } from './hw2.js';
import { cacheBytes, type DecodingProblem, decodingInputs, decodingReference } from './problem.js';

/** What one contender did. */
export interface DecodingEntry {
  contender: string;
  /** Seconds of one step, round by round. */
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
  /** Where a state of linear attention takes part, which a step reads and writes: a loop that does so to as many bytes. */
  rewritten?: { seconds: number[]; bytes: number };
  /** Contenders that did not run, and why. */
  absent: { contender: string; reason: string }[];
}

/** Lets contenders take the same step by turns. An output that is off float64 gets no time. */
export async function decodingRace(
  engine: Engine,
  contenders: readonly DecodingContender[],
  problem: DecodingProblem,
  options: RoundOptions,
): Promise<DecodingRace> {
  const inputs = decodingInputs(problem);
  const softmax = decodingReference(problem, inputs);
  const racers: { name: string; solver: DecodingSolver; maxAbsError: number }[] = [];
  const absent: DecodingRace['absent'] = [];
  for (const { name, tolerance, order, open } of contenders) {
    try {
      const solver = await open(problem, inputs);
      await solver.run();
      const expected = order === undefined ? softmax : decodingReference(problem, inputs, order);
      const maxAbsError = errorOf(solver.output(), problem, expected);
      if (!(maxAbsError < tolerance)) {
        await solver.release();
        throw new Error(`its output is off by ${maxAbsError.toExponential(1)}, more than ${tolerance}`);
      }
      racers.push({ name, solver, maxAbsError });
    } catch (error) {
      absent.push({ contender: name, reason: (error as Error).message.split('\n')[0]! });
    }
  }
  const reader = openReader(engine, cacheBytes(problem));
  const state = racers.find(({ name }) => name === OURS.state);
  const writer = state && openReader(engine, state.solver.bytes, { writes: true });
  const loops = writer ? [reader, writer] : [reader];
  const times = await timeByTurns(
    [
      ...loops.map(({ run }) => run),
      ...racers.map(
        ({ solver }) =>
          () =>
            solver.run(),
      ),
    ],
    options,
  );
  const [read, ...others] = times.map((series) => series.map((time) => Number(time.toPrecision(4))));
  const rewritten = writer && { seconds: others.shift()!, bytes: writer.bytes };
  const seconds = others;
  for (const loop of loops) loop.release();
  for (const { solver } of racers) await solver.release();
  return {
    problem,
    entries: racers.map(({ name, solver, maxAbsError }, i) => ({
      ...{ contender: name, seconds: seconds[i]!, bytes: solver.bytes, maxAbsError },
      ratio: ratioEstimate(seconds[i]!, seconds[0]!),
    })),
    read: { seconds: read!, bytes: reader.bytes },
    ...(rewritten && { rewritten }),
    absent,
  };
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
