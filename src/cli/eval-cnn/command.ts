import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { openImages } from '../../data/catalogue.js';
import { DataError } from '../../data/error.js';
import { type Split, splits } from '../../data/image-set.js';
import { printable } from '../../data/printable.js';
import {
  formatCount,
  formatInterval,
  formatProbability,
  formatSeconds,
  formatSigned,
} from '../../format/numbers.js';
import { mcnemar } from '../../statistics/proportions.js';
import {
  checkClasses,
  type Evaluation,
  evaluate,
  modelClassNames,
  reportImages,
} from '../../vision/evaluation.js';
import { openClassifier, shippedModel } from '../../vision/models.js';
import { type Variant, variants } from '../../vision/network.js';
import { clearStatus, print, printJson, status } from '../output.js';
import { printTable } from '../table.js';

interface Arguments {
  data: string;
  variant: Variant | 'both';
  model?: string[];
  split: Split;
  protocol: 'report' | 'medmnist';
  json?: boolean;
}

interface JudgedNetwork {
  name: string;
  path: string;
  parameters: number;
  trainedOn: string | undefined;
  result: Evaluation;
}

export function define(command: Command): void {
  command
    .option('--data <name|file.npz>', 'phantom (synthetic), a name from hw2 data, or a file', 'phantom')
    .addOption(new Option('--variant <name>', 'which network').choices([...variants, 'both']).default('both'))
    .option('--model <file.onnx...>', 'models to evaluate, instead of those that come with hw2')
    .addOption(new Option('--split <name>', 'which images').choices(splits).default('test'))
    .addOption(
      new Option('--protocol <name>', 'report: the 529 test images of the report; medmnist: all')
        .choices(['report', 'medmnist'])
        .default('medmnist'),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      `Examples:
  hw2 eval-cnn                 both networks on 1,000 synthetic images
  hw2 eval-cnn --data octmnist --model trained/*.onnx --protocol report
`,
    )
    .action(run);
}

async function run(args: Arguments): Promise<void> {
  const dataset = await openImages(args.data);
  const paths = modelPaths(args);
  const classifiers = await Promise.all(paths.map(openClassifier));
  classifiers.forEach((classifier, i) => {
    checkClasses(classifier, paths[i]!, dataset);
  });
  const all = dataset.split(args.split, (made, of) =>
    status(`making images: ${formatCount(made)} of ${formatCount(of)}`),
  );
  clearStatus();
  const set = args.protocol === 'report' ? reportImages(all) : all;

  const judged: JudgedNetwork[] = [];
  for (const [i, classifier] of classifiers.entries()) {
    const { metadata } = classifier.model;
    judged.push({
      name: printable(metadata.variant ?? paths[i]!),
      path: paths[i]!,
      parameters: classifier.parameters,
      trainedOn: metadata.data && printable(metadata.data),
      // Where the data alone cannot tell how many classes there are, the model does.
      result: await evaluate(classifier, { ...set, classes: classifier.classes }),
    });
  }
  const [first, second] = judged;
  const test = second && mcnemar(set.labels, first!.result.predictions, second.result.predictions);
  const names = dataset.classNames ?? modelClassNames(classifiers[0]!) ?? numbered(classifiers[0]!.classes);
  const absent = names.filter((_, label) => !set.labels.includes(label));

  if (args.json)
    return printJson('image-scores', {
      data: dataset.origin,
      split: args.split,
      protocol: args.protocol,
      classes: names,
      absentClasses: absent,
      chance: chanceOf(set.labels, names),
      models: judged.map(({ result: { predictions: _, ...result }, ...model }) => ({ ...model, ...result })),
      mcnemar: test ?? null,
    });
  print(
    `${formatCount(set.labels.length)} ${args.split} images: ${dataset.origin} (protocol ${args.protocol})\n`,
  );
  const chance = chanceOf(set.labels, names);
  printSummary(judged, names, chance);
  for (const { name, result } of judged)
    if (result.interval.low <= chance.share)
      print(
        `\n${name} is not better than chance here: who always names ${chance.name} has an accuracy of ${chance.share.toFixed(4)}.`,
      );
  if (absent.length > 0)
    print(
      `\nNo image of ${absent.join(', ')}: recall and AUC, the mean over classes, are not defined without.`,
    );
  for (const { name, result } of judged) {
    print(`\n${name}: true classes in rows, predictions in columns`);
    printTable(
      ['', ...names],
      result.confusion.map((row, i) => [names[i]!, ...row.map(String)]),
    );
  }
  if (test) {
    const difference = first!.result.accuracy - second.result.accuracy;
    print(
      `\n${first!.name} − ${second.name}: ${formatSigned(difference, 4)}. ` +
        `Right alone: ${test.onlyFirst} and ${test.onlySecond} images; McNemar's exact test: ${formatProbability(test.p)}`,
    );
  }
}

interface Chance {
  /** The class that most images have, and their share: the accuracy of who always names it. */
  name: string;
  share: number;
}

function chanceOf(labels: Uint8Array, names: readonly string[]): Chance {
  const counts = names.map((_, label) => labels.filter((one) => one === label).length);
  const most = Math.max(...counts);
  return { name: names[counts.indexOf(most)]!, share: most / labels.length };
}

function printSummary(judged: readonly JudgedNetwork[], names: readonly string[], chance: Chance): void {
  const row = (title: string, cell: (judged: JudgedNetwork) => string) => [title, ...judged.map(cell)];
  printTable(
    ['', ...judged.map(({ name }) => name)],
    [
      row('accuracy', ({ result }) => result.accuracy.toFixed(4)),
      row('95 % interval', ({ result: { interval } }) => formatInterval(interval, 4)),
      row(`chance: always ${chance.name}`, () => chance.share.toFixed(4)),
      row('AUC', ({ result }) => share(result.auc)),
      ...names.map((name, i) => row(`recall, ${name}`, ({ result }) => share(result.recalls[i]!))),
      row('parameters', ({ parameters }) => formatCount(parameters)),
      row('one image alone', ({ result }) => formatSeconds(result.secondsPerImage)),
      row('images/s in batches', ({ result }) => formatCount(Math.round(result.throughput))),
      row('trained on', ({ trainedOn }) => trainedOn ?? 'not said'),
    ],
  );
}

/** The models that were named, or those that come with hw2 for the data. */
export function modelPaths({
  model,
  data,
  variant,
}: Pick<Arguments, 'model' | 'data' | 'variant'>): string[] {
  if (model) return model;
  const paths = (variant === 'both' ? variants : [variant]).map((name) => shippedModel(data, name));
  if (paths.every(existsSync)) return paths;
  throw new DataError(
    `no model for ${data} comes with hw2; train one with hw2 train-cnn --data ${data}, or name it with --model`,
  );
}

function numbered(classes: number): string[] {
  return Array.from({ length: classes }, (_, i) => `class ${i}`);
}

/** A share, or that it is not defined. */
function share(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(4);
}
