import type { Interval } from '../metrics/classification.js';
import { Random } from './random.js';

const SEED = 42;
const REPETITIONS = 2_000;

/**
 * The 95 % percentile bootstrap interval of a statistic of a set (Efron & Tibshirani, "An Introduction to the
 * Bootstrap", 1993, §13.3): of 2,000 sets drawn from it with replacement. The same set gives the same interval.
 */
export function bootstrapInterval<T>(
  set: readonly T[],
  statistic: (drawn: readonly T[]) => number,
): Interval {
  const random = new Random(SEED);
  const values = Float64Array.from({ length: REPETITIONS }, () =>
    statistic(set.map(() => set[random.integer(set.length)]!)),
  ).sort();
  return { low: values[REPETITIONS * 0.025]!, high: values[REPETITIONS * 0.975 - 1]! };
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
