import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openImages } from '../../data/catalogue.js';
import { type LabelledImages, PIXELS } from '../../data/image-set.js';
import { readJson } from '../../data/json-file.js';
import { mean } from '../../statistics/estimates.js';
import { type McNemar, mcnemar } from '../../statistics/proportions.js';
import type { curvesRecord } from '../../vision/card.js';
import { type Evaluation, evaluate, judgeImages } from '../../vision/evaluation.js';
import { openClassifier, shippedModel } from '../../vision/models.js';
import { type Variant, variants } from '../../vision/network.js';
import { attempt, type Part } from './part.js';
import { MODELS } from './paths.js';

/** What training left beside a model. */
export type ImageTraining = ReturnType<typeof curvesRecord>;

/** Question 2: what training recorded, and the networks judged anew. */
export interface ImageFindings {
  /** Of every data set that shipped models were trained on, by folder. */
  records: { folder: string; variants: Record<Variant, ImageTraining> }[];
  evaluation: Part<ImageEvaluation>;
}

export interface ImageEvaluation {
  /** What the images are. */
  data: string;
  classNames: readonly string[];
  models: { variant: Variant; file: string; parameters: number; result: Evaluation }[];
  /** The first variant against the second. */
  test: McNemar;
  /** What both networks say of the same images some pixels further down, in the order of `models`. */
  shifts: { pixels: number; kept: number[]; accuracies: number[] }[];
  /** Of each class, by the first variant: some that it told right and some that it told wrong. */
  examples: { label: number; predicted: number; pixels: Uint8Array }[];
}

/** Pixels by which images are moved down. */
const SHIFTS = [1, 2, 3];
const SIDE = 28;
const EXAMPLES = 5;

/** The set that is always at hand. */
export const IMAGES = 'phantom';

export async function findImages(progress: (text: string) => void): Promise<ImageFindings> {
  progress('images: both networks');
  return { records: await readRecords(), evaluation: await attempt(evaluateVariants) };
}

async function readRecords(): Promise<ImageFindings['records']> {
  const folders = (await readdir(MODELS)).filter((folder) =>
    variants.every((variant) => existsSync(join(MODELS, folder, `${variant}.json`))),
  );
  const read = async (folder: string, variant: Variant) =>
    (await readJson(join(MODELS, folder, `${variant}.json`))) as ImageTraining;
  return Promise.all(
    folders.map(async (folder) => {
      const [maxpool, stride] = await Promise.all([read(folder, 'maxpool'), read(folder, 'stride')]);
      return { folder, variants: { maxpool, stride } };
    }),
  );
}

async function evaluateVariants(): Promise<ImageEvaluation> {
  const dataset = await openImages(IMAGES);
  const set = dataset.split('test');
  const models: ImageEvaluation['models'] = [];
  const shifts: ImageEvaluation['shifts'] = SHIFTS.map((pixels) => ({ pixels, kept: [], accuracies: [] }));
  for (const variant of variants) {
    const classifier = await openClassifier(shippedModel(IMAGES, variant));
    const result = await evaluate(classifier, set);
    const file = `models/${IMAGES}/${variant}.onnx`;
    models.push({ variant, file, parameters: classifier.parameters, result });
    for (const { pixels, kept, accuracies } of shifts) {
      const lower = { ...set, images: shiftedDown(set.images, pixels) };
      const { predictions, accuracy } = judgeImages(await classifier.logProbabilities(lower), lower);
      kept.push(mean(Array.from(predictions, (one, i) => Number(one === result.predictions[i]))));
      accuracies.push(accuracy);
    }
    await classifier.release();
  }
  const [first, second] = models;
  return {
    data: dataset.origin,
    classNames: dataset.classNames!,
    models,
    test: mcnemar(set.labels, first!.result.predictions, second!.result.predictions),
    shifts,
    examples: examplesOf(set, first!.result.predictions),
  };
}

/** Every image so many pixels further down; its first row fills what is left above. */
function shiftedDown(images: Uint8Array, pixels: number): Uint8Array {
  return images.map((_, i) => {
    const [image, row, column] = [Math.floor(i / PIXELS), Math.floor((i % PIXELS) / SIDE), i % SIDE];
    return images[image * PIXELS + Math.max(0, row - pixels) * SIDE + column]!;
  });
}

function examplesOf(
  { images, labels, classes }: LabelledImages,
  predictions: Uint8Array,
): ImageEvaluation['examples'] {
  const all = Array.from(labels, (label, i) => ({ label, predicted: predictions[i]!, i }));
  return Array.from({ length: classes }, (_, label) => label).flatMap((label) =>
    [true, false].flatMap((right) =>
      all
        .filter((one) => one.label === label && (one.predicted === label) === right)
        .slice(0, EXAMPLES)
        .map(({ predicted, i }) => ({
          label,
          predicted,
          pixels: images.slice(i * PIXELS, (i + 1) * PIXELS),
        })),
    ),
  );
}
