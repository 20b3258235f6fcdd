import { checkCall, type Engine, openRoof } from 'hw2-engine';
import type { Estimate } from '../statistics/estimates.js';
import type { Contender, Solver } from './contender.js';
import { compareToFloat64 } from './float64.js';
import { type Inputs, type Kind, type Problem, randomInputs, usefulFlops } from './problem.js';
import { type RoundOptions, timeByTurns } from './rounds.js';

/** What one contender did in a race. */
export interface Entry<K = Kind> {
  contender: string;
  kind: K;
  /** Seconds of one run, round by round: the same index in two entries is the same moment. */
  seconds: number[];
  /** Useful floating-point operations of one run. */
  flops: number;
  /** Largest distance to the same formula in float64, on sampled rows. */
  maxAbsError: number;
  /** Of a peer, in a document: its time over that of hw2. */
  hw2Speed?: Estimate;
}

export interface Race<P = Problem, K = Kind> {
  problem: P;
  entries: Entry<K>[];
  /** A loop of multiply-adds on registers alone, in the same rounds on as many threads. */
  roof: { seconds: number[]; flops: number };
  /** Contenders that did not run, and why. */
  absent: { contender: string; reason: string }[];
}

/** How far an output may be from float64. */
const TOLERANCE = 1e-4;
const SAMPLED_ROWS = 8;
/** Milliseconds until the idle threads of others have stopped spinning. */
const SILENCE = 20;

/** What contenders are asked, and how their answers are judged. */
export interface RaceSetting<P, I, K> {
  problem: P;
  inputs: I;
  /** Useful floating-point operations of one run. */
  flops(kind: K): number;
  /** Largest distance of an output to float64; NaN of a NaN. */
  errorOf(output: Float32Array, kind: K): number;
}

/** Lets contenders compute attention of the same random tensors by turns; see `raceOn`. */
export function race(
  engine: Engine,
  contenders: readonly Contender[],
  problem: Problem,
  options: RoundOptions,
): Promise<Race> {
  const inputs = randomInputs(problem);
  const setting: RaceSetting<Problem, Inputs, Kind> = {
    problem,
    inputs,
    flops: (kind) => usefulFlops(kind, problem),
    errorOf: (output, kind) => errorOf(output, kind, problem, inputs),
  };
  return raceOn(engine, contenders, setting, {
    silence: problem.threads === 'default' ? SILENCE : 0,
    ...options,
  });
}

/**
 * Lets contenders solve the same problem by turns. Each output is compared with float64, and with those of
 * the others, before its time counts.
 *
 * @throws Error when no contender can run
 */
export async function raceOn<P, I, K>(
  engine: Engine,
  contenders: readonly Contender<P, I, K>[],
  setting: RaceSetting<P, I, K>,
  options: RoundOptions,
): Promise<Race<P, K>> {
  const racers: { entry: Entry<K>; solver: Solver<I> }[] = [];
  const absent: Race['absent'] = [];
  const outputs = new Map<K, Float32Array>();
  for (const contender of contenders) {
    try {
      racers.push(await enter(contender, setting, outputs));
    } catch (error) {
      absent.push({ contender: contender.name, reason: firstLine(error) });
    }
  }
  if (racers.length === 0)
    throw new Error(absent.map(({ contender, reason }) => `${contender}: ${reason}`).join('\n'));
  const roof = openRoof(engine);
  const runs = [
    roof.run,
    ...racers.map(
      ({ solver }) =>
        () =>
          solver.run(),
    ),
  ];
  const times = await timeByTurns(runs, options);
  const [roofSeconds, ...seconds] = times.map((series) => series.map(toClockPrecision));
  for (const { solver } of racers) await solver.release();
  return {
    problem: setting.problem,
    entries: racers.map(({ entry }, i) => ({ ...entry, seconds: seconds[i]! })),
    roof: { seconds: roofSeconds!, flops: roof.flops },
    absent,
  };
}

/** @param outputs of the first contender of each kind: all others have to agree with it in every number */
async function enter<P, I, K>(
  contender: Contender<P, I, K>,
  { problem, inputs, flops, errorOf }: RaceSetting<P, I, K>,
  outputs: Map<K, Float32Array>,
) {
  const { name, kind } = contender;
  const solver = await contender.open(problem);
  try {
    solver.load(inputs);
    await solver.run();
    const output = solver.output();
    const maxAbsError = errorOf(output, kind);
    if (!(maxAbsError < TOLERANCE)) {
      throw new Error(`its output is off by ${maxAbsError.toExponential(1)}, more than ${TOLERANCE}`);
    }
    const first = outputs.get(kind);
    if (!first) outputs.set(kind, output.slice());
    else if (!output.every((value, i) => Math.abs(value - first[i]!) < TOLERANCE)) {
      throw new Error(`its output differs from that of others by more than ${TOLERANCE}`);
    }
    const entry: Entry<K> = { contender: name, kind, seconds: [], flops: flops(kind), maxAbsError };
    return { entry, solver };
  } catch (error) {
    await solver.release();
    throw error;
  }
}

/** Largest distance of sampled rows to the formula in float64; NaN of a NaN. */
export function errorOf(
  output: Float32Array,
  kind: Kind,
  { heads, L, D, isCausal, order }: Problem,
  inputs: Inputs,
): number {
  const tensor = (data: Float32Array) => ({ data, dims: [1, heads, L, D] });
  const [q, k, v] = [tensor(inputs.q), tensor(inputs.k), tensor(inputs.v)];
  // Contenders keep their keys as they are: no mean is subtracted.
  const options = {
    order: kind === 'taylor' ? order : undefined,
    centred: false,
    work: SAMPLED_ROWS * L * 2 * D,
  };
  return compareToFloat64(checkCall({ q, k, v }, { isCausal }), output, options).maxAbsError;
}

/** Four digits: no clock has more to say, and records stay small. */
function toClockPrecision(seconds: number): number {
  return Number(seconds.toPrecision(4));
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!;
}
