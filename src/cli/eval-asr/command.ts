import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { readLjspeech } from '../../data/ljspeech.js';
import { formatCounted } from '../../format/numbers.js';
import { compare, judge } from '../../speech/comparison.js';
import type { KernelAttention } from '../../speech/kernel-encoder.js';
import { type Decoder, decoders } from '../../speech/model/recognizer.js';
import { openRecognizer, shippedFolder, shippedRecognizer } from '../../speech/models.js';
import { wholeNumber } from '../arguments.js';
import { addEncoderAttention, type EncoderAttentionArguments, startKernels } from '../encoder-attention.js';
import { clearStatus, print, printJson, status } from '../output.js';
import { type JudgedSystem, printExamples, printScores } from './print.js';

interface Arguments extends EncoderAttentionArguments {
  data?: string;
  decoder: Decoder | 'both';
  model?: string[];
  beam: number;
  json?: boolean;
}

/** Which recognizers are run, with whose self-attention, and which of these are compared. */
interface Lineup {
  entries: { folder: string; kernels: KernelAttention | undefined }[];
  pairs: [number, number][];
}

/** The sentences that come with hw2. */
export const EMBEDDED = fileURLToPath(new URL('../../../models/asr-test', import.meta.url));

export function define(command: Command): void {
  command
    .option(
      '--data <folder>',
      'sentences laid out as LJSpeech, or ljspeech:test, instead of the 52 that come with hw2',
    )
    .addOption(new Option('--decoder <name>', 'the system').choices([...decoders, 'both']).default('both'))
    .option('--model <folder...>', 'recognizers of hw2 train-asr, instead of those that come with hw2')
    .option('--beam <n>', 'hypotheses that are kept; 1 decodes greedily', wholeNumber(1, 64), 1)
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      `Examples:
  hw2 eval-asr                        both systems on synthetic sentences
  hw2 eval-asr --attention taylor     what linear attention does to them
  hw2 eval-asr --data ljspeech:test   on LJSpeech, after hw2 data ljspeech
  hw2 eval-asr --model trained/lstm trained/attention --beam 5
`,
    );
  addEncoderAttention(command).action(run);
}

async function run(args: Arguments): Promise<void> {
  const { data = EMBEDDED, beam, json } = args;
  const clips = await readLjspeech(data);
  const kernels = await startKernels(args);
  const { entries, pairs } =
    args.attention === 'taylor' ? againstTaylor(args, kernels!) : againstEachOther(args, kernels);
  const recognizers = await Promise.all(
    entries.map(({ folder, kernels }) => openRecognizer(folder, kernels)),
  );
  const systems: JudgedSystem[] = [];
  for (const [i, recognizer] of recognizers.entries()) {
    const { folder, kernels: own } = entries[i]!;
    const onClip = (done: number) =>
      status(`${recognizer.decoder} decoder: ${done} of ${clips.length} sentences`);
    const judged = await judge(recognizer, clips, beam, onClip);
    systems.push({ folder, encoderAttention: recognizer.encoderAttention, ...described(own), ...judged });
  }
  clearStatus();
  const comparisons = pairs.map(([first, second]) => ({
    of: [first, second],
    differences: compare(systems[first]!, systems[second]!),
  }));
  if (json) return printJson('speech-scores', { data, beam, systems, comparisons });

  const origin = args.data ?? 'synthetic speech that come with hw2';
  print(`${formatCounted(clips.length, 'sentence')} of ${origin}, beam ${beam}; in brackets 95 % intervals`);
  for (const { of, differences } of comparisons)
    printScores(
      of.map((i) => systems[i]!),
      differences,
    );
  if (comparisons.length === 0) printScores(systems);
  for (const system of systems) printExamples(system);
}

/** Every recognizer in the one way that was asked for; the others are compared with the first. */
function againstEachOther(args: Arguments, kernels: KernelAttention | undefined): Lineup {
  const entries = foldersOf(args).map((folder) => ({ folder, kernels }));
  return { entries, pairs: entries.slice(1).map((_, i) => [0, i + 1]) };
}

/**
 * Every recognizer as trained and with linear attention in its place. The shipped one with the attention decoder is
 * compared with its sibling, too, that was trained with linear attention.
 */
function againstTaylor(args: Arguments, kernels: KernelAttention): Lineup {
  const folders = foldersOf(args);
  const entries: Lineup['entries'] = folders.flatMap((folder) => [
    { folder, kernels: undefined },
    { folder, kernels },
  ]);
  const pairs = folders.map((_, i): [number, number] => [2 * i, 2 * i + 1]);
  const softmax = folders.indexOf(shippedFolder('attention'));
  if (softmax < 0) return { entries, pairs };
  const { order: _, centroids: __, near: ___, ...asTrained } = kernels;
  return {
    entries: [...entries, { folder: shippedFolder('attention', 'taylor'), kernels: asTrained }],
    pairs: [...pairs, [2 * softmax, entries.length]],
  };
}

/** The recognizers that were named, or those that come with hw2. */
export function foldersOf({ model, decoder }: Pick<Arguments, 'model' | 'decoder'>): string[] {
  return model ?? (decoder === 'both' ? decoders : [decoder]).map(shippedRecognizer);
}

function described(
  kernels: KernelAttention | undefined,
): Pick<JudgedSystem, 'attention' | 'order' | 'centroids' | 'near'> {
  const attention = kernels === undefined ? 'onnx' : kernels.order === undefined ? 'kernels' : 'taylor';
  const { order = null, centroids = null, near = null } = kernels ?? {};
  return { attention, order, centroids, near };
}
