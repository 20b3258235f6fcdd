import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { DataError } from '../../data/error.js';
import { withFolder } from '../../data/lock.js';
import { checkWritable, writeSet } from '../../data/write.js';
import { formatPercent, formatSeconds } from '../../format/numbers.js';
import { recognizerCard } from '../../speech/card.js';
import { lossChart, similarityChart } from '../../speech/charts.js';
import { readBest, readCheckpoint, type TrainingIdentity, writeCheckpoint } from '../../speech/checkpoint.js';
import type { Calibration } from '../../speech/confidence.js';
import { openCorpus, type Recording } from '../../speech/corpus.js';
import { PROTOCOL_FRAMES } from '../../speech/mel.js';
import { type EncoderAttention, encoderAttentions } from '../../speech/model/encoder.js';
import { decoderModel, encoderModel } from '../../speech/model/inference.js';
import { type Decoder, decoders } from '../../speech/model/recognizer.js';
import { recognizerWeights } from '../../speech/models.js';
import { calibrationMetadata } from '../../speech/recognizer.js';
import type { FrontEnd } from '../../speech/spectrogram.js';
import { type Epoch, type Progress, reportOptions, train } from '../../speech/training.js';
import { calibrate } from '../../speech/validation.js';
import { mean } from '../../statistics/estimates.js';
import { commandLine, numberAbove, resumingCommand, wholeNumber } from '../arguments.js';
import { clearStatus, hintWhenInterrupted, note, print, printJson, status } from '../output.js';
import { printTable } from '../table.js';

interface Arguments {
  data: string[];
  validation: string[];
  decoder: Decoder;
  encoderAttention: EncoderAttention;
  frames: number;
  lr: number;
  epochs: number;
  seed: number;
  augment?: number;
  init?: string;
  out: string;
  resume?: boolean;
  json?: boolean;
}

/** With which all are trained now; there are models of before. */
const FRONT_END: FrontEnd = 'level';
/** A run that is stopped loses no more than this. */
const CHECKPOINT_MS = 120_000;

export function define(command: Command): void {
  command
    .requiredOption('--data <folder...>', 'folders laid out as LJSpeech, to train on')
    .requiredOption('--validation <folder...>', 'others, to validate on after every epoch')
    .addOption(new Option('--decoder <name>', 'the system').choices([...decoders]).default('attention'))
    .addOption(
      new Option('--encoder-attention <name>', 'taylor: linear attention of order 2')
        .choices(encoderAttentions)
        .default('exact'),
    )
    .option('--frames <n>', 'leave out longer clips', wholeNumber(2, PROTOCOL_FRAMES), PROTOCOL_FRAMES)
    .option('--lr <x>', 'highest learning rate', numberAbove(0), reportOptions.learningRate)
    .option('--epochs <n>', 'epochs', wholeNumber(1, 10_000), reportOptions.epochs)
    .option('--seed <n>', 'seed of initialisation and order', wholeNumber(0), reportOptions.seed)
    .addOption(
      new Option(
        '--augment [share]',
        'of this share of the clips vary speed and noise, and hide bands of frequency and time, anew in every epoch; alone, of all',
      )
        .preset('1')
        .argParser(numberAbove(0, 1)),
    )
    .option(
      '--init <path>',
      'begin with the best parameters of a checkpoint, or with a recognizer, by its folder',
    )
    .option('--out <folder>', 'where checkpoint, models and curve go', 'trained')
    .option('--resume', 'go on from the checkpoint in the folder, if there is one')
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      `Examples:
  hw2 train-asr --data slt/train --validation slt/validation --epochs 8
  hw2 train-asr --init models/asr/attention --data clips --validation others
  hw2 train-asr --decoder lstm --data LJSpeech-1.1 --validation mine --resume
`,
    )
    .action(run);
}

