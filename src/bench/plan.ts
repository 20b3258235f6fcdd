import type { Tier } from 'hw2-engine';
import { NATIVE, OURS } from './names.js';
import type { Problem } from './problem.js';
import type { DecodingQuestion, MemoryQuestion, Peers, RaceQuestion, TradeoffQuestion } from './questions.js';
import { BASE, EXPANSIONS, SIGMAS } from './settings.js';

/** What a run of `hw2 bench` measures, in this order. */
export interface Plan {
  races: RaceQuestion[];
  /** Steps of decoding, where these are asked for. */
  decoding?: DecodingQuestion[];
  tradeoffs: TradeoffQuestion[];
  memory: MemoryQuestion[];
}

/** A comparison that is to be published takes so many rounds and seconds; a first look takes fewer seconds. */
const THOROUGH = { rounds: 10, seconds: 3 };
const QUICK = { rounds: 10, seconds: 0.5 };

const SHOWN = { sigmas: SIGMAS, expansions: EXPANSIONS };

/** Each combination of the settings that a user swept. */
export function sweepPlan(
  swept: {
    [Key in 'L' | 'D' | 'heads' | 'order' | 'threads' | 'tier' | 'isCausal']: readonly Problem[Key][];
  },
  peers: Peers,
): Plan {
  const problems = Object.entries(swept).reduce<Partial<Problem>[]>(
    (all, [key, values]) => all.flatMap((problem) => values.map((value) => ({ ...problem, [key]: value }))),
    [{ sigma: BASE.sigma }],
  ) as Problem[];
  return {
    races: problems.map((problem) => ({ kind: 'race', problem, peers, ...THOROUGH })),
    tradeoffs: [],
    memory: [],
  };
}

/** A first look, in under two minutes: lengths on one thread, then all threads and causal at the longest. */
export function quickPlan(tier: Tier, threads: number, peers: Peers): Plan {
  const base: Problem = { ...BASE, L: 4096, D: 64, threads: 1, tier };
  const problems: Problem[] = [
    ...[512, 1024, 2048, 4096].map((L) => ({ ...base, L })),
    ...(threads > 1 ? [{ ...base, threads }] : []),
    { ...base, isCausal: true },
  ];
  return {
    races: problems.map((problem) => ({ kind: 'race', problem, peers, ...QUICK })),
    tradeoffs: [{ kind: 'tradeoff', problem: { ...base, L: 1024 }, orders: [1, 2, 3], ...SHOWN }],
    memory: memoryQuestions(base, peers),
  };
}

/** Lengths around that from which linear attention is faster, dense and causal, and longer ones for its growth. */
const LENGTHS: Record<number, readonly number[]> = {
  16: [128, 256, 512],
  32: [512, 1024, 2048],
  64: [1024, 4096, 8192],
};
/** At the longest length the slowest peers would take longer than all else together: the strongest of a kind are enough. */
const STRONGEST = [OURS.exact, OURS.taylor, NATIVE.fused, NATIVE.features];

/** Everything that the project's goals speak of, for one tier: about five minutes on a quiet machine. */
export function fullPlan(tier: Tier, threads: number, peers: Peers): Plan {
  const base: Problem = { ...BASE, L: 4096, D: 64, threads: 1, tier };
  const race = (problem: Problem, only?: string[]): RaceQuestion => ({
    // Below 16,384 tokens the goals are of D 64; of the others the crossover is wanted, which shows in less time.
    ...{ kind: 'race', problem, peers, ...(problem.D === 64 || problem.L > 2048 ? THOROUGH : QUICK) },
    ...(only && { only }),
  });
  const dimensions = Object.keys(LENGTHS).map(Number);
  const around = dimensions.flatMap((D) =>
    [false, true].flatMap((isCausal) => LENGTHS[D]!.map((L) => ({ ...base, L, D, isCausal }))),
  );
  const others: Problem[] = [
    ...[64, 80, 96, 100, 128].map((D) => ({ ...base, L: 2048, D })),
    ...[threads, 'default' as const].map((count) => ({ ...base, threads: count })),
    ...[1, threads].map((count) => ({ ...base, L: 2048, heads: 8, threads: count })),
  ];
  const longest = dimensions.map((D) => ({ ...base, L: 16384, D }));
  // Exact attention of these lengths takes minutes: linear attention runs alone.
  const long = [32768, 65536].map((L) => ({ ...base, L }));
  const million = { ...base, L: 2 ** 20, D: 32 };
  return {
    races: [
      ...[...around, ...others].map((problem) => race(problem)),
      ...longest.map((problem) => race(problem, STRONGEST)),
      ...[...long, million].map((problem) => race(problem, [OURS.taylor])),
      // What a call costs beside its kernel.
      race({ ...base, L: 1 }, [OURS.exact, OURS.taylor]),
    ],
    // Order 4 has 814,385 features at D 64: it is shown at D 16.
    tradeoffs: [
      { kind: 'tradeoff', problem: { ...base, L: 1024 }, orders: [1, 2, 3], ...SHOWN },
      { kind: 'tradeoff', problem: { ...base, L: 1024, D: 16 }, orders: [1, 2, 3, 4], ...SHOWN },
    ],
    memory: [
      ...memoryQuestions({ ...base, L: 16384 }, peers),
      { kind: 'memory', problem: million, peers: 'none', contender: OURS.taylor },
    ],
  };
}

function memoryQuestions(problem: Problem, peers: Peers): MemoryQuestion[] {
  const native = [NATIVE.decomposed, NATIVE.fused, NATIVE.standard, NATIVE.features];
  return [OURS.exact, OURS.taylor, ...(peers === 'native' ? native : [])].map((contender) => ({
    ...{ kind: 'memory', problem, peers, contender },
  }));
}
