/**
 * Writes the tables of docs/images.md between their markers, from the records in models/, after they were trained anew:
 *
 *     node build/scripts/image-results.js [octmnist-sample.npz]
 *
 * Only what no training recorded is evaluated, and goes to models/phantom/results.json: the models of phantoms, against each
 * other, and on real images where their file is given. Where it is not, what was recorded of them stays.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openImages } from '#hw2/data/catalogue.js';
import type { LabelledImages } from '#hw2/data/image-set.js';
import { mcnemar } from '#hw2/statistics/proportions.js';
import { type Evaluation, evaluate } from '#hw2/vision/evaluation.js';
import { openClassifier } from '#hw2/vision/models.js';
import { type Variant, variants } from '#hw2/vision/network.js';
import { argumentsOf, given } from './given.js';
import {
  IMAGE_PAGE,
  type ImageRecord,
  type ImageRecords,
  type PhantomResults,
  type Result,
  TRAINED,
  withImageTables,
} from './image-tables.js';

const RECORD = join('models', 'phantom', 'results.json');
const USAGE = '[octmnist-sample.npz]';
const SAMPLE =
  argumentsOf(USAGE).words.length > 0
    ? given(USAGE, { 'octmnist-sample.npz': { is: 'real images of OctMNIST' } })['octmnist-sample.npz']
    : undefined;

async function recordsOf(folder: string): Promise<Record<Variant, ImageRecord>> {
  const read = async (variant: Variant) =>
    [variant, JSON.parse(await readFile(join('models', folder, `${variant}.json`), 'utf8'))] as const;
  return Object.fromEntries(await Promise.all(variants.map(read))) as Record<Variant, ImageRecord>;
}

async function ofPhantomModel(variant: Variant, set: LabelledImages): Promise<Evaluation> {
  return evaluate(await openClassifier(join('models', 'phantom', `${variant}.onnx`)), set);
}

/** Of the models of phantoms on real images: measured now, or as recorded. */
async function realResults(): Promise<Result[]> {
  if (SAMPLE === undefined) return JSON.parse(await readFile(RECORD, 'utf8')).real;
  const real = (await openImages(SAMPLE)).split('test');
  return Promise.all(variants.map(async (variant) => kept(await ofPhantomModel(variant, real))));
}

const kept = ({ images, accuracy, interval, auc, confusion }: Evaluation): Result => ({
  ...{ images, accuracy, interval, auc, confusion },
});

const phantoms = (await openImages('phantom')).split('test');
const onPhantoms = await Promise.all(variants.map((variant) => ofPhantomModel(variant, phantoms)));
const [pooling, striding] = onPhantoms.map(({ predictions }) => predictions);
const results: PhantomResults = {
  phantoms: onPhantoms.map(kept),
  mcnemar: mcnemar(phantoms.labels, pooling!, striding!),
  real: await realResults(),
};
await writeFile(RECORD, `${JSON.stringify(results, null, 2)}\n`);

const entries = Object.keys(TRAINED).map(async (folder) => [folder, await recordsOf(folder)] as const);
const records = Object.fromEntries(await Promise.all(entries)) as ImageRecords;
await writeFile(IMAGE_PAGE, withImageTables(await readFile(IMAGE_PAGE, 'utf8'), records, results));
