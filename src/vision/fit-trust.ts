import type { LineChart } from '../charts/lines.js';
import { type LabelledImages, PIXELS } from '../data/image-set.js';
import { formatPercent, formatSigned } from '../format/numbers.js';
import { argmaxRows } from '../metrics/classification.js';
import { Random } from '../statistics/random.js';
import { variedImages } from './augmentation.js';
import {
  type ChosenTemperature,
  calibratedRows,
  chooseTemperature,
  type Reliability,
  reliability,
} from './calibration.js';
import type { Classifier } from './classifier.js';
import { drawings } from './drawings.js';
import { fitGate, type Gate, gateDistance } from './gate.js';
import { describeTest } from './judge.js';
import type { Tested, Trust } from './trust.js';

/** Pictures of one kind, and how many of them the gate refused. */
export interface Refusals {
  what: string;
  images: number;
  refused: number;
}

/** How a model's trust was measured, for its record and its card. */
export interface TrustRecord extends ChosenTemperature {
  threshold: number;
  validationImages: number;
  /** Whether they were varied for the temperature, as for the gate. */
  varied: boolean;
  /** On test images, with the probabilities of the network and with those at the fitted temperature, taken or not. */
  before: Reliability;
  after: Reliability;
  /** Test images first: those are false alarms. */
  gate: Refusals[];
  tested: readonly Tested[];
}

const DRAWINGS = 400;
const SEED = 23;
/** Of validation images, where training varied its own. */
const VARIATIONS = 2000;

export interface TrustData {
  train: LabelledImages;
  val: LabelledImages;
  test: LabelledImages;
  /** Whether training varied its images. Then those that the temperature is fitted to are varied, too. */
  augment: boolean;
  /** Names the test images. */
  source: string;
}

/** Fits temperature and gate to validation images, and looks at the test images with them. */
export async function fitTrust(
  classifier: Classifier,
  { train, val, test, augment, source }: TrustData,
): Promise<{ trust: Trust; record: TrustRecord }> {
  const { classes } = classifier;
  const shown = augment
    ? variedImages(val, VARIATIONS, new Random(SEED, 1))
    : { ...val, origins: Array.from(val.labels.keys()) };
  const chosen = chooseTemperature(
    await classifier.logProbabilities(shown),
    shown.labels,
    classes,
    shown.origins,
  );
  const { temperature } = chosen;
  const gate = fitGate(train, val);
  const scores = await classifier.logProbabilities(test);
  const rows = (by: number) => reliability(calibratedRows(scores, classes, by), test.labels);
  const tested = [judged(scores, test, classes, source)];
  const { threshold } = gate;
  const record = {
    ...{
      ...chosen,
      threshold,
      varied: augment,
      validationImages: val.labels.length,
      before: rows(1),
      after: rows(chosen.fitted),
    },
    gate: [
      refusals(gate, `test images of ${source}`, test.images),
      refusals(gate, 'drawings of shapes', drawings(DRAWINGS, new Random(SEED))),
    ],
    tested,
  };
  return { trust: { temperature, gate, tested }, record };
}

/** What became of a test, with how many images its commonest class has. */
export function judged(scores: Float32Array, set: LabelledImages, classes: number, data: string): Tested {
  const predictions = argmaxRows(scores, classes);
  const counts = new Array<number>(classes).fill(0);
  for (const label of set.labels) counts[label]!++;
  const right = predictions.filter((prediction, i) => prediction === set.labels[i]).length;
  return { data, images: predictions.length, right, commonest: Math.max(...counts) };
}

export function refusals(gate: Gate, what: string, images: Uint8Array): Refusals {
  const count = images.length / PIXELS;
  const refused = Array.from({ length: count }, (_, i) =>
    images.subarray(i * PIXELS, (i + 1) * PIXELS),
  ).filter((image) => !(gateDistance(gate, image) <= gate.threshold));
  return { what, images: count, refused: refused.length };
}

/** Accuracy over confidence on test images: probabilities that can be taken at their word lie on the dashed line. */
export function reliabilityChart(title: string, { before, after }: TrustRecord): LineChart {
  const series = { 'as the network says': before, 'at the fitted temperature': after };
  const points = Object.entries(series).flatMap(([name, { bins }]) =>
    bins.map(({ confidence, accuracy, interval }) => ({
      series: name,
      x: confidence,
      y: accuracy,
      ...interval,
    })),
  );
  return {
    title,
    x: 'probability of the class that is told',
    y: 'share of these images told right (dashed: as many as was said)',
    points,
    shares: true,
    bounds: [0, 1].map((x) => ({ series: 'calibrated', x, y: x })),
  };
}

const HEADING = '\n## How far it can be trusted\n';

/** Whether probabilities are calibrated, by what, and how well that does on test images. */
function calibrationSentence(record: TrustRecord): string {
  const { temperature, fitted, gain, validationImages, varied, before, after } = record;
  const images = `the ${validationImages} validation images${varied ? ', varied as in training' : ''}`;
  const gained = `the gain in log-likelihood of an image that it is not fitted to is ${formatSigned(gain.value, 4)} (95 % interval ${formatSigned(gain.low, 4)} to ${formatSigned(gain.high, 4)})`;
  return temperature === 1
    ? `Probabilities are those of the network: the temperature fitted to ${images}, ${fitted.toFixed(3)}, is not taken, for ${gained}. On the test images the expected calibration error is ${before.error.toFixed(3)}, and ${after.error.toFixed(3)} with it.`
    : `Probabilities are calibrated by the temperature ${temperature.toFixed(3)}, fitted to ${images}: ${gained}. On the test images the expected calibration error is ${after.error.toFixed(3)}, and ${before.error.toFixed(3)} without.`;
}

/** A card with what the record says, in the place of what it said before. */
export function withTrust(card: string, variant: string, record: TrustRecord): string {
  const { gate, tested } = record;
  const rows = gate.map(
    ({ what, images, refused }) =>
      `| ${what} | ${images} | ${refused} | ${formatPercent(refused / images)} |`,
  );
  return `${card.split(HEADING)[0]}${HEADING}
- ${calibrationSentence(record)}
- [Reliability diagram](${variant}-reliability.svg), ${tested[0]!.images} test images, 95 % intervals by Wilson's method
- ${tested.map(describeTest).join('\n- ')}
- Pictures unlike the training images are refused: the Mahalanobis distance of thirteen statistics of light, beyond that of 98 % of the validation images, varied as \`--augment\` does

| pictures | how many | refused | |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
