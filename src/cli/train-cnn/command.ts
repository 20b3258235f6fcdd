import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { type Command, InvalidArgumentError, Option } from 'commander';
import colours from 'picocolors';
import { openImages } from '../../data/catalogue.js';
import { writeWhole } from '../../data/write.js';
import { formatCount } from '../../format/numbers.js';
import { cardMarkdown, curvesRecord, type ModelRecord } from '../../vision/card.js';
import { accuracyChart, lossChart } from '../../vision/charts.js';
import { Classifier } from '../../vision/classifier.js';
import { evaluate } from '../../vision/evaluation.js';
import { readInitialWeights } from '../../vision/initial-weights.js';
import type { TrainingJob } from '../../vision/job.js';
import { inferenceModel, type Variant, variants } from '../../vision/network.js';
import { bestRun, runJobs } from '../../vision/search.js';
import { type Progress, reportOptions, type TrainingOptions } from '../../vision/training.js';
import { commandLine, numberAbove, wholeNumber } from '../arguments.js';
import { print, printJson, printTable } from '../output.js';

interface Arguments {
  data: string;
  variant: Variant | 'both';
  lr: number[];
  epochs: number;
  batch: number;
  seed: number;
  dropout: number;
  l2: number;
  optimizer: 'sgd' | 'adamw';
  augment?: boolean;
  balance?: boolean;
  init?: string;
  out: string;
  resume?: boolean;
  json?: boolean;
}

export function register(program: Command): void {
  program
    .command('train-cnn')
    .description(
      'Train the convolutional network of question 2, choosing the learning rate on the validation set.',
    )
    .option(
      '--data <name|file.npz>',
      'phantom (synthetic), phantom:N, a name from hw2 data, or a file',
      'phantom',
    )
    .addOption(
      new Option('--variant <name>', 'how images shrink').choices([...variants, 'both']).default('both'),
    )
    .option('--lr <list>', 'learning rates to choose from', learningRates, [0.1, 0.01, 0.001])
    .option('--epochs <n>', 'epochs', wholeNumber(1, 10_000), reportOptions.epochs)
    .option('--batch <n>', 'images in a step', wholeNumber(1, 4096), reportOptions.batch)
    .option('--seed <n>', 'seed of initialisation, order and dropout', wholeNumber(0), reportOptions.seed)
    .option('--dropout <p>', 'probability that a hidden unit is left out', probability, reportOptions.dropout)
    .option('--l2 <x>', 'L2 penalty, or weight decay of adamw', nonNegative, reportOptions.l2)
    .addOption(new Option('--optimizer <name>', 'rule of descent').choices(['sgd', 'adamw']).default('sgd'))
    .option('--augment', 'vary position, contrast and brightness of every image in every epoch')
    .option('--balance', 'weigh the loss so that every class counts the same')
    .option('--init <model.onnx>', 'begin with the weights of this model')
    .option('--out <folder>', 'where models, curves and cards go', 'trained')
    .option('--resume', 'go on from the checkpoints in the folder')
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      `Examples:
  hw2 train-cnn --data octmnist                    the report's experiment, both variants
  hw2 train-cnn --data phantom --variant stride --lr 0.01 --epochs 3
  hw2 train-cnn --data scans.npz --init models/phantom/maxpool.onnx --variant maxpool
`,
    )
    .action(run);
}

async function run(args: Arguments): Promise<void> {
  const dataset = await openImages(args.data);
  const [train, val, test] = [dataset.split('train'), dataset.split('val'), dataset.split('test')];
  const chosen = args.variant === 'both' ? variants : [args.variant];
  const init = args.init === undefined ? undefined : await readInitialWeights(args.init, dataset);
  const data = { ...dataset, classNames: dataset.classNames ?? init?.classNames };

  const jobs = chosen.flatMap((variant) =>
    args.lr.map((learningRate): TrainingJob => {
      const {
        epochs,
        batch,
        seed,
        dropout,
        l2,
        optimizer: optimiser,
        augment = false,
        balance = false,
      } = args;
      const regularisation = { dropout, l2, augment, balance };
      return {
        data: { train, val },
        identity: {
          data: `${dataset.origin}, ${train.labels.length} training images`,
          options: { variant, learningRate, epochs, batch, seed, optimiser, ...regularisation },
        },
        ...(init && { initial: init.weights }),
        checkpoint: join(args.out, 'checkpoints', `${variant}-${learningRate}.safetensors`),
        resume: args.resume ?? false,
      };
    }),
  );
  const { progress, imagesPerSecond } = await runWithProgress(
    jobs,
    train.labels.length * args.epochs * jobs.length,
  );

  const trained: TrainedModel[] = [];
  for (const variant of chosen) {
    const runs = jobs.flatMap(({ identity: { options } }, i) =>
      options.variant === variant ? [{ options, progress: progress[i]! }] : [],
    );
    const best = runs[bestRun(runs.map((run) => run.progress))];
    if (!best) throw new Error(`${variant}: ${divergence(runs[0]!)}; nothing was written but checkpoints`);
    const classNames = data.classNames && { class_names: data.classNames.join('\n') };
    const model = (flat: Float32Array) =>
      inferenceModel(flat, variant, train.classes, { data: dataset.origin, variant, ...classNames });
    const last = model(best.progress.state.vectors.parameters!);
    const record = {
      data,
      command: commandLine(),
      init: args.init,
      options: best.options,
      runs: runs.map((run) => ({ learningRate: run.options.learningRate, progress: run.progress })),
      images: { train: train.labels.length, val: val.labels.length },
      test: await evaluate(await Classifier.create(last, variant), test),
    };
    trained.push({ variant, record, last, best: model(best.progress.best) });
  }
  for (const model of trained) await writeModelFiles(args.out, model);
  if (args.json)
    return printJson({
      data: dataset.origin,
      imagesPerSecond,
      variants: trained.map(({ record }) => curvesRecord(record)),
    });
  for (const model of trained) await printResults(model);
  print(
    `\n${formatCount(Math.round(imagesPerSecond))} images/s; models, curves and cards are in ${args.out}`,
  );
}

