import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import colours from 'picocolors';
import { type Clip, readLjspeech } from '../data/ljspeech.js';
import type { Waveform } from '../data/wav.js';
import { readWav } from '../data/wav-file.js';
import { align } from '../metrics/alignment.js';
import { bootstrapInterval, pairedRandomisationTest } from '../metrics/resampling.js';
import { decode } from '../speech/decode.js';
import { type ClipScore, type SetScore, scoreClip, scoreSet } from '../speech/evaluation.js';
import { type Decoder, decoders } from '../speech/model/recognizer.js';
import { openRecognizer, shippedRecognizer } from '../speech/models.js';
import type { Recognizer } from '../speech/recognizer.js';
import { spectrogramOf } from '../speech/spectrogram.js';
import { encodeText } from '../speech/text.js';
import { wholeNumber } from './arguments.js';
import { clearStatus, print, printJson, printTable, status } from './output.js';

interface Arguments {
  data: string;
  decoder: Decoder | 'both';
  model?: string[];
  beam: number;
  json?: boolean;
}

interface Judged {
  name: string;
  folder: string;
  clips: ClipScore[];
  score: SetScore;
  /** Seconds of work on a second of sound, from samples to text. */
  realTimeFactor: number;
}

const EMBEDDED = fileURLToPath(new URL('../../models/asr-test', import.meta.url));
const EXAMPLES = 10;
const MEASURES = [
  ['loss', 'loss'],
  ['Jaccard', 'jaccard'],
  ['cosine', 'cosine'],
  ['Damerau–Levenshtein', 'edit'],
  ['CER', 'characterErrorRate'],
  ['WER', 'wordErrorRate'],
] as const;

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
  const recognizers = await Promise.all(folders.map(openRecognizer));
  const judged: Judged[] = [];
  for (const [i, recognizer] of recognizers.entries())
    judged.push({ folder: folders[i]!, ...(await judge(recognizer, clips, beam)) });
  clearStatus();

  const systems = judged.map((system) => ({ ...system, intervals: intervals(system.clips) }));
  const [first, second] = judged;
  const comparison = second && compare(first!, second);
  if (json) return printJson({ data, beam, systems, comparison: comparison ?? null });

  print(`${clips.length} sentences of ${data}, beam ${beam}; in brackets 95 % intervals\n`);
  printTable(
    ['', ...systems.map(({ name }) => name)],
    [
      ...MEASURES.map(([title, measure]) => [
        title,
        ...systems.map(({ score, intervals: { [measure]: interval } }) => {
          const [value, low, high] = [score[measure], interval!.low, interval!.high];
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
  for (const { name, clips: scored } of judged) {
    print(`\n${name}: what was said, what was heard`);
    for (const { target, predicted } of scored.slice(0, EXAMPLES)) printExample(target, predicted);
  }
}

async function judge(recognizer: Recognizer, clips: readonly Clip[], beam: number) {
  const scores: ClipScore[] = [];
  let work = 0;
  let sound = 0;
  for (const { audio, normalised } of clips) {
    const waveform = await readWav(audio);
    work += await timed(recognizer, waveform, beam);
    sound += waveform.samples.length / waveform.sampleRate;
    const utterance = { spectrogram: spectrogramOf(waveform), tokens: encodeText(normalised) };
    scores.push(await scoreClip(recognizer, utterance, { beam }));
    status(`${recognizer.decoder}: ${scores.length} of ${clips.length} sentences`);
  }
  const score = scoreSet(scores);
  return { name: recognizer.decoder, clips: scores, score, realTimeFactor: work / sound };
}

/** Seconds from samples to text. */
async function timed(recognizer: Recognizer, waveform: Waveform, beam: number): Promise<number> {
  const start = performance.now();
  await decode(recognizer, await recognizer.listen(spectrogramOf(waveform)), beam);
  return (performance.now() - start) / 1e3;
}

function intervals(clips: readonly ClipScore[]) {
  return Object.fromEntries(
    MEASURES.map(([, measure]) => [measure, bootstrapInterval(clips, (drawn) => scoreSet(drawn)[measure])]),
  );
}

function compare(first: Judged, second: Judged) {
  return MEASURES.map(([title, measure]) => {
    const differences = first.clips.map(
      (clip, i) => scoreSet([second.clips[i]!])[measure] - scoreSet([clip])[measure],
    );
    const difference = differences.reduce((sum, x) => sum + x, 0) / differences.length;
    return { title, difference, p: pairedRandomisationTest(differences) };
  });
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