async function run(args: Arguments): Promise<void> {
  const { decoder, encoderAttention, frames, lr: learningRate, epochs, seed, augment, init, out } = args;
  await checkWritable(join(out, 'encoder.onnx'));
  const training = await openFolders(args.data, frames);
  const validation = await openFolders(args.validation, PROTOCOL_FRAMES);
  const identity: TrainingIdentity = {
    data: `${training.length} clips to ${frames} frames of ${args.data.join(', ')}; ${args.validation.join(', ')}`,
    // Named only where it is not what all training had before there was a choice: their checkpoints still fit.
    options: {
      decoder,
      frontEnd: FRONT_END,
      ...(encoderAttention !== 'exact' && { encoderAttention }),
      ...{ learningRate, epochs, seed },
      ...(augment && { augment }),
    },
    init,
  };
  const checkpoint = join(out, 'checkpoint.safetensors');
  const from = args.resume && existsSync(checkpoint) ? await readCheckpoint(checkpoint, identity) : undefined;
  const initial = init === undefined ? undefined : await readInitial(init, decoder);
  hintWhenInterrupted(`A checkpoint of the last two minutes is kept; go on with: ${resumingCommand()}`);
  const progress = await withFolder(out, async () => {
    const began = performance.now();
    let kept = began;
    let clips = 0;
    const trained = await train({ train: training, validation }, identity.options, {
      ...(initial && { initial }),
      ...(from && { from }),
      onBatch: async (present, { recordings }) => {
        clips += recordings.length;
        showBatch(present, clips / ((performance.now() - began) / 1e3));
        if (performance.now() - kept < CHECKPOINT_MS) return;
        kept = performance.now();
        await writeCheckpoint(checkpoint, identity, present);
      },
      onEpoch: async (present) => {
        await writeCheckpoint(checkpoint, identity, present);
        clearStatus();
        noteEpoch(present.curve, epochs, (performance.now() - began) / 1e3);
      },
    });
    const calibration = await calibrate(trained.best, identity.options, validation);
    await writeModels(out, trained, identity, calibration);
    return trained;
  });
  hintWhenInterrupted();

  if (args.json) return printJson('speech-training', { ...identity, curve: progress.curve });
  printTable(
    ['epoch', 'training loss', 'loss', 'Jaccard', 'cosine', 'Damerau–Levenshtein', 'CER'],
    progress.curve.map((epoch, i) => [String(i + 1), ...figures(epoch)]),
  );
  print(`\nmodels of the best epoch, curves and a card are in ${out}`);
}

async function readInitial(path: string, decoder: Decoder): Promise<Float32Array> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? recognizerWeights(path, decoder) : readBest(path, decoder);
}

async function openFolders(folders: readonly string[], frames: number): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (const folder of folders) recordings.push(...(await openFolder(folder, frames)));
  return recordings;
}

async function openFolder(folder: string, frames: number): Promise<Recording[]> {
  let count = 0;
  const recordings = await openCorpus(folder, FRONT_END, () => {
    count++;
    if (count % 100 === 0) status(`${folder}: ${count} spectrograms`);
  });
  clearStatus();
  const short = recordings.filter((recording) => recording.frames <= frames);
  if (short.length === 0) throw new DataError(`${folder}: no clip of at most ${frames} frames`);
  return short;
}

async function writeModels(
  out: string,
  { best, curve }: Progress,
  identity: TrainingIdentity,
  calibration: Calibration | undefined,
): Promise<void> {
  // Drawing takes long to load, and only here is anything drawn.
  const { chartSvg } = await import('../../charts/svg.js');
  const record = { identity, command: commandLine(), curve, calibration };
  const metadata = { training: JSON.stringify(identity) };
  const confident = { ...metadata, ...calibrationMetadata(calibration) };
  const title = `${identity.options.decoder} decoder`;
  const source = `curve.json, by ${record.command}`;
  const files = {
    'encoder.onnx': encoderModel(best, identity.options, metadata),
    'decoder.onnx': decoderModel(best, identity.options, confident),
    'curve.json': `${JSON.stringify({ ...identity, curve, calibration }, null, 2)}\n`,
    'README.md': recognizerCard(record),
    'loss.svg': chartSvg({ ...lossChart(title, curve), source }),
    'similarity.svg': chartSvg({ ...similarityChart(title, curve), source }),
  };
  // An encoder without its decoder is worth nothing, so all of them come or none.
  await writeSet(Object.entries(files).map(([name, contents]) => ({ path: join(out, name), contents })));
}

function showBatch({ curve, losses }: Progress, speed: number): void {
  const recent = losses.slice(-50);
  status(
    `epoch ${curve.length + 1}, batch ${losses.length} | loss ${mean(recent).toFixed(4)} | ${speed.toFixed(1)} clips/s`,
  );
}

function noteEpoch(curve: readonly Epoch[], epochs: number, seconds: number): void {
  const [training, loss, jaccard, cosine, edit, cer] = figures(curve.at(-1)!);
  note(
    `epoch ${curve.length}/${epochs} after ${formatSeconds(seconds)}: training loss ${training}; validation loss ${loss}, Jaccard ${jaccard}, cosine ${cosine}, Damerau–Levenshtein ${edit}, CER ${cer}`,
  );
}

function figures({ trainingLoss, loss, jaccard, cosine, edit, characterErrorRate }: Epoch): string[] {
  const similarities = [jaccard, cosine, edit].map((value) => value.toFixed(3));
  return [trainingLoss.toFixed(4), loss.toFixed(4), ...similarities, formatPercent(characterErrorRate)];
}
