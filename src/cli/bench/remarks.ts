import { NOISY } from '../../bench/settings.js';
import { formatPercent } from '../../format/numbers.js';
import { print, warn } from '../output.js';

/** Contenders that did not run, and why, a line each. */
export function printAbsent(reasons: readonly string[]): void {
  if (reasons.length > 0)
    print(`\nDid not take part:\n${[...new Set(reasons)].map((reason) => `  ${reason}`).join('\n')}`);
}

/**
 * Stands below the times concerned, and what was computed of them.
 * @param scatters how much the times of each race scatter, as shares of their medians
 */
export function warnOfNoise(scatters: readonly number[]): void {
  const most = Math.max(0, ...scatters);
  if (most > NOISY)
    warn(
      `these times scatter by up to ${formatPercent(most, 0)}: the machine was busy; ratios hold better than times`,
    );
}