/** What happened to a run that diverged, and what to do. */
function divergence({ options, progress }: { options: TrainingOptions; progress: Progress }): string {
  const { epoch, batch } = progress.diverged!;
  return `training at learning rate ${options.learningRate} diverged: the loss is no number from epoch ${epoch}, batch ${batch} on; try a smaller --lr`;
}

interface TrainedModel {
  variant: Variant;
  record: ModelRecord;
  /** ONNX files of the last epoch, and of the one with the highest validation accuracy. */
  last: Uint8Array;
  best: Uint8Array;
}

/** The record's curves as charts that say where they come from. */
function charts({ data, command, runs, options }: ModelRecord) {
  const title = `${options.variant} on ${data.name}`;
  const source = `${options.variant}.json, by ${command}`;
  const curves = runs.map(({ learningRate, progress }) => ({ learningRate, epochs: progress.curve }));
  return {
    loss: { ...lossChart(title, curves), source },
    accuracy: { ...accuracyChart(title, curves), source },
  };
}

async function writeModelFiles(folder: string, { variant, record, last, best }: TrainedModel): Promise<void> {
  // Drawing takes long to load, and only here is anything drawn.
  const { chartSvg } = await import('../../charts/svg.js');
  await writeWhole(join(folder, `${variant}.onnx`), last);
  await writeWhole(join(folder, `${variant}-best.onnx`), best);
  await writeWhole(join(folder, `${variant}.json`), `${JSON.stringify(curvesRecord(record), null, 2)}\n`);
  await writeWhole(join(folder, `${variant}.md`), cardMarkdown(record));
  const { loss, accuracy } = charts(record);
  await writeWhole(join(folder, `${variant}-loss.svg`), chartSvg(loss));
  await writeWhole(join(folder, `${variant}-accuracy.svg`), chartSvg(accuracy));
}

async function printResults({ variant, record }: TrainedModel): Promise<void> {
  print(
    `\n${variant} on ${record.data.origin}: learning rate ${record.options.learningRate} chosen on validation`,
  );
  printTable(
    ['learning rate', 'last loss', 'validation, last epoch', 'validation, best epoch'],
    record.runs.map(({ learningRate, progress: { curve, diverged } }) => [
      String(learningRate),
      ...(diverged
        ? [`diverged in epoch ${diverged.epoch}`, '–', '–']
        : [
            curve.at(-1)!.loss.toFixed(4),
            curve.at(-1)!.accuracy.toFixed(4),
            Math.max(...curve.map(({ accuracy }) => accuracy)).toFixed(4),
          ]),
    ]),
  );
  if (process.stdout.isTTY && record.options.epochs > 1) {
    const { chartText } = await import('../../charts/text.js');
    print(chartText(charts(record).accuracy, colours.isColorSupported));
  }
  const { accuracy, interval, images } = record.test;
  const range = `${interval.low.toFixed(4)} to ${interval.high.toFixed(4)}`;
  print(`test: accuracy ${accuracy.toFixed(4)} (95 % ${range}), ${images} images`);
}

async function runWithProgress(
  jobs: readonly TrainingJob[],
  total: number,
): Promise<{ progress: Progress[]; imagesPerSecond: number }> {
  const bar = new SingleBar({
    format: 'training {bar} {percentage} % | {speed} images/s | {left} left',
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: true,
  });
  const start = performance.now();
  let trained = 0;
  const speed = () => trained / ((performance.now() - start) / 1e3);
  bar.start(total, 0, { speed: '-', left: '-' });
  try {
    const progress = await runJobs(jobs, {
      processes: availableParallelism(),
      onImages: (images, kept) => {
        trained = images - kept;
        const left = trained > 0 ? `${Math.ceil((total - images) / speed())} s` : '-';
        bar.update(images, { speed: formatCount(Math.round(speed())), left });
      },
    });
    return { progress, imagesPerSecond: speed() };
  } finally {
    bar.stop();
  }
}

function learningRates(text: string): number[] {
  const rates = text.split(',').map(numberAbove(0));
  if (new Set(rates).size < rates.length)
    throw new InvalidArgumentError('The same learning rate is there twice.');
  return rates;
}

function probability(text: string): number {
  const value = nonNegative(text);
  if (value < 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 up to, not with, 1.');
}

function nonNegative(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('Expected a number of 0 or more.');
}
