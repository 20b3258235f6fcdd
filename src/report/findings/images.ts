import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openImages } from '../../data/catalogue.js';
import { type McNemar, mcnemar } from '../../statistics/proportions.js';
import type { curvesRecord } from '../../vision/card.js';
import { type Evaluation, evaluate } from '../../vision/evaluation.js';
import { openClassifier, shippedModel } from '../../vision/models.js';
import { type Variant, variants } from '../../vision/network.js';
import { attempt, type Part } from './part.js';
import { MODELS } from './paths.js';

/** What training left beside a model. */
export type TrainingRecord = ReturnType<typeof curvesRecord>;

/** Question 2: what training recorded, and the networks judged anew. */
export interface ImageFindings {
  /** Of every data set that shipped models were trained on, by folder. */
  records: { folder: string; variants: Record<Variant, TrainingRecord> }[];
  evaluation: Part<ImageEvaluation>;
}

export interface ImageEvaluation {
  /** What the images are. */
  data: string;
  classNames: readonly string[];
  models: { variant: Variant; file: string; parameters: number; result: Evaluation }[];
  /** The first variant against the second. */
  test: McNemar;
}

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
    JSON.parse(await readFile(join(MODELS, folder, `${variant}.json`), 'utf8')) as TrainingRecord;
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
  for (const variant of variants) {
    const classifier = await openClassifier(shippedModel(IMAGES, variant));
    const result = await evaluate(classifier, set);
    const file = `models/${IMAGES}/${variant}.onnx`;
    models.push({ variant, file, parameters: classifier.parameters, result });
    await classifier.release();
  }
  const [first, second] = models;
  return {
    data: dataset.origin,
    classNames: dataset.classNames!,
    models,
    test: mcnemar(set.labels, first!.result.predictions, second!.result.predictions),
  };
}
