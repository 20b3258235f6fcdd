import { quantileSorted } from 'd3-array';
import { Random } from './random.js';

/** Where a number lies at 95 %. */
export interface Interval {
  low: number;
  high: number;
}

const SEED = 42;
const REPETITIONS = 2_000;

/**
 * The 95 % percentile bootstrap interval of a statistic of one or several sets (Efron & Tibshirani, "An Introduction
 * to the Bootstrap", 1993, §13.3): each is drawn anew from itself with replacement. The same sets give the same interval.
 *
 * @param repetitions how often they are drawn
 */
export function bootstrapInterval<T>(
  sets: readonly (readonly T[])[],
  statistic: (drawn: readonly (readonly T[])[]) => number,
  repetitions = REPETITIONS,
): Interval {
  const random = new Random(SEED);
  const draw = (set: readonly T[]) => set.map(() => set[random.integer(set.length)]!);
  const values = Array.from({ length: repetitions }, () => statistic(sets.map(draw))).sort((a, b) => a - b);
  const at = (share: number) => quantileSorted(values, share) ?? Number.NaN;
  return { low: at(0.025), high: at(0.975) };
}

/**
 * Two-sided p-value of the hypothesis that paired differences are as likely of either sign: the share of 2,000 random
 * choices of signs, and the one found, whose mean is at least as far from zero (Fisher's randomisation test).
 */
export function pairedRandomisationTest(differences: readonly number[]): number {
  const random = new Random(SEED);
  const total = (sign: () => number) =>
    Math.abs(differences.reduce((sum, difference) => sum + sign() * difference, 0));
  // A choice that is equal but for rounding counts as equal.
  const found = total(() => 1) * (1 - 1e-9);
  let asFar = 1;
  for (let i = 0; i < REPETITIONS; i++) if (total(() => random.integer(2) * 2 - 1) >= found) asFar++;
  return asFar / (REPETITIONS + 1);
}
