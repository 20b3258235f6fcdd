import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { openImages } from '../../data/catalogue.js';
import { withFolder } from '../../data/lock.js';
import { checkWritable } from '../../data/write.js';
import { formatCount } from '../../format/numbers.js';
import { curvesRecord } from '../../vision/card.js';
import { trainVariants, writeModelFiles } from '../../vision/experiment.js';
import { type Variant, variants } from '../../vision/network.js';
import { reportOptions } from '../../vision/training.js';
import { commandLine, numberAbove, outputPath, resumingCommand, wholeNumber } from '../arguments.js';
import { hintWhenInterrupted, print, printJson, status } from '../output.js';
import { startProgress } from '../progress.js';
import { printResults } from './print.js';

export interface TrainingArguments {
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
}

interface Arguments extends TrainingArguments {
  resume?: boolean;
  json?: boolean;
}

export function define(command: Command): void {
  addTrainingOptions(command)
    .option('--resume', 'go on from the checkpoints in the folder')
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      `Examples:
  hw2 train-cnn --data octmnist         the report's experiment, both variants
  hw2 train-cnn --data phantom --variant stride --lr 0.01 --epochs 3
  hw2 train-cnn --data scans.npz --init phantom.onnx --variant maxpool
`,
    )
    .action(run);
}

/** What is trained, on what and how: the same for one machine and for many. */
export function addTrainingOptions(command: Command): Command {
  return command
    .option(
      '--data <name|file.npz>',
      'phantom (synthetic), phantom:N, a name from hw2 data, or a file',
      'phantom',
    )
    .addOption(
      new Option('--variant <name>', 'how images shrink').choices([...variants, 'both']).default('both'),
    )
    .addOption(
      new Option('--lr <list>', 'learning rates to choose from')
        .argParser(learningRates)
        .default([0.1, 0.01, 0.001], '0.1,0.01,0.001'),
    )
    .option('--epochs <n>', 'epochs', wholeNumber(1, 10_000), reportOptions.epochs)
    .option('--batch <n>', 'images in a step', wholeNumber(1, 4096), reportOptions.batch)
    .option('--seed <n>', 'seed of initialisation, order and dropout', wholeNumber(0), reportOptions.seed)
    .option('--dropout <p>', 'probability that a hidden unit is left out', probability, reportOptions.dropout)
    .option('--l2 <x>', 'L2 penalty, or weight decay of adamw', nonNegative, reportOptions.l2)
    .addOption(new Option('--optimizer <name>', 'rule of descent').choices(['sgd', 'adamw']).default('sgd'))
    .option('--augment', 'vary position, contrast and brightness of every image in every epoch')
    .option('--balance', 'weigh the loss so that every class counts the same')
    .option('--init <model.onnx>', 'begin with the weights of this model')
    .option('--out <folder>', 'where models, curves and cards go', outputPath, 'trained');
}

/** What all runs of the experiment share, and what they differ in. */
export function experimentOf(args: TrainingArguments) {
  const {
    lr,
    epochs,
    batch,
    seed,
    dropout,
    l2,
    optimizer: optimiser,
    augment = false,
    balance = false,
  } = args;
  return {
    settings: { epochs, batch, seed, dropout, l2, optimiser, augment, balance },
    variants: args.variant === 'both' ? variants : [args.variant],
    learningRates: lr,
    init: args.init,
    folder: args.out,
    command: commandLine(),
  };
}

async function run(args: Arguments): Promise<void> {
  await checkWritable(join(args.out, 'model.onnx'));
  const dataset = await openImages(args.data);
  const { models, imagesPerSecond } = await withFolder(args.out, async () => {
    const progress = startProgress('training');
    const trained = await trainVariants(
      { dataset, ...experimentOf(args), resume: args.resume ?? false },
      {
        onImages: (made, of) => status(`making images: ${formatCount(made)} of ${formatCount(of)}`),
        onProgress: ({ images, total, imagesPerSecond: speed }) => {
          hintWhenInterrupted(`Finished epochs are kept; go on with: ${resumingCommand()}`);
          const left =
            speed > 0 ? `, ${formatSpeed(speed)}, ${Math.ceil((total - images) / speed)} s left` : '';
          progress.update(images, total, `${formatCount(images)} of ${formatCount(total)} images${left}`);
        },
        onTest: noteTest,
      },
    ).finally(() => progress.stop());
    hintWhenInterrupted();
    await writeModelFiles(args.out, trained.models);
    return trained;
  });
  if (args.json)
    return printJson('image-training', {
      data: dataset.origin,
      imagesPerSecond,
      variants: models.map(({ record }) => curvesRecord(record)),
    });
  for (const model of models) await printResults(model);
  const speed = imagesPerSecond > 0 ? `${formatSpeed(imagesPerSecond)}; ` : '';
  print(`\n${speed}models, curves and cards are in ${args.out}`);
}

const formatSpeed = (imagesPerSecond: number): string =>
  `${formatCount(Math.round(imagesPerSecond))} images/s`;

/** What follows training, and takes seconds: the gate and the temperature of a model, and how it does on the test images. */
export const noteTest = (variant: Variant): void =>
  status(`${variant}: testing, and fitting what it says of itself`);

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
