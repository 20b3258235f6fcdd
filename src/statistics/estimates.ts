import { Random } from './random.js';

/** A number and where it lies at 95 %. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the sorted values, the smallest at 0 and the largest at 1. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = at * (sorted.length - 1);
  const below = Math.floor(position);
  const left = sorted[below] ?? Number.NaN;
  return left + (position - below) * ((sorted[below + 1] ?? left) - left);
}

/** Quartile distance over the median: how much a series of times scatters. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}

/** The median with its percentile bootstrap interval. */
export function medianEstimate(values: readonly number[]): Estimate {
  return bootstrap([values], ([sample]) => median(sample!));
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
  return bootstrap(
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
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i]! - meanY), 0);
  return covariance / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
}

/** A statistic of several series, with its percentile bootstrap interval: each series is resampled for itself. */
function bootstrap(
  series: readonly (readonly number[])[],
  statistic: (samples: readonly (readonly number[])[]) => number,
): Estimate {
  const random = new Random(RESAMPLES);
  const resample = (values: readonly number[]) => values.map(() => values[random.integer(values.length)]!);
  const resampled = Array.from({ length: RESAMPLES }, () => statistic(series.map(resample)));
  const tail = (1 - CONFIDENCE) / 2;
  return { value: statistic(series), low: quantile(resampled, tail), high: quantile(resampled, 1 - tail) };
}
