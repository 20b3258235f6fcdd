import { quantile as quantileOf } from 'd3-array';
import { bootstrapInterval, type Interval } from './resampling.js';

/** A number and where it lies at 95 %. */
export interface Estimate extends Interval {
  value: number;
}

/** Enough for two digits of an interval, and a table has many. */
const RESAMPLES = 1000;

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the sorted values, the smallest at 0 and the largest at 1; NaN of nothing. */
export function quantile(values: readonly number[], at: number): number {
  return quantileOf(values, at) ?? Number.NaN;
}

/** d3's mean would leave out NaN, which has to be seen: a loss that is no number is no mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Quartile distance over the median: how much a series of times scatters. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}

/** The median with its percentile bootstrap interval. */
export function medianEstimate(values: readonly number[]): Estimate {
  return estimate([values], ([sample]) => median(sample!));
}

/** The median ratio of two series that were measured round by round. @throws RangeError for unequal lengths. */
export function ratioEstimate(numerators: readonly number[], denominators: readonly number[]): Estimate {
  if (numerators.length !== denominators.length) {
    throw new RangeError(
      `ratio of ${numerators.length} rounds to ${denominators.length}: expected equal numbers`,
    );
  }
  return medianEstimate(numerators.map((numerator, round) => numerator / denominators[round]!));
}

/** The exponent p of time ≈ c·sizeᵖ: least squares on logarithms of median times, interval over resampled rounds. */
export function exponentEstimate(points: readonly { size: number; seconds: readonly number[] }[]): Estimate {
  const logSizes = points.map(({ size }) => Math.log(size));
  return estimate(
    points.map(({ seconds }) => seconds),
    (samples) =>
      slope(
        logSizes,
        samples.map((sample) => Math.log(median(sample))),
      ),
  );
}

/** Slope of the least-squares line through (x, y). */
export function slope(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i]! - meanY), 0);
  return covariance / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
}

/** A statistic of several series of times, with its interval. */
function estimate(
  series: readonly (readonly number[])[],
  statistic: (samples: readonly (readonly number[])[]) => number,
): Estimate {
  return { value: statistic(series), ...bootstrapInterval(series, statistic, RESAMPLES) };
}
