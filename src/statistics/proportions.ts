import type { Interval } from './resampling.js';

/**
 * 95 % interval of a share, by Wilson's score method, which keeps its level near 0 and 1.
 *
 * @param successes of `trials`
 */
export function wilsonInterval(successes: number, trials: number): Interval {
  const z = 1.959963984540054;
  const p = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const centre = (p + z ** 2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / trials + z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

export interface McNemar {
  /** Examples that only the first, and only the second classifier got right. */
  onlyFirst: number;
  onlySecond: number;
  /** Two-sided probability of a split at least as uneven if the two were equally good. */
  p: number;
}

/**
 * McNemar's exact test of two classifiers on the same examples (1947): the examples on which just one of them is right
 * are, if they are equally good, fair coin tosses.
 */
export function mcnemar(
  labels: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): McNemar {
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < labels.length; i++) {
    const [a, b] = [first[i] === labels[i], second[i] === labels[i]];
    if (a && !b) onlyFirst++;
    if (b && !a) onlySecond++;
  }
  const tosses = onlyFirst + onlySecond;
  let tail = 0;
  let logTerm = -tosses * Math.LN2;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((tosses - k) / (k + 1));
  }
  return { onlyFirst, onlySecond, p: Math.min(1, 2 * tail) };
}
