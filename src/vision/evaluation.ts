import { DataError } from '../data/error.js';
import { type ImageDataset, type LabelledImages, PIXELS } from '../data/image-set.js';
import { printable } from '../data/printable.js';
import {
  accuracy,
  argmaxRows,
  type ConfusionMatrix,
  confusionMatrix,
  macroAuc,
  recalls,
} from '../metrics/classification.js';
import { median } from '../statistics/estimates.js';
import { wilsonInterval } from '../statistics/proportions.js';
import type { Interval } from '../statistics/resampling.js';
import type { Classifier } from './classifier.js';

export interface Evaluation {
  images: number;
  accuracy: number;
  /** Of the accuracy, at 95 %. */
  interval: Interval;
  auc: number;
  confusion: ConfusionMatrix;
  recalls: number[];
  predictions: Uint8Array;
  /** Seconds for one image on its own: the mean of many, median of rounds. */
  secondsPerImage: number;
  /** Images a second, many at a time. */
  throughput: number;
}

/** How often the same images are timed one by one and together: a single run says more of what else the machine did. */
const ROUNDS = 7;
const TIMED_IMAGES = 512;

/** Runs a classifier over labelled images and judges it. */
export async function evaluate(classifier: Classifier, set: LabelledImages): Promise<Evaluation> {
  const logProbabilities = await classifier.logProbabilities(set);
  return { ...judgeImages(logProbabilities, set), ...(await timeImages(classifier, set)) };
}

/** What a classifier's output for labelled images is worth, [images, classes]. */
export function judgeImages(
  logProbabilities: Float32Array,
  set: LabelledImages,
): Omit<Evaluation, 'secondsPerImage' | 'throughput'> {
  const predictions = argmaxRows(logProbabilities, set.classes);
  const confusion = confusionMatrix(set.labels, predictions, set.classes);
  const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0);
  const probabilities = logProbabilities.map(Math.exp);
  return {
    images: set.labels.length,
    accuracy: accuracy(confusion),
    interval: wilsonInterval(right, set.labels.length),
    auc: macroAuc(probabilities, set.labels, set.classes),
    confusion,
    recalls: recalls(confusion),
    predictions,
  };
}

const imagesOf = (
  { images, labels, classes }: LabelledImages,
  start: number,
  end: number,
): LabelledImages => ({
  images: images.subarray(start * PIXELS, end * PIXELS),
  labels: labels.subarray(start, end),
  classes,
});

/** One by one and in batches by turns, for as long: what slows the machine slows both. */
async function timeImages(
  classifier: Classifier,
  set: LabelledImages,
): Promise<Pick<Evaluation, 'secondsPerImage' | 'throughput'>> {
  const count = Math.min(TIMED_IMAGES, set.labels.length);
  const [alone, together]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < count; i++) await classifier.logProbabilities(imagesOf(set, i, i + 1));
    const middle = performance.now();
    await classifier.logProbabilities(imagesOf(set, 0, count));
    alone.push((middle - start) / 1e3);
    together.push((performance.now() - middle) / 1e3);
  }
  return { secondsPerImage: median(alone) / count, throughput: count / median(together) };
}

/** How many test images of each class the report looked at: the first ones, 529 in all. */
const REPORT_COUNTS = [182, 55, 42, 250];

/**
 * The test set of the report: not all 1,000 test images of OctMNIST, but the first 182, 55, 42 and 250 of its classes.
 *
 * @throws DataError when there are fewer images of a class, or other classes
 */
export function reportImages(set: LabelledImages): LabelledImages {
  const left = [...REPORT_COUNTS];
  const chosen = Array.from(set.labels.keys()).filter((i) => {
    const label = set.labels[i]!;
    if (!left[label]) return false;
    left[label]--;
    return true;
  });
  if (set.classes !== REPORT_COUNTS.length || left.some((missing) => missing > 0))
    throw new DataError(
      `protocol report: needs ${REPORT_COUNTS.join(', ')} test images of four classes, as OctMNIST has`,
    );
  const images = new Uint8Array(chosen.length * PIXELS);
  chosen.forEach((source, target) => {
    images.set(set.images.subarray(source * PIXELS, (source + 1) * PIXELS), target * PIXELS);
  });
  return { images, labels: Uint8Array.from(chosen, (i) => set.labels[i]!), classes: set.classes };
}

/** The class names that a model carries; undefined when it has none, or not one a class. */
export function modelClassNames({ model: { metadata }, classes }: Classifier): string[] | undefined {
  const names = metadata.class_names?.split('\n').map(printable);
  return names?.length === classes ? names : undefined;
}

/** @throws DataError when a model was trained for other classes than the data has */
export function checkClasses(classifier: Classifier, source: string, data: ImageDataset): void {
  const own = modelClassNames(classifier);
  const differ = own && data.classNames && own.join() !== data.classNames.join();
  const fits = data.knowsAllClasses
    ? classifier.classes === data.classes
    : classifier.classes >= data.classes;
  if (!fits || differ)
    throw new DataError(
      `${source}: tells ${own?.join(', ') ?? `${classifier.classes} classes`}; ` +
        `${data.name} has ${data.classNames?.join(', ') ?? `${data.classes} classes`}`,
    );
}
