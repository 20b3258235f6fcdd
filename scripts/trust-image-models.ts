/**
 * Fits temperature and gate of the models in models/ to validation images, and writes them into their metadata, records
 * and cards. New ones have them from train-cnn; this is for those that were trained before, and tries the gates on other
 * pictures as well:
 *
 *     npm run build && node build/scripts/trust-image-models.js IMAGES [PHOTOGRAPHS]
 *
 * IMAGES is the folder that train-models.ts takes. PHOTOGRAPHS holds pictures of anything else, as PNG or JPEG: each is
 * looked at whole and in nine squares of other places and sizes; without them what was recorded of them stays.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chartSvg } from '#hw2/charts/svg.js';
import { openImages } from '#hw2/data/catalogue.js';
import { writeSet } from '#hw2/data/write.js';
import { annotateModel } from '#hw2/onnx/annotate.js';
import { Random } from '#hw2/statistics/random.js';
import { disc } from '#hw2/vision/drawings.js';
import {
  fitTrust,
  judged,
  type Refusals,
  refusals,
  reliabilityChart,
  withTrust,
} from '#hw2/vision/fit-trust.js';
import { openClassifier } from '#hw2/vision/models.js';
import { variants } from '#hw2/vision/network.js';
import { centreCrop, luma, type Picture } from '#hw2/vision/picture.js';
import { readPicture } from '#hw2/vision/picture-file.js';
import { trustMetadata } from '#hw2/vision/trust.js';
import { given } from './given.js';

const { IMAGES: folder } = given('IMAGES [PHOTOGRAPHS]', {
  IMAGES: { is: 'the folder of real images', holds: ['pneumoniamnist.npz', 'octmnist-sample.npz'] },
});
const photographs = process.argv[3];

const SQUARES = 9;
const PHOTOGRAPHS = 'photographs, and squares of them, that come with scikit-image and scikit-learn';
const RED = Math.round(luma(255, 0, 0));

function square({ width, height, grey }: Picture, random: Random): Uint8Array {
  const side = Math.floor(Math.min(width, height) * random.uniform(0.3, 1));
  const [left, top] = [random.integer(width - side + 1), random.integer(height - side + 1)];
  const part = Float32Array.from({ length: side * side }, (_, i) => {
    return grey[(top + Math.floor(i / side)) * width + left + (i % side)]!;
  });
  return centreCrop({ width: side, height: side, grey: part });
}

async function readPhotographs(path: string): Promise<Uint8Array> {
  const images: Uint8Array[] = [];
  const random = new Random(5);
  for (const name of (await readdir(path)).filter((file) => /\.(png|jpe?g)$/.test(file)).sort()) {
    const picture = await readPicture(join(path, name));
    images.push(centreCrop(picture));
    for (let i = 0; i < SQUARES; i++) images.push(square(picture, random));
  }
  return joined(images);
}

const joined = (images: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(images));

const oct = await openImages(join(folder, 'octmnist-sample.npz'));
const chest = await openImages(join(folder, 'pneumoniamnist.npz'));
// As many as tell a temperature and a gate; the models were trained on more of the same kind.
const synthetic = await openImages('phantom:9000');
const discs = joined([0, 128, 255].map((ground) => disc(RED, ground)));
const photos = photographs && (await readPhotographs(photographs));
const others = [
  { of: oct, what: 'test images of real OCT' },
  { of: chest, what: 'test images of chest X-rays' },
  { of: synthetic, what: 'synthetic sections' },
];

for (const [name, data] of [
  ['phantom', synthetic],
  ['pneumoniamnist', chest],
  ['octmnist-sample', oct],
  ['octmnist-sample-finetuned', oct],
] as const)
  for (const variant of variants) {
    const base = join('models', name, variant);
    const classifier = await openClassifier(`${base}.onnx`);
    const old = JSON.parse(await readFile(`${base}.json`, 'utf8'));
    const [train, val, test] = [data.split('train'), data.split('val'), data.split('test')];
    const sets = { train, val, test, augment: old.augment === true, source: data.origin };
    const { trust, record } = await fitTrust(classifier, sets);
    const { gate } = trust;
    for (const { of, what } of others)
      if (of !== data) record.gate.push(refusals(gate, what, of.split('test').images));
    record.gate.push(refusals(gate, 'red discs on black, grey and white', discs));
    const before = (old.trust?.gate as Refusals[] | undefined)?.find(({ what }) => what === PHOTOGRAPHS);
    if (photos) record.gate.push(refusals(gate, PHOTOGRAPHS, photos));
    else if (before && old.trust.threshold === gate.threshold) record.gate.push(before);
    if (data === synthetic) {
      const real = oct.split('test');
      record.tested = [
        ...record.tested,
        judged(
          await classifier.logProbabilities(real),
          real,
          classifier.classes,
          'real OCT (octmnist-sample.npz)',
        ),
      ];
    }
    const model = await readFile(`${base}.onnx`);
    const metadata = trustMetadata({ ...trust, tested: record.tested });
    const files = {
      '.onnx': annotateModel(model, metadata),
      '.json': `${JSON.stringify({ ...old, trust: record }, null, 2)}\n`,
      '.md': withTrust(await readFile(`${base}.md`, 'utf8'), variant, record),
      '-reliability.svg': chartSvg({
        ...reliabilityChart(`${variant} on ${data.name}`, record),
        source: `${variant}.json`,
      }),
    };
    await writeSet(Object.entries(files).map(([ending, contents]) => ({ path: base + ending, contents })));
    console.log(
      `${base}: ${JSON.stringify({ ...record, before: record.before.error, after: record.after.error })}`,
    );
    await classifier.release();
  }
