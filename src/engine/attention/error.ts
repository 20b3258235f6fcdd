import { relativeDistance } from './distance.js';

/** A distance to softmax attention, in units of the root mean square of what softmax attention gives. */
export interface MeasuredError {
  /** Root mean square over all rows, as the rows compared tell it. */
  rms: number;
  /** Where the root mean square over all rows lies with 95 % confidence: from 0 to a limit. */
  interval: readonly [0, number];
  /** That of the row that is furthest off, of the rows compared. */
  max: number;
  /** Rows compared. */
  rows: number;
}

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

/**
 * The error of all rows from some: their squared distances, the squares of what softmax gives there, and the chance that each
 * row had to be among them.
 *
 * A row that had a chance of 1 in 10 stands for ten (Horvitz and Thompson 1952); rms² is a ratio of two such sums, and its
 * standard error that of Σ(squares − rms²·references)/chance. Squared errors are skewed: a few rows hold much of the sum, and a
 * sample without them is too sure of itself. So the limit is not Student's at 95 %, 1.7 standard errors, but that at 99.9 %,
 * 3.3: with it 95 of 100 limits keep their promise where errors are as skewed as in test/attention/distance.test.ts.
 */
function estimateError(
  squares: Float64Array,
  references: Float64Array,
  chances: Float64Array,
): MeasuredError {
  const rows = squares.length;
  const weigh = (values: Float64Array) => values.map((value, i) => value / chances[i]!);
  const [error, reference] = [sum(weigh(squares)), sum(weigh(references))];
  const rms = relativeDistance(error, reference);
  const largest = squares.reduce((a, b) => Math.max(a, b), 0);
  const max = relativeDistance(largest, reference / Math.max(1, sum(chances.map((chance) => 1 / chance))));
  if (!Number.isFinite(rms)) return { rms, interval: [0, rms], max, rows };
  const residuals = squares.map(
    (square, i) => (1 - chances[i]!) * ((square - rms * rms * references[i]!) / chances[i]!) ** 2,
  );
  const spread = sum(residuals);
  if (spread === 0) return { rms, interval: [0, rms], max, rows };
  const deviation = Math.sqrt((rows / (rows - 1)) * spread) / reference;
  const quantile = 3.09 + 10 / (rows - 1);
  return { rms, interval: [0, Math.sqrt(rms * rms + quantile * deviation)], max, rows };
}

/** Compares rows of an output with those of softmax attention, `valueDim` numbers each. */
export function compareRows(
  output: ArrayLike<number>,
  softmax: ArrayLike<number>,
  valueDim: number,
  chances: Float64Array,
): MeasuredError {
  const squares = new Float64Array(chances.length);
  const references = new Float64Array(chances.length);
  for (let i = 0; i < chances.length * valueDim; i++) {
    const row = Math.floor(i / valueDim);
    squares[row]! += (output[i]! - softmax[i]!) ** 2;
    references[row]! += softmax[i]! ** 2;
  }
  return estimateError(squares, references, chances);
}
