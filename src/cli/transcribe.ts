import { type Command, Option } from 'commander';
import { DataError } from '../data/error.js';
import type { Waveform } from '../data/wav.js';
import { readWav } from '../data/wav-file.js';
import { decode } from '../speech/decode.js';
import { MEL_BINS, PROTOCOL_FRAMES } from '../speech/mel.js';
import { type Decoder, decoders } from '../speech/model/recognizer.js';
import { openRecognizer, shippedRecognizer } from '../speech/models.js';
import { spectrogramOf } from '../speech/spectrogram.js';
import { decodeTokens } from '../speech/text.js';
import { wholeNumber } from './arguments.js';
import { print, printJson, warn } from './output.js';

interface Arguments {
  decoder: Decoder;
  model?: string;
  beam: number;
  json?: boolean;
}

export function register(program: Command): void {
  program
    .command('transcribe')
    .description('Write down what is said in WAV files: English, up to 97 characters and 20 seconds each.')
    .argument('<file...>', 'WAV files')
    .addOption(new Option('--decoder <name>', 'the system').choices(decoders).default('attention'))
    .option('--model <folder>', 'a recognizer of hw2 train-asr, instead of the one that comes with hw2')
    .option('--beam <n>', 'hypotheses that are kept; 1 decodes greedily', wholeNumber(1, 64), 1)
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      'Examples:\n  hw2 transcribe note.wav\n  hw2 transcribe --decoder lstm --beam 5 *.wav\n',
    )
    .action(run);
}

async function run(paths: string[], { decoder, model, beam, json }: Arguments): Promise<void> {
  const recognizer = await openRecognizer(model ?? shippedRecognizer(decoder));
  const spectrograms = await Promise.all(paths.map(async (path) => hear(await readWav(path), path)));
  const results = [];
  for (const [i, spectrogram] of spectrograms.entries()) {
    const tokens = await decode(recognizer, await recognizer.listen(spectrogram), beam);
    results.push({ path: paths[i]!, text: decodeTokens(tokens) });
  }
  if (json) return printJson(results);
  for (const { path, text } of results) print(paths.length === 1 ? text : `${path}: ${text}`);
}

function hear(waveform: Waveform, path: string): Float32Array {
  try {
    const spectrogram = spectrogramOf(waveform);
    if (spectrogram.length === PROTOCOL_FRAMES * MEL_BINS)
      warn(`${path}: only the first 20 seconds are listened to`);
    return spectrogram;
  } catch (error) {
    if (error instanceof RangeError) throw new DataError(`${path}: ${error.message}`);
    throw error;
  }
}
