import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import colours from 'picocolors';
import { readLjspeech } from '../data/ljspeech.js';
import { align } from '../metrics/alignment.js';
import { compare, type Judged, judge, MEASURES } from '../speech/comparison.js';
import { type Decoder, decoders } from '../speech/model/recognizer.js';
import { openRecognizer, shippedRecognizer } from '../speech/models.js';
import { wholeNumber } from './arguments.js';
import { clearStatus, print, printJson, printTable, status } from './output.js';

interface Arguments {
  data: string;
  decoder: Decoder | 'both';
  model?: string[];
  beam: number;
  json?: boolean;
}

const EMBEDDED = fileURLToPath(new URL('../../models/asr-test', import.meta.url));
const EXAMPLES = 10;

export function register(program: Command): void {
  program
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
  hw2 eval-asr --data LJSpeech-1.1 --beam 5
  hw2 eval-asr --model trained/lstm trained/attention
`,
    )
    .action(run);
}

async function run({ data, decoder, model, beam, json }: Arguments): Promise<void> {
  const folders = model ?? (decoder === 'both' ? decoders : [decoder]).map(shippedRecognizer);
  const clips = await readLjspeech(data);
  const recognizers = await Promise.all(folders.map((folder) => openRecognizer(folder)));
  const systems: (Judged & { folder: string })[] = [];
  for (const [i, recognizer] of recognizers.entries()) {
    const onClip = (done: number) => status(`${recognizer.decoder}: ${done} of ${clips.length} sentences`);
    systems.push({ folder: folders[i]!, ...(await judge(recognizer, clips, beam, onClip)) });
  }
  clearStatus();
  const [first, second] = systems;
  const comparison = second && compare(first!, second);
  if (json) return printJson({ data, beam, systems, comparison: comparison ?? null });

  print(`${clips.length} sentences of ${data}, beam ${beam}; in brackets 95 % intervals\n`);
  printTable(
    ['', ...systems.map(({ name }) => name)],
    [
      ...MEASURES.map(({ title, measure }) => [
        title,
        ...systems.map(({ score, intervals: { [measure]: interval } }) => {
          const [value, low, high] = [score[measure], interval.low, interval.high];
          return `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
        }),
      ]),
      ['real-time factor', ...systems.map(({ realTimeFactor }) => realTimeFactor.toFixed(3))],
    ],
  );
  if (comparison) {
    print(`\n${second.name} − ${first!.name}, clip by clip (randomisation test):`);
    for (const { title, difference, p } of comparison)
      print(`  ${title}: ${difference >= 0 ? '+' : ''}${difference.toFixed(3)}, p = ${p.toPrecision(2)}`);
  }
  for (const { name, clips: scored } of systems) {
    print(`\n${name}: what was said, what was heard`);
    for (const { target, predicted } of scored.slice(0, EXAMPLES)) printExample(target, predicted);
  }
}

/** Both texts, one below the other; what differs is red, and underlined for those who see no colour. */
function printExample(target: string, predicted: string): void {
  const pairs = align(target, predicted);
  const line = (side: 'reference' | 'hypothesis') =>
    pairs
      .map((pair) => {
        const shown = pair[side] ?? '·';
        return pair.reference === pair.hypothesis ? shown : colours.underline(colours.red(shown));
      })
      .join('');
  print(`  ${line('reference')}\n  ${line('hypothesis')}\n`);
}
