import { type Command, Option } from 'commander';
import { portable } from '../../cluster/shipped.js';
import { readFloats } from '../../cluster/tasks/objects.js';
import { isImageFile, openImages } from '../../data/catalogue.js';
import { DataError } from '../../data/error.js';
import { type Split, splits } from '../../data/image-set.js';
import { formatInterval } from '../../format/numbers.js';
import { curvesRecord } from '../../vision/card.js';
import { parseCheckpoint } from '../../vision/checkpoint.js';
import { judgeImages, reportImages } from '../../vision/evaluation.js';
import { chooseModels, runsOf, writeModelFiles } from '../../vision/experiment.js';
import { type Variant, variants } from '../../vision/network.js';
import { modelPaths } from '../eval-cnn/command.js';
import { clearStatus, print } from '../output.js';
import { printTable } from '../table.js';
import { addTrainingOptions, experimentOf, noteTest, type TrainingArguments } from '../train-cnn/command.js';
import { printResults } from '../train-cnn/print.js';
import { addRunOptions, carryOut, printSummary, type RunArguments } from './run.js';

interface EvaluationArguments extends RunArguments {
  data: string;
  variant: Variant | 'both';
  model?: string[];
  split: Split;
  protocol: 'report' | 'medmnist';
}

export function register(run: Command): void {
  const train = run
    .command('train-cnn')
    .description('The experiment of hw2 train-cnn, one task a variant and learning rate.');
  addRunOptions(addTrainingOptions(train))
    .addHelpText('before', 'Examples:\n  hw2 cluster run train-cnn --data octmnist --queue redis://host\n')
    .action(trainCnn);
  const evaluate = run
    .command('eval-cnn')
    .description('The evaluation of hw2 eval-cnn, in parts of the images.')
    .option(
      '--data <name|file.npz>',
      'phantom, a name from hw2 data, or a file that all workers read',
      'phantom',
    )
    .addOption(new Option('--variant <name>', 'which network').choices([...variants, 'both']).default('both'))
    .option('--model <file.onnx...>', 'models to evaluate, instead of those that come with hw2')
    .addOption(new Option('--split <name>', 'which images').choices(splits).default('test'))
    .addOption(
      new Option('--protocol <name>', 'report: its 529 test images; medmnist: all')
        .choices(['report', 'medmnist'])
        .default('medmnist'),
    );
  addRunOptions(evaluate)
    .addHelpText('before', 'Examples:\n  hw2 cluster run eval-cnn --data octmnist\n')
    .action(evalCnn);
}

/** Images as every worker finds them: by the name of a data set, or by a path that does not depend on its folder. */
const sharedImages = (data: string) => (isImageFile(data) ? portable(data) : data);

async function trainCnn(args: TrainingArguments & RunArguments): Promise<void> {
  const experiment = { dataset: await openImages(args.data), ...experimentOf(args), resume: false };
  const runs = await runsOf(experiment);
  const { store, summary } = await carryOut(args, {
    kind: 'train-cnn',
    data: sharedImages(args.data),
    configurations: runs.map(({ identity }) => identity.options),
    ...(args.init !== undefined && { init: portable(args.init) }),
  });
  const ended = [];
  for (const [i, { identity }] of runs.entries()) {
    const name = summary.outputs[i]!;
    ended.push(parseCheckpoint(await store.read(name), `${store.url}/${name}`, identity));
  }
  const models = await chooseModels(experiment, runs, ended, noteTest);
  clearStatus();
  await writeModelFiles(args.out, models);
  if (!args.json) for (const model of models) await printResults(model);
  const records = models.map(({ record }) => curvesRecord(record));
  printSummary(summary, args.json, { data: experiment.dataset.origin, variants: records });
  if (!args.json) print(`models, curves and cards are in ${args.out}`);
}

async function evalCnn(args: EvaluationArguments): Promise<void> {
  const { data, split, protocol } = args;
  const dataset = await openImages(data);
  const all = dataset.split(split);
  const set = protocol === 'report' ? reportImages(all) : all;
  const paths = modelPaths(args);
  const { store, summary } = await carryOut(args, {
    kind: 'eval-cnn',
    ...{ data: sharedImages(data), split, protocol, models: paths.map(portable), images: set.labels.length },
  });
  const models = [];
  const parts = summary.outputs.length / paths.length;
  for (const [i, path] of paths.entries()) {
    const logProbabilities = new Float32Array(set.labels.length * set.classes);
    let at = 0;
    for (const name of summary.outputs.slice(i * parts, (i + 1) * parts)) {
      const { data: part } = await readFloats(store, name);
      if (at + part.length > logProbabilities.length)
        throw new DataError(`${store.url}/${name}: damaged, it has more scores than there are images`);
      logProbabilities.set(part, at);
      at += part.length;
    }
    const { predictions: _, ...result } = judgeImages(logProbabilities, set);
    models.push({ path, ...result });
  }
  if (!args.json) {
    printTable(
      ['model', 'images', 'accuracy', '95 % interval', 'AUC'],
      models.map(({ path, images, accuracy, interval, auc }) => [
        portable(path).replace('hw2:', ''),
        ...[String(images), accuracy.toFixed(4), formatInterval(interval, 4), auc.toFixed(4)],
      ]),
    );
  }
  printSummary(summary, args.json, { data: dataset.origin, split, protocol, models });
}
