import { type Command, Option } from 'commander';
import colours from 'picocolors';
import { formatPercent } from '../../format/numbers.js';
import { type Transcript, UNSURE } from '../../speech/confidence.js';
import { type Decoder, decoders } from '../../speech/model/recognizer.js';
import { openRecognizer, shippedRecognizer } from '../../speech/models.js';
import { readSound } from '../../speech/sound.js';
import { transcribe } from '../../speech/transcribe.js';
import { wholeNumber } from '../arguments.js';
import { addEncoderAttention, type EncoderAttentionArguments, startKernels } from '../encoder-attention.js';
import { note, print, printJson, warn } from '../output.js';

const NO_SPEECH = 'no speech recognised';
const TRUST =
  'The recognizers that come along understand clearly read English, best of all the voices that they were trained on';
const MARK = colours.isColorSupported ? 'colour' : 'brackets';

interface Arguments extends EncoderAttentionArguments {
  decoder: Decoder;
  model?: string;
  beam: number;
  json?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<file...>', 'WAV files')
    .addOption(new Option('--decoder <name>', 'the system').choices(decoders).default('attention'))
    .option('--model <folder>', 'a recognizer of hw2 train-asr, instead of the one that comes with hw2')
    .option('--beam <n>', 'hypotheses that are kept; 1 decodes greedily', wholeNumber(1, 64), 5)
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      'Examples:\n  hw2 transcribe note.wav\n  hw2 transcribe --decoder lstm *.wav\n  hw2 transcribe --attention taylor note.wav\n',
    );
  addEncoderAttention(command).action(run);
}

async function run(paths: string[], args: Arguments): Promise<void> {
  const { decoder, model, beam, json } = args;
  const kernels = await startKernels(args);
  const recognizer = await openRecognizer(model ?? shippedRecognizer(decoder), kernels);
  const sounds = await Promise.all(paths.map((path) => readSound(path, recognizer.frontEnd)));
  const results = [];
  for (const [i, sound] of sounds.entries()) {
    const path = paths[i]!;
    if (sound.isCut) warn(`${path}: only the first 20 seconds are listened to`);
    for (const fault of sound.faults) warn(`${path}: ${fault}`);
    const transcript = await transcribe(recognizer, sound, beam);
    const words = transcript.words.map((word) => ({ ...word, unsure: word.confidence < UNSURE }));
    results.push({ path, ...transcript, words, faults: sound.faults });
    if (json) continue;
    print(paths.length === 1 ? shown(transcript) : `${path}: ${shown(transcript)}`);
    noteConfidence(path, transcript);
  }
  if (json) printJson('transcripts', { files: results });
}

/** The text with its unsure words marked: by colour, or by brackets where there is none. */
function shown({ isSpeech, words }: Transcript): string {
  if (!isSpeech) return NO_SPEECH;
  const mark = (text: string) => (colours.isColorSupported ? colours.yellow(text) : `[${text}]`);
  return words.map(({ text, confidence }) => (confidence < UNSURE ? mark(text) : text)).join(' ');
}

function noteConfidence(path: string, { isSpeech, confidence, words }: Transcript): void {
  if (!isSpeech) return;
  const share = formatPercent(confidence, 0);
  const unsure = words.filter((word) => word.confidence < UNSURE).length;
  if (confidence < UNSURE) warn(`${path}: ${share} of the words can be expected to be right. ${TRUST}`);
  else if (unsure > 0)
    note(`${share} of the words can be expected to be right; ${unsure} unsure, marked by ${MARK}`);
}
