import { mean as average, quantile } from '../statistics/estimates.js';
import { IMAGE_SIDE } from './network.js';

/** What is measured of a picture, in the order of {@link imageStatistics}. */
export const STATISTICS = [
  ...['mean', 'spread', 'edges across', 'edges down', 'curvature across', 'curvature down'],
  ...['spread of rows', 'spread of columns', 'centre', 'height', 'bright', 'median', 'dark'],
] as const;

/** Keeps the logarithms of pictures of one grey finite. */
const LEAST = 1e-3;

/**
 * Thirteen numbers on the light in a picture of 28×28 values in [0, 1): how much there is, how it is spread over rows and
 * columns, and how rough it is in either direction. Layers of a retina lie across, so that the two directions differ; in
 * photographs and drawings they do not in that way. Spreads are logarithms, which are nearer to normal.
 */
export function imageStatistics(values: ArrayLike<number>): number[] {
  const at = (x: number, y: number) => values[y * IMAGE_SIDE + x]!;
  const side = Array.from({ length: IMAGE_SIDE }, (_, i) => i);
  const rows = side.map((y) => average(side.map((x) => at(x, y))));
  const columns = side.map((x) => average(side.map((y) => at(x, y))));
  const all = Array.from(values);
  const mean = average(all);
  const across = (order: 1 | 2) => roughness(order, (i, line) => at(i, line));
  const down = (order: 1 | 2) => roughness(order, (i, line) => at(line, i));
  // What is black all over has its centre in the middle.
  const weights = rows.map((row) => row + 1e-6);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const centre = weights.reduce((sum, weight, y) => sum + weight * y, 0) / total;
  const variance = weights.reduce((sum, weight, y) => sum + weight * (y - centre) ** 2, 0) / total;
  return [
    mean,
    logarithm(deviation(all, mean)),
    ...[across(1), down(1), across(2), down(2)],
    logarithm(deviation(rows, mean)),
    logarithm(deviation(columns, mean)),
    ...[centre, Math.sqrt(variance)],
    ...[0.98, 0.5, 0.1].map((share) => quantile(all, share)),
  ];
}

/** The root mean square of first or second differences along all lines of one direction, as a logarithm. */
function roughness(order: 1 | 2, at: (i: number, line: number) => number): number {
  let [squares, count] = [0, 0];
  for (let line = 0; line < IMAGE_SIDE; line++)
    for (let i = 0; i + order < IMAGE_SIDE; i++) {
      const first = at(i + 1, line) - at(i, line);
      squares += (order === 1 ? first : at(i + 2, line) - at(i + 1, line) - first) ** 2;
      count++;
    }
  return logarithm(Math.sqrt(squares / count));
}

function deviation(values: readonly number[], mean: number): number {
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
}

function logarithm(spread: number): number {
  return Math.log(spread + LEAST);
}
