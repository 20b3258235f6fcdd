import { mean } from '../statistics/estimates.js';
import { wilsonInterval } from '../statistics/proportions.js';
import { bootstrapInterval, type Interval } from '../statistics/resampling.js';

/** Between these temperatures the best one is looked for, on a scale of logarithms. */
const COLDEST = 0.05;
const HOTTEST = 20;
const STEPS = 30;
const BINS = 5;
const FOLDS = 5;

/**
 * The temperature that log-probabilities are divided by, so that they fit the labels best: the one of least mean negative
 * log-likelihood (C. Guo et al., "On Calibration of Modern Neural Networks", 2017). Above 1 the network was too sure.
 *
 * @param logProbabilities [images, classes], of images that the network was not trained on
 */
export function fitTemperature(
  logProbabilities: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
): number {
  const loss = (logarithm: number) =>
    losses(logProbabilities, labels, classes, Math.exp(logarithm)).reduce((sum, one) => sum + one, 0);
  // The loss has one minimum in 1/T: golden section finds it.
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(COLDEST), Math.log(HOTTEST)];
  for (let step = 0; step < STEPS; step++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (loss(left) < loss(right)) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}

/** Negative log-likelihood of each label at a temperature. */
function losses(
  logProbabilities: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  temperature: number,
): number[] {
  const rows = calibratedRows(logProbabilities, classes, temperature);
  return rows.map((row, i) => -Math.log(Math.max(row[labels[i]!]!, 1e-300)));
}

/** A temperature, and what speaks for it. */
export interface ChosenTemperature {
  /** 1 where nothing does. */
  temperature: number;
  /** The best one for all images. */
  fitted: number;
  /** By how much it lowers the negative log-likelihood of an image that it was not fitted to; its mean and 95 % interval. */
  gain: Interval & { value: number };
}

/**
 * Takes the fitted temperature if images that it was not fitted to are more probable with it, beyond chance, and 1 if not: a
 * sample can be too small to tell. The gain is measured on each fifth of the images with the temperature of the other four;
 * its interval is that of drawing images anew.
 *
 * @param origins the image that each row shows; several rows can be variations of one, which then stay together
 */
export function chooseTemperature(
  logProbabilities: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  origins: readonly number[],
): ChosenTemperature {
  const gains = new Map<number, number[]>();
  for (let fold = 0; fold < FOLDS; fold++) {
    const part = (isLeftOut: boolean) => {
      const rows = Array.from(origins.keys()).filter((row) => (origins[row]! % FOLDS === fold) === isLeftOut);
      const scores = rows.flatMap((row) =>
        Array.from(logProbabilities.subarray(row * classes, (row + 1) * classes)),
      );
      return { rows, scores: Float32Array.from(scores), labels: rows.map((row) => labels[row]!) };
    };
    const [others, leftOut] = [part(false), part(true)];
    const temperature = fitTemperature(others.scores, others.labels, classes);
    const [before, after] = [1, temperature].map((by) => losses(leftOut.scores, leftOut.labels, classes, by));
    for (const [i, row] of leftOut.rows.entries()) {
      const image = origins[row]!;
      gains.set(image, [...(gains.get(image) ?? []), before![i]! - after![i]!]);
    }
  }
  const ofImages = [...gains.values()].map(mean);
  const interval = bootstrapInterval([ofImages], ([drawn]) => mean(drawn!));
  const fitted = fitTemperature(logProbabilities, labels, classes);
  return {
    temperature: interval.low > 0 ? fitted : 1,
    fitted,
    gain: { value: mean(ofImages), ...interval },
  };
}

/** Probabilities of the classes, one row an image, at a temperature. */
export function calibratedRows(
  logProbabilities: Float32Array,
  classes: number,
  temperature: number,
): number[][] {
  return Array.from({ length: logProbabilities.length / classes }, (_, row) => {
    const scores = Array.from(logProbabilities.subarray(row * classes, (row + 1) * classes));
    const highest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp((score - highest) / temperature));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  });
}

/** Images whose class was given a probability in the same range. */
export interface ReliabilityBin {
  images: number;
  /** Mean probability of the class that was told. */
  confidence: number;
  /** Share of the images of which it was the right one, and its 95 % interval. */
  accuracy: number;
  interval: Interval;
}

export interface Reliability {
  /** Those of five ranges of equal width that hold images. */
  bins: ReliabilityBin[];
  /** Expected calibration error: the distance of confidence and accuracy, weighted by the images of a range. */
  error: number;
}

/** How far probabilities can be taken at their word. */
export function reliability(rows: readonly (readonly number[])[], labels: ArrayLike<number>): Reliability {
  const ranges = Array.from({ length: BINS }, () => ({ images: 0, right: 0, confidence: 0 }));
  for (const [i, row] of rows.entries()) {
    const confidence = Math.max(...row);
    const range = ranges[Math.min(BINS - 1, Math.floor(confidence * BINS))]!;
    range.images++;
    range.confidence += confidence;
    if (row.indexOf(confidence) === labels[i]) range.right++;
  }
  const bins = ranges
    .filter(({ images }) => images > 0)
    .map(({ images, right, confidence }) => ({
      images,
      confidence: confidence / images,
      accuracy: right / images,
      interval: wilsonInterval(right, images),
    }));
  const error = bins.reduce(
    (sum, bin) => sum + (Math.abs(bin.confidence - bin.accuracy) * bin.images) / rows.length,
    0,
  );
  return { bins, error };
}
