/**
 * Writes the table of docs/images.md between its markers, from the records in models/, after they were trained anew:
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
import { formatEstimate } from '#hw2/format/numbers.js';
import { mcnemar } from '#hw2/statistics/proportions.js';
import { type Evaluation, evaluate } from '#hw2/vision/evaluation.js';
import { openClassifier } from '#hw2/vision/models.js';
import { type Variant, variants } from '#hw2/vision/network.js';
import { given } from './given.js';

const DOCUMENT = 'docs/images.md';
const RECORD = join('models', 'phantom', 'results.json');
const USAGE = '[octmnist-sample.npz]';
const SAMPLE =
  process.argv.length > 2
    ? given(USAGE, { 'octmnist-sample.npz': { is: 'real images of OctMNIST' } })['octmnist-sample.npz']
    : undefined;

type Result = Pick<Evaluation, 'accuracy' | 'interval' | 'auc'>;

async function recorded(folder: string): Promise<Result[]> {
  const texts = variants.map((variant) => readFile(join('models', folder, `${variant}.json`), 'utf8'));
  return (await Promise.all(texts)).map((text) => JSON.parse(text).test);
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

const kept = ({ images, accuracy, interval, auc, confusion }: Evaluation) => ({
  ...{ images, accuracy, interval, auc, confusion },
});

function row(trained: string, tested: string, results: readonly Result[], withAuc = false): string {
  const cells = results.map(({ accuracy, interval: { low, high }, auc }) => {
    const text = formatEstimate({ value: accuracy, low, high }, 3);
    return withAuc ? `${text}, AUC ${auc.toFixed(3)}` : text;
  });
  return `| ${[trained, tested, ...cells].join(' | ')} |`;
}

const phantoms = (await openImages('phantom')).split('test');
const onPhantoms = await Promise.all(variants.map((variant) => ofPhantomModel(variant, phantoms)));
const onReal = await realResults();
const [pooling, striding] = onPhantoms.map(({ predictions }) => predictions);

const test = mcnemar(phantoms.labels, pooling!, striding!);
const record = { phantoms: onPhantoms.map(kept), mcnemar: test, real: onReal };
await writeFile(RECORD, `${JSON.stringify(record, null, 2)}\n`);

const { onlyFirst, onlySecond, p } = test;
const text = `| trained on | tested on | with pooling | without |
|---|---|---|---|
${[
  row('97,477 phantoms, as the report', '1,000 phantoms (synthetic)', onPhantoms),
  row('PneumoniaMNIST', 'its 624 test images', await recorded('pneumoniamnist'), true),
  row('97,477 phantoms', '91 real OCT images', onReal),
  row('183 real OCT images', 'the same 91', await recorded('octmnist-sample')),
  row('phantoms, then the 183', 'the same 91', await recorded('octmnist-sample-finetuned')),
].join('\n')}

On phantoms, ${onlyFirst} images are told right by pooling alone, ${onlySecond} by striding alone (McNemar's exact test, p = ${p.toPrecision(1)}).`;

const marked = /(<!-- results -->\n).*?(\n<!-- \/results -->)/s;
const before = await readFile(DOCUMENT, 'utf8');
if (!marked.test(before)) throw new Error(`${DOCUMENT}: the markers <!-- results --> are missing`);
await writeFile(
  DOCUMENT,
  before.replace(marked, (_, start, end) => start + text + end),
);
