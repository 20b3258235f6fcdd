import { type Command, Option } from 'commander';
import colours from 'picocolors';
import { checkWritable } from '../../data/write.js';
import { writeArrays } from '../../data/write-arrays.js';
import { formatPercent } from '../../format/numbers.js';
import { TOO_UNSURE, TRUST, type Transcript, UNSURE } from '../../speech/confidence.js';
import type { KernelAttention } from '../../speech/kernel-encoder.js';
import { DEFAULT_DECODER, type Decoder, decoders } from '../../speech/model/recognizer.js';
import { openRecognizer, shippedRecognizer } from '../../speech/models.js';
import { readSound } from '../../speech/sound.js';
import { transcribe } from '../../speech/transcribe.js';
import { wholeNumber } from '../arguments.js';
import { addEncoderAttention, type EncoderAttentionArguments, startKernels } from '../encoder-attention.js';
import { UsageError } from '../misuse.js';
import { note, print, printJson, warn } from '../output.js';

const NO_SPEECH = 'no speech recognised';
const MARK = colours.isColorSupported ? 'colour' : 'brackets';

interface Arguments extends EncoderAttentionArguments {
  decoder: Decoder;
  model?: string;
  beam: number;
  json?: boolean;
  saveQkv?: string;
}

export function define(command: Command): void {
  command
    .argument('<file...>', 'WAV files')
    .addOption(new Option('--decoder <name>', 'the system').choices(decoders).default(DEFAULT_DECODER))
    .option('--model <folder>', 'a recognizer of hw2 train-asr, instead of the one that comes with hw2')
    .option('--beam <n>', 'hypotheses that are kept; 1 decodes greedily', wholeNumber(1, 64), 5)
    .option(
      '--save-qkv <file>',
      "write q, k, v of the encoder's blocks to a .npz file, for hw2 attention --qkv",
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      'Examples:\n  hw2 transcribe note.wav\n  hw2 transcribe --decoder lstm *.wav\n  hw2 transcribe --attention taylor note.wav\n  hw2 transcribe --save-qkv qkv.npz note.wav\n',
    );
  addEncoderAttention(command).action(run);
}

async function run(paths: string[], args: Arguments): Promise<void> {
  const { decoder, model, beam, json, saveQkv } = args;
  const blocks: Tensors[] = [];
  if (saveQkv !== undefined) await checkSave(saveQkv, paths);
  const started = await startKernels(
    saveQkv !== undefined && args.attention === 'onnx' ? { attention: 'kernels' } : args,
  );
  // Of a long recording the first stretch is kept.
  const onTensors = (block: number, tensors: Tensors) => {
    blocks[block] ??= tensors;
  };
  const kernels = started && { ...started, ...(saveQkv !== undefined && { onTensors }) };
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
  if (saveQkv !== undefined) await saveTensors(saveQkv, blocks);
  if (json) printJson('transcripts', { files: results });
}

type Tensors = Parameters<NonNullable<KernelAttention['onTensors']>>[1];

async function checkSave(path: string, sounds: readonly string[]): Promise<void> {
  if (!path.endsWith('.npz'))
    throw new UsageError(`--save-qkv: given ${path}, expected a name that ends in .npz`);
  if (sounds.length > 1) throw new UsageError(`--save-qkv: given ${sounds.length} WAV files, expected one`);
  await checkWritable(path);
}

/** Writes q, k and v, [blocks, heads, T, D] each: the blocks of the encoder lie where a batch does. */
async function saveTensors(path: string, blocks: readonly Tensors[]): Promise<void> {
  const first = blocks[0];
  if (!first) return warn(`${path}: not written, for the encoder was not run`);
  const stacked = (['q', 'k', 'v'] as const).map((name) => {
    const parts = blocks.map((tensors) => tensors[name].data as Float32Array);
    const data = new Float32Array(parts.length * parts[0]!.length);
    for (const [i, part] of parts.entries()) data.set(part, i * part.length);
    return [name, { data, dims: [blocks.length, ...first[name].dims.slice(1)] }] as const;
  });
  await writeArrays(path, new Map(stacked));
  note(`Wrote ${path}: q, k, v of ${blocks.length} encoder blocks, [${stacked[0]![1].dims.join(', ')}]`);
}

/** The text with its unsure words marked: by colour, or by brackets where there is none. */
function shown({ isSpeech, words }: Transcript): string {
  if (!isSpeech) return NO_SPEECH;
  const mark = (text: string) => (colours.isColorSupported ? colours.yellow(text) : `[${text}]`);
  return words.map(({ text, confidence }) => (confidence < UNSURE ? mark(text) : text)).join(' ');
}

function noteConfidence(path: string, { isSpeech, confidence, words }: Transcript): void {
  if (!isSpeech) {
    if (words.length > 0) note(TOO_UNSURE);
    return;
  }
  const share = formatPercent(confidence, 0);
  const unsure = words.filter((word) => word.confidence < UNSURE).length;
  if (confidence < UNSURE) warn(`${path}: ${share} of the words can be expected to be right: ${TRUST}`);
  else
    note(
      `${share} of the words can be expected to be right${unsure > 0 ? `; ${unsure} unsure, marked by ${MARK}` : ''}`,
    );
}
