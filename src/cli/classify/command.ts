import { type Command, Option } from 'commander';
import { printable } from '../../data/printable.js';
import { formatChance, formatRough } from '../../format/numbers.js';
import type { Classifier } from '../../vision/classifier.js';
import { modelClassNames } from '../../vision/evaluation.js';
import { describeTest, judgePictures } from '../../vision/judge.js';
import { openClassifier, shippedModel } from '../../vision/models.js';
import { type Variant, variants } from '../../vision/network.js';
import { centreCrop } from '../../vision/picture.js';
import { readPicture } from '../../vision/picture-file.js';
import { note, printJson, warn } from '../output.js';
import { printTable } from '../table.js';

/** Trained on phantoms, then on real scans. */
const OCT_MODEL = 'octmnist-sample-finetuned';

interface Arguments {
  variant: Variant;
  model?: string;
  json?: boolean;
}

interface Result {
  path: string;
  /** null where the picture is refused. */
  class: string | null;
  refused: boolean;
  distance: number | null;
  probabilities: number[] | null;
}

export function define(command: Command): void {
  command
    .argument('<image...>', 'PNG or JPEG files')
    .addOption(new Option('--variant <name>', 'which network').choices(variants).default('maxpool'))
    .option('--model <file.onnx>', 'a model of hw2 train-cnn, instead of the one for retinal OCT')
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      'Examples:\n  hw2 classify scan.png\n  hw2 classify scan.png --model trained/maxpool.onnx\n',
    )
    .action(run);
}

async function run(paths: string[], args: Arguments): Promise<void> {
  const images = (await Promise.all(paths.map(readPicture))).map(centreCrop);
  const classifier = await openClassifier(args.model ?? shippedModel(OCT_MODEL, args.variant));
  const { classes, trust } = classifier;
  const names = modelClassNames(classifier) ?? Array.from({ length: classes }, (_, i) => `class ${i}`);
  const judgements = await judgePictures(classifier, concatenate(images));
  const results = judgements.map(({ isRefused, distance = null, probabilities }, i): Result => {
    const told = isRefused ? null : names[probabilities.indexOf(Math.max(...probabilities))]!;
    const shown = isRefused ? null : probabilities;
    return { path: paths[i]!, class: told, refused: isRefused, distance, probabilities: shown };
  });
  const { data } = classifier.model.metadata;
  const trainedOn = data && printable(data);
  if (args.json)
    return printJson(
      'classes',
      { classes: names, trainedOn, tested: trust?.tested ?? [], images: results },
      2,
    );
  printResults(results, names);
  printTrust(classifier, results, trainedOn);
}

/** Of one picture all probabilities; of several, one line each. */
function printResults(results: readonly Result[], names: readonly string[]): void {
  const [first] = results;
  if (results.length === 1 && first!.probabilities) {
    const rows = first!.probabilities.map((probability, i) => [names[i]!, formatChance(probability)]);
    printTable([first!.path, 'probability'], rows);
    return;
  }
  printTable(
    ['image', 'class', 'probability'],
    results.map(({ path, class: told, probabilities }) => [
      path,
      told ?? 'refused',
      probabilities ? formatChance(Math.max(...probabilities)) : '–',
    ]),
  );
}

function printTrust({ trust }: Classifier, results: readonly Result[], trainedOn: string | undefined): void {
  for (const { path, refused, distance } of results)
    if (refused)
      warn(
        `${path}: unlike the images that the network was trained on (${formatRough(distance!)} times as far from them as the farthest that is accepted); no class is told`,
      );
  if (!trust) warn('the model does not say how far it can be trusted; hw2 train-cnn makes one that does');
  note(`trained on ${trainedOn ?? 'data that the model does not name'}`);
  for (const test of trust?.tested ?? []) note(describeTest(test));
  note('not for diagnosis');
}

function concatenate(images: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(images.flatMap((image) => Array.from(image)));
}
