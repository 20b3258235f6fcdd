import { type Command, Option } from 'commander';
import { decode } from '../../speech/decode.js';
import { type Decoder, decoders } from '../../speech/model/recognizer.js';
import { openRecognizer, shippedRecognizer } from '../../speech/models.js';
import { readSound } from '../../speech/sound.js';
import { decodeTokens } from '../../speech/text.js';
import { wholeNumber } from '../arguments.js';
import { addEncoderAttention, type EncoderAttentionArguments, startKernels } from '../encoder-attention.js';
import { print, printJson, warn } from '../output.js';

interface Arguments extends EncoderAttentionArguments {
  decoder: Decoder;
  model?: string;
  beam: number;
  json?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('transcribe')
    .description('Write down what is said in WAV files: English, up to 97 characters and 20 seconds each.')
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
  const sounds = await Promise.all(paths.map(readSound));
  const results = [];
  for (const [i, { spectrogram, isCut }] of sounds.entries()) {
    const path = paths[i]!;
    if (isCut) warn(`${path}: only the first 20 seconds are listened to`);
    const text = decodeTokens(await decode(recognizer, await recognizer.listen(spectrogram), beam));
    results.push({ path, text });
    if (!json) print(paths.length === 1 ? text : `${path}: ${text}`);
  }
  if (json) printJson(results);
}
