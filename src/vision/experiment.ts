import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ImageDataset, OnImages } from '../data/image-set.js';
import { type Output, writeSet } from '../data/write.js';
import { annotateModel } from '../onnx/annotate.js';
import { cardMarkdown, curvesRecord, type ModelRecord } from './card.js';
import { recordCharts } from './charts.js';
import { Classifier } from './classifier.js';
import { evaluate } from './evaluation.js';
import { fitTrust, withTrust } from './fit-trust.js';
import { readInitialWeights } from './initial-weights.js';
import { inferenceModel, type Variant } from './network.js';
import { bestRun, trainAll } from './search.js';
import type { Progress, TrainingOptions } from './training.js';
import type { TrainingRun } from './training-run.js';
import { trustMetadata } from './trust.js';

/** The report's experiment: variants of the network at several learning rates, of which validation chooses. */
export interface Experiment {
  dataset: ImageDataset;
  variants: readonly Variant[];
  learningRates: readonly number[];
  /** What all runs share. */
  settings: Omit<TrainingOptions, 'variant' | 'learningRate'>;
  /** Model to begin with. */
  init?: string | undefined;
  /** Where checkpoints are kept, and whether to go on from those that are there. */
  folder: string;
  resume: boolean;
  /** For the records: how this can be done again. */
  command: string;
}

export interface TrainedModel {
  variant: Variant;
  record: ModelRecord;
  /** ONNX files of the last epoch, and of the one with the highest validation accuracy. */
  last: Uint8Array;
  best: Uint8Array;
}

/** How far all runs together are. */
export interface TrainingSpeed {
  images: number;
  /** Images of all epochs of all runs. */
  total: number;
  /** Since the start, those of checkpoints left out; 0 as long as none is trained on. */
  imagesPerSecond: number;
}

/** The runs of an experiment, one a variant and learning rate. @throws DataError for unfit data or models */
export async function runsOf(
  { dataset, variants, learningRates, settings, init, folder, resume }: Omit<Experiment, 'command'>,
  onImages?: OnImages,
): Promise<TrainingRun[]> {
  const [train, val] = [dataset.split('train', onImages), dataset.split('val', onImages)];
  const initial = init === undefined ? undefined : await readInitialWeights(init, dataset);
  return variants.flatMap((variant) =>
    learningRates.map(
      (learningRate): TrainingRun => ({
        data: { train, val },
        identity: {
          data: `${dataset.origin}, ${train.labels.length} training images`,
          options: { variant, learningRate, ...settings },
        },
        ...(initial && { initial: initial.weights }),
        checkpoint: join(folder, 'checkpoints', `${variant}-${learningRate}.safetensors`),
        resume,
      }),
    ),
  );
}

/** Trains every variant at every learning rate, and tests the best of each. @throws DataError for unfit data or models */
export async function trainVariants(
  experiment: Experiment,
  {
    onImages,
    onProgress,
    onTest,
  }: {
    onImages?: OnImages;
    onProgress: (speed: TrainingSpeed) => void;
    onTest?: (variant: Variant) => void;
  },
): Promise<{ models: TrainedModel[]; imagesPerSecond: number }> {
  const runs = await runsOf(experiment, onImages);
  const start = performance.now();
  const total = runs.reduce(
    (sum, { data, identity }) => sum + data.train.labels.length * identity.options.epochs,
    0,
  );
  let trained = 0;
  const speed = () => trained / ((performance.now() - start) / 1e3);
  const ended = await trainAll(runs, {
    processes: availableParallelism(),
    onImages: (images, kept) => {
      trained = images - kept;
      onProgress({ images, total, imagesPerSecond: speed() });
    },
  });
  const imagesPerSecond = speed();
  return { models: await chooseModels(experiment, runs, ended, onTest), imagesPerSecond };
}

/** The best run of every variant by validation, as models that are tested. @throws Error when all of one diverged */
export async function chooseModels(
  { dataset, variants, init, command }: Experiment,
  runs: readonly TrainingRun[],
  ended: readonly Progress[],
  onTest?: (variant: Variant) => void,
): Promise<TrainedModel[]> {
  const [train, val, test] = [dataset.split('train'), dataset.split('val'), dataset.split('test')];
  const initial = init === undefined ? undefined : await readInitialWeights(init, dataset);
  const data = { ...dataset, classNames: dataset.classNames ?? initial?.classNames };
  const trainedOn = [initial?.data ?? [], dataset.origin].flat().join(', then ');
  const models: TrainedModel[] = [];
  for (const variant of variants) {
    const own = runs.flatMap(({ identity: { options } }, i) =>
      options.variant === variant ? [{ options, progress: ended[i]! }] : [],
    );
    const best = own[bestRun(own.map(({ progress }) => progress))];
    if (!best) throw new Error(`${variant}: ${divergence(own[0]!)}; nothing was written but checkpoints`);
    onTest?.(variant);
    const classNames = data.classNames && { class_names: data.classNames.join('\n') };
    const model = (flat: Float32Array) =>
      inferenceModel(flat, variant, train.classes, { data: trainedOn, variant, ...classNames });
    const last = model(best.progress.state.vectors.parameters!);
    const classifier = await Classifier.create(last, variant);
    const sets = { train, val, test, augment: best.options.augment, source: dataset.origin };
    const { trust, record: trusted } = await fitTrust(classifier, sets);
    const record = {
      data,
      command,
      init,
      options: best.options,
      runs: own.map(({ options, progress }) => ({ learningRate: options.learningRate, progress })),
      images: { train: train.labels.length, val: val.labels.length },
      test: await evaluate(classifier, test),
      trust: trusted,
    };
    const confident = annotateModel(last, trustMetadata(trust));
    models.push({ variant, record, last: confident, best: model(best.progress.best) });
  }
  return models;
}

/** What happened to a run that diverged, and what to do. */
function divergence({ options, progress }: { options: TrainingOptions; progress: Progress }): string {
  const { epoch, batch } = progress.diverged!;
  return `training at learning rate ${options.learningRate} diverged: the loss is no number from epoch ${epoch}, batch ${batch} on; try a smaller --lr`;
}

/** Of every variant both models, its curves as numbers and as charts, and its card: all files of them or none. */
export async function writeModelFiles(folder: string, models: readonly TrainedModel[]): Promise<void> {
  // Drawing takes long to load, and only here is anything drawn.
  const { chartSvg } = await import('../charts/svg.js');
  const outputs = models.flatMap(({ variant, record, last, best }) => {
    const files: Record<string, Output['contents']> = {
      '.onnx': last,
      '-best.onnx': best,
      '.json': `${JSON.stringify(curvesRecord(record), null, 2)}\n`,
      '.md': withTrust(cardMarkdown(record), variant, record.trust),
    };
    for (const [name, chart] of Object.entries(recordCharts(record))) files[`-${name}.svg`] = chartSvg(chart);
    return Object.entries(files).map(([ending, contents]) => ({
      path: join(folder, variant + ending),
      contents,
    }));
  });
  await writeSet(outputs);
}
