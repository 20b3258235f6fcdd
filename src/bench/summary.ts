import { featureDim } from 'hw2-engine';
import {
  type Estimate,
  exponentEstimate,
  median,
  medianEstimate,
  ratioEstimate,
  spread,
} from '../statistics/estimates.js';
import { OURS } from './names.js';
import type { Entry, Race } from './race.js';

/** One line of a table: a contender on a problem. */
export interface Row<K = Entry['kind']> {
  contender: string;
  kind: K;
  L: number;
  D: number;
  /** Seconds of one run. */
  time: Estimate;
  gflops: number;
  /** Of the roof in the same rounds; a native peer that uses wider vectors than the tier can pass 1. */
  roofShare: number;
  /** Time of this peer over that of hw2, so above 1 hw2 is faster; nothing for hw2 itself. */
  hw2Speed?: Estimate;
  maxAbsError: number;
}

/** Of the page's benchmark, which runs several tiers, each name goes on with its tier. */
export const isOurs = ({ contender }: { contender: string }) => contender.startsWith('hw2 ');

export function raceRows<K>({
  entries,
  problem: { L, D },
  roof,
}: Race<{ L: number; D: number }, K>): Row<K>[] {
  return entries.map((entry) => {
    const { contender, kind, seconds, flops, maxAbsError } = entry;
    const ours = entries.find((other) => isOurs(other) && other.kind === kind);
    const shares = seconds.map((time, round) => flops / time / (roof.flops / roof.seconds[round]!));
    return {
      ...{ contender, kind, L, D, maxAbsError },
      time: medianEstimate(seconds),
      gflops: flops / median(seconds) / 1e9,
      roofShare: median(shares),
      ...(ours && ours !== entry && { hw2Speed: ratioEstimate(seconds, ours.seconds) }),
    };
  });
}

/** A race whose entries say by what ratio hw2 of the same kind is faster, with its interval at 95 %. */
export function withRatios(race: Race): Race {
  const rows = raceRows(race);
  return {
    ...race,
    entries: race.entries.map((entry, i) => ({
      ...entry,
      ...(rows[i]!.hw2Speed && { hw2Speed: rows[i]!.hw2Speed }),
    })),
  };
}

/** The fastest native or web contender of a kind, by median. */
export function strongestPeer<K>(
  { entries }: Pick<Race<unknown, K>, 'entries'>,
  kind: K,
): Entry<K> | undefined {
  return entries
    .filter((entry) => entry.kind === kind && !isOurs(entry))
    .sort((a, b) => median(a.seconds) - median(b.seconds))[0];
}

export function entryOf({ entries }: Race, contender: string): Entry | undefined {
  return entries.find((entry) => entry.contender === contender);
}

/** How much the times of a race scatter: the middle one of its contenders' spreads. */
export function raceSpread({ entries, roof }: Pick<Race<unknown, unknown>, 'entries' | 'roof'>): number {
  return median([...entries, roof].map(({ seconds }) => spread(seconds)));
}

/**
 * The times of a contender in those that the roof took for an operation in the same rounds. A machine that was slow during one
 * race slowed both: what remains is how the contender's work grew.
 */
function inTimesOfTheRoof({ roof }: Race, { seconds }: Entry): number[] {
  return seconds.map((time, round) => (time * roof.flops) / roof.seconds[round]!);
}

/**
 * For each contender, the exponent of its time, divided by the roof's, in L over races that differ in nothing else; needs
 * three lengths.
 */
export function growthInLength(races: readonly Race[]): { contender: string; exponent: Estimate }[] {
  return contendersOf(races).flatMap((contender) => {
    const points = races.flatMap((race) => {
      const entry = entryOf(race, contender);
      return entry ? [{ size: race.problem.L, seconds: inTimesOfTheRoof(race, entry) }] : [];
    });
    return points.length < 3 ? [] : [{ contender, exponent: exponentEstimate(points) }];
  });
}

/**
 * The exponent of each linear contender's time, divided by the roof's, in M·(D + 1), the size of the state, over races of
 * one length that differ in dimension or order; needs three sizes.
 */
export function growthInState(races: readonly Race[]): { contender: string; exponent: Estimate }[] {
  return contendersOf(races).flatMap((contender) => {
    const points = races.flatMap((race) => {
      const entry = entryOf(race, contender);
      const { D, order } = race.problem;
      if (entry?.kind !== 'taylor') return [];
      return [{ size: featureDim(D, order) * (D + 1), seconds: inTimesOfTheRoof(race, entry) }];
    });
    return points.length < 3 ? [] : [{ contender, exponent: exponentEstimate(points) }];
  });
}

export function contendersOf(races: readonly Race[]): string[] {
  return [...new Set(races.flatMap(({ entries }) => entries.map(({ contender }) => contender)))];
}

/**
 * The length at which linear attention of this project begins to take less time than exact attention: where the line
 * through the logarithms of the two nearest lengths says they are equal; nothing where they do not cross.
 */
export function crossover(races: readonly Race[]): number | undefined {
  const points = races
    .flatMap((race) => {
      const [exact, linear] = [entryOf(race, OURS.exact), entryOf(race, OURS.taylor)];
      if (!exact || !linear) return [];
      return [
        { x: Math.log(race.problem.L), y: Math.log(ratioEstimate(exact.seconds, linear.seconds).value) },
      ];
    })
    .sort((a, b) => a.x - b.x);
  for (const [i, right] of points.entries()) {
    const left = points[i - 1];
    if (left && left.y < 0 && right.y >= 0) {
      return Math.exp(left.x - (left.y * (right.x - left.x)) / (right.y - left.y));
    }
  }
  return undefined;
}
