/**
 * Chooses the settings of the models in models/pneumoniamnist by the rule in docs/images.md, on training and validation
 * images alone, and writes what it measured to selection.json there:
 *
 *     npm run build && node build/scripts/select-pneumonia.js [pneumoniamnist.npz]
 *
 * Half an hour on two cores; it goes on where it stopped.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { findFile } from '#hw2/data/download.js';
import { type LabelledImages, PIXELS } from '#hw2/data/image-set.js';
import { openMedmnist } from '#hw2/data/medmnist.js';
import { writeWhole } from '#hw2/data/write.js';
import { mean } from '#hw2/statistics/estimates.js';
import { Classifier } from '#hw2/vision/classifier.js';
import { evaluate } from '#hw2/vision/evaluation.js';
import { inferenceModel, type Variant } from '#hw2/vision/network.js';
import { trainAll } from '#hw2/vision/search.js';
import { reportOptions } from '#hw2/vision/training.js';
import { argumentsOf, refuse } from './given.js';

const USAGE = '[pneumoniamnist.npz]';
const DATA = argumentsOf(USAGE).words[0] ?? findFile('pneumoniamnist.npz');
const OUT = join('models', 'pneumoniamnist');
const CHECKPOINTS = join(OUT, 'checkpoints');
const FOLDS = 4;
const RATES = [0.1, 0.03, 0.01];
const SETTINGS = [false, true].flatMap((augment) => [false, true].map((balance) => ({ augment, balance })));

interface Candidate {
  augment: boolean;
  balance: boolean;
  learningRate: number;
  /** Means over the folds, and each of them. */
  balancedAccuracy: number;
  auc: number;
  folds: { balancedAccuracy: number; auc: number }[];
}

/** The fold of each image: its quarter of the images of its class, from the darkest to the brightest. */
function exposureFolds({ images, labels, classes }: LabelledImages): Uint8Array {
  const brightness = Array.from(labels, (_, i) =>
    images.subarray(i * PIXELS, (i + 1) * PIXELS).reduce((sum, value) => sum + value, 0),
  );
  const folds = new Uint8Array(labels.length);
  for (let label = 0; label < classes; label++) {
    const own = Array.from(labels.keys()).filter((i) => labels[i] === label);
    own.sort((a, b) => brightness[a]! - brightness[b]! || a - b);
    for (const [rank, i] of own.entries()) folds[i] = Math.floor((rank * FOLDS) / own.length);
  }
  return folds;
}

function together(...sets: LabelledImages[]): LabelledImages {
  return {
    images: Uint8Array.from(sets.flatMap(({ images }) => Array.from(images))),
    labels: Uint8Array.from(sets.flatMap(({ labels }) => Array.from(labels))),
    classes: sets[0]!.classes,
  };
}

function take({ images, labels, classes }: LabelledImages, wanted: (i: number) => boolean): LabelledImages {
  const chosen = Array.from(labels.keys()).filter(wanted);
  const pixels = chosen.map((i) => images.subarray(i * PIXELS, (i + 1) * PIXELS));
  return {
    images: Uint8Array.from(pixels.flatMap((image) => Array.from(image))),
    labels: Uint8Array.from(chosen, (i) => labels[i]!),
    classes,
  };
}

type Folds = readonly { train: LabelledImages; val: LabelledImages }[];
type Settings = Pick<Candidate, 'augment' | 'balance' | 'learningRate'>;

/** Trains each of the settings on all folds but one, for every fold; the best first. */
async function validate(variant: Variant, settings: readonly Settings[], folds: Folds): Promise<Candidate[]> {
  const planned = settings.flatMap((setting) =>
    folds.map((data, fold) => ({
      data,
      identity: {
        data: `${DATA}, all but exposure fold ${fold}`,
        options: { ...reportOptions, ...setting, variant, seed: fold + 1 },
      },
      checkpoint: join(CHECKPOINTS, [variant, ...Object.values(setting), `${fold}.safetensors`].join('-')),
      resume: true,
    })),
  );
  const runs = await trainAll(planned, { processes: availableParallelism() });
  const results: Candidate['folds'] = [];
  for (const [i, { state }] of runs.entries()) {
    const { val } = planned[i]!.data;
    const model = inferenceModel(state.vectors.parameters!, variant, val.classes);
    const classifier = await Classifier.create(model, variant);
    const { recalls, auc } = await evaluate(classifier, val);
    await classifier.release();
    results.push({ balancedAccuracy: mean(recalls), auc });
  }
  const candidates = settings.map((setting, i) => {
    const own = results.slice(i * FOLDS, (i + 1) * FOLDS);
    const balancedAccuracy = mean(own.map((result) => result.balancedAccuracy));
    return { ...setting, balancedAccuracy, auc: mean(own.map(({ auc }) => auc)), folds: own };
  });
  return candidates.sort((a, b) => b.balancedAccuracy - a.balancedAccuracy);
}

if (DATA === undefined || !existsSync(DATA)) {
  const what =
    'expected pneumoniamnist.npz of MedMNIST: fetch it by hw2 data pneumoniamnist, or name the file';
  refuse('[pneumoniamnist.npz]', DATA === undefined ? what : `${what}; ${DATA} does not exist`);
}
const dataset = await openMedmnist(DATA);
const all = together(dataset.split('train'), dataset.split('val'));
const foldOf = exposureFolds(all);
const folds = Array.from({ length: FOLDS }, (_, fold) => ({
  train: take(all, (i) => foldOf[i] !== fold),
  val: take(all, (i) => foldOf[i] === fold),
}));
const settings = SETTINGS.flatMap((setting) => RATES.map((learningRate) => ({ ...setting, learningRate })));
const maxpool = await validate('maxpool', settings, folds);
const { augment, balance } = maxpool[0]!;
const rates = RATES.map((learningRate) => ({ augment, balance, learningRate }));
const stride = await validate('stride', rates, folds);
await writeWhole(join(OUT, 'selection.json'), `${JSON.stringify({ maxpool, stride }, null, 1)}\n`);
await rm(CHECKPOINTS, { recursive: true });
