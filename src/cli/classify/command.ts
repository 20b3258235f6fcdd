import { type Command, Option } from 'commander';
import { printable } from '../../data/printable.js';
import { modelClassNames } from '../../vision/evaluation.js';
import { openClassifier, shippedModel } from '../../vision/models.js';
import { type Variant, variants } from '../../vision/network.js';
import { centreCrop } from '../../vision/picture.js';
import { readPicture } from '../../vision/picture-file.js';
import { note, printJson } from '../output.js';
import { printTable } from '../table.js';

/** Trained on phantoms, then on real scans. */
const OCT_MODEL = 'octmnist-sample-finetuned';

interface Arguments {
  variant: Variant;
  model?: string;
  json?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<image...>', 'PNG or JPEG files')
    .addOption(new Option('--variant <name>', 'which network').choices(variants).default('maxpool'))
    .option('--model <file.onnx>', 'a model of hw2 train-cnn, instead of the one for retinal OCT')
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  hw2 classify scan.png --model trained/maxpool.onnx\n')
    .action(run);
}

async function run(paths: string[], args: Arguments): Promise<void> {
  const images = (await Promise.all(paths.map(readPicture))).map(centreCrop);
  const classifier = await openClassifier(args.model ?? shippedModel(OCT_MODEL, args.variant));
  const { classes } = classifier;
  const names = modelClassNames(classifier) ?? Array.from({ length: classes }, (_, i) => `class ${i}`);
  const set = { images: concatenate(images), labels: new Uint8Array(images.length), classes };
  const probabilities = (await classifier.logProbabilities(set)).map(Math.exp);
  const results = paths.map((path, i) => {
    const own = Array.from(probabilities.subarray(i * classes, (i + 1) * classes));
    return { path, class: names[own.indexOf(Math.max(...own))]!, probabilities: own };
  });
  const { data } = classifier.model.metadata;
  const trainedOn = data && printable(data);
  if (args.json) return printJson('classes', { classes: names, trainedOn, images: results });
  printTable(
    ['image', 'class', ...names],
    results.map((result) => [result.path, result.class, ...result.probabilities.map((p) => p.toFixed(4))]),
  );
  note(`trained on ${trainedOn ?? 'data that the model does not name'}; not for diagnosis`);
}

function concatenate(images: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(images.flatMap((image) => Array.from(image)));
}
