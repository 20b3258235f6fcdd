import { PIXELS } from '../data/image-set.js';
import { formatCount, formatPercent } from '../format/numbers.js';
import { wilsonInterval } from '../statistics/proportions.js';
import { calibratedRows } from './calibration.js';
import type { Classifier } from './classifier.js';
import { gateDistance } from './gate.js';
import type { Tested } from './trust.js';

/** What a network makes of a picture of which nobody knows the class. */
export interface Judgement {
  /** Whether it is unlike the images that the network was trained on; then probabilities mean nothing. */
  isRefused: boolean;
  /** Distance to the training images over the largest that is accepted; undefined where the model has no gate. */
  distance: number | undefined;
  /** Of the classes, calibrated where the model says how. */
  probabilities: number[];
}

/** The one way in which command and page look at pictures: 28×28 grey pixels each, one after the other. */
export async function judgePictures(classifier: Classifier, images: Uint8Array): Promise<Judgement[]> {
  const { classes, trust } = classifier;
  const labels = new Uint8Array(images.length / PIXELS);
  const scores = await classifier.logProbabilities({ images, labels, classes });
  return calibratedRows(scores, classes, trust?.temperature ?? 1).map((probabilities, i) => {
    const image = images.subarray(i * PIXELS, (i + 1) * PIXELS);
    const distance = trust && gateDistance(trust.gate, image) / trust.gate.threshold;
    return { isRefused: distance !== undefined && !(distance <= 1), distance, probabilities };
  });
}

/** `70.3 % of 91 images of octmnist-sample.npz told right`, and whether that is more than chance. */
export function describeTest(tested: Tested): string {
  const { data, images, right } = tested;
  return `${formatPercent(right / images)} of ${formatCount(images)} images of ${data} told right${besideChance(tested)}`;
}

/** What to add to an accuracy that can be chance; nothing where it cannot. */
export function besideChance({ images, right, commonest }: Tested): string {
  if (wilsonInterval(right, images).low > commonest / images) return '';
  return `, not shown to be better than chance: always to name the commonest class is right for ${formatPercent(commonest / images)}`;
}
