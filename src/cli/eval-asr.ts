import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import colours from 'picocolors';
import { readLjspeech } from '../data/ljspeech.js';
import { type AlignedPair, align } from '../metrics/alignment.js';
import { compare, type Difference, type Judged, judge, MEASURES } from '../speech/comparison.js';
import type { KernelAttention } from '../speech/kernel-encoder.js';
import type { EncoderAttention } from '../speech/model/encoder.js';
import { type Decoder, decoders } from '../speech/model/recognizer.js';
import { openRecognizer, shippedRecognizer } from '../speech/models.js';
import { wholeNumber } from './arguments.js';
import { addEncoderAttention, type EncoderAttentionArguments, startKernels } from './encoder-attention.js';
import { clearStatus, print, printJson, printTable, status } from './output.js';

interface Arguments extends EncoderAttentionArguments {
  data: string;
  decoder: Decoder | 'both';
  model?: string[];
  beam: number;
  json?: boolean;
}

/** A recognizer in one of the ways in which its encoder can be run. */
interface Contender extends Judged {
  folder: string;
  /** As trained. */
  encoderAttention: EncoderAttention;
  /** As run. */
  attention: EncoderAttentionArguments['attention'];
  /** Where that is taylor. */
  order: number | null;
}

const EMBEDDED = fileURLToPath(new URL('../../models/asr-test', import.meta.url));
const EXAMPLES = 10;

export function register(program: Command): void {
  const command = program
    .command('eval-asr')
    .description('Evaluate the speech recognizers of question 3: LSTM decoder against attention decoder.')
    .option(
      '--data <folder>',
      'sentences laid out as LJSpeech, instead of the 52 that come with hw2',
      EMBEDDED,
    )
    .addOption(new Option('--decoder <name>', 'the system').choices([...decoders, 'both']).default('both'))
    .option('--model <folder...>', 'recognizers of hw2 train-asr, instead of those that come with hw2')
    .option('--beam <n>', 'hypotheses that are kept; 1 decodes greedily', wholeNumber(1, 64), 1)
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      `Examples:
  hw2 eval-asr                                   both systems on synthetic sentences
  hw2 eval-asr --attention taylor                what linear attention does to them
  hw2 eval-asr --data ljspeech:test              the test clips of LJSpeech, after hw2 data ljspeech
  hw2 eval-asr --model trained/lstm trained/attention --beam 5
`,
    );
  addEncoderAttention(command).action(run);
}

async function run(args: Arguments): Promise<void> {
  const { data, decoder, model, beam, json } = args;
  const folders = model ?? (decoder === 'both' ? decoders : [decoder]).map(shippedRecognizer);
  const clips = await readLjspeech(data);
  const kernels = await startKernels(args);
  // Linear attention in place of the trained one is compared with it.
  const ways = args.attention === 'taylor' ? [undefined, kernels] : [kernels];
  const pending = folders.flatMap((folder) =>
    ways.map(async (way) => ({ folder, way, recognizer: await openRecognizer(folder, way) })),
  );
  const systems: Contender[] = [];
  for (const { folder, way, recognizer } of await Promise.all(pending)) {
    const onClip = (done: number) => status(`${folder}: ${done} of ${clips.length} sentences`);
    const judged = await judge(recognizer, clips, beam, onClip);
    systems.push({ folder, encoderAttention: recognizer.encoderAttention, ...described(way), ...judged });
  }
  clearStatus();
  const pairs = pairsOf(systems, ways.length);
  if (json) {
    const comparisons = pairs.map(([first, second]) => ({
      of: [systems.indexOf(first), systems.indexOf(second)],
      differences: compare(first, second),
    }));
    return printJson({ data, beam, systems, comparisons });
  }
  print(`${clips.length} sentences of ${data}, beam ${beam}; in brackets 95 % intervals`);
  for (const pair of pairs) printScores(pair, compare(...pair));
  if (pairs.length === 0) printScores(systems);
  for (const system of systems) printExamples(system);
}

function described(way: KernelAttention | undefined): Pick<Contender, 'attention' | 'order'> {
  const attention = way === undefined ? 'onnx' : way.order === undefined ? 'wasm' : 'taylor';
  return { attention, order: way?.order ?? null };
}

/** What is compared: the ways to run one recognizer where there are two, else every other recognizer with the first. */
function pairsOf(systems: readonly Contender[], ways: number): [Contender, Contender][] {
  const [first, ...others] = systems;
  return ways === 1
    ? others.map((other) => [first!, other])
    : systems.flatMap((system, i) => (i % 2 === 1 ? [[systems[i - 1]!, system]] : []));
}

function titleOf({ folder, order }: Contender): string {
  const name = basename(resolve(folder));
  return order === null ? name : `${name}, order ${order}`;
}

/** A table of one system, or of two and what is between them. */
function printScores(systems: readonly Contender[], differences: readonly Difference[] = []): void {
  print('');
  printTable(
    ['', ...systems.map(titleOf), ...(differences.length > 0 ? ['change', 'p'] : [])],
    [
      ...MEASURES.map(({ title, measure }, i) => {
        const scores = systems.map(({ score, intervals: { [measure]: interval } }) => {
          const [low, high] = [interval.low.toFixed(3), interval.high.toFixed(3)];
          return `${score[measure].toFixed(3)} (${low}–${high})`;
        });
        const between = differences[i];
        return [title, ...scores, ...(between ? [signed(between.difference), between.p.toFixed(4)] : [])];
      }),
      [
        'real-time factor',
        ...systems.map(({ realTimeFactor }) => realTimeFactor.toFixed(3)),
        ...(differences.length > 0 ? ['', ''] : []),
      ],
    ],
  );
}

function signed(difference: number): string {
  return `${difference >= 0 ? '+' : '−'}${Math.abs(difference).toFixed(3)}`;
}

function printExamples(system: Contender): void {
  print(`\n${titleOf(system)}: what was said, what was heard`);
  for (const { target, predicted } of system.clips.slice(0, EXAMPLES)) printExample(target, predicted);
}

/** Both texts, one below the other; what differs is red, and below it stands a ^ where there is no colour. */
function printExample(target: string, predicted: string): void {
  const pairs = align(target, predicted);
  const isRight = ({ reference, hypothesis }: AlignedPair) => reference === hypothesis;
  const line = (side: keyof AlignedPair) =>
    pairs.map((pair) => (isRight(pair) ? pair[side] : colours.red(pair[side] ?? '·'))).join('');
  print(`  ${line('reference')}\n  ${line('hypothesis')}`);
  print(colours.isColorSupported ? '' : `  ${pairs.map((pair) => (isRight(pair) ? ' ' : '^')).join('')}`);
}
