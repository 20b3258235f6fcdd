import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { withFolder } from '../../data/lock.js';
import { checkWritable } from '../../data/write.js';
import { formatPercent, formatSeconds } from '../../format/numbers.js';
import { readCheckpoint, writeCheckpoint } from '../../speech/checkpoint.js';
import { type Experiment, openExperiment, writeRecognizer } from '../../speech/experiment.js';
import { PROTOCOL_FRAMES } from '../../speech/mel.js';
import { type EncoderAttention, encoderAttentions } from '../../speech/model/encoder.js';
import { type Decoder, decoders } from '../../speech/model/recognizer.js';
import { type Epoch, type Progress, reportOptions, train } from '../../speech/training.js';
import { mean } from '../../statistics/estimates.js';
import { commandLine, numberAbove, outputPath, resumingCommand, wholeNumber } from '../arguments.js';
import { clearStatus, hintWhenInterrupted, note, print, printJson, status } from '../output.js';
import { printTable } from '../table.js';

export interface TrainingArguments {
  data: string[];
  validation: string[];
  decoder: Decoder;
  encoderAttention: EncoderAttention;
  frames: number;
  lr: number;
  epochs: number;
  seed: number;
  /** Share of the clips; true where the option stands alone. */
  augment?: number | true;
  init?: string;
  out: string;
}

interface Arguments extends TrainingArguments {
  resume?: boolean;
  json?: boolean;
}

/** A run that is stopped loses no more than this. */
const CHECKPOINT_MS = 120_000;

export function define(command: Command): void {
  addTrainingOptions(command)
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

/** What is trained, on what and how: the same for one machine and for many. */
export function addTrainingOptions(command: Command): Command {
  return command
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
      ).argParser(numberAbove(0, 1)),
    )
    .option(
      '--init <path>',
      'begin with the best parameters of a checkpoint, or with a recognizer, by its folder',
    )
    .option('--out <folder>', 'where checkpoint, models and curve go', outputPath, 'trained');
}

export function experimentOf(args: TrainingArguments): Experiment {
  const {
    data,
    validation,
    frames,
    decoder,
    encoderAttention,
    lr: learningRate,
    epochs,
    seed,
    augment,
  } = args;
  const settings = {
    decoder,
    ...(encoderAttention !== 'exact' && { encoderAttention }),
    ...{ learningRate, epochs, seed },
    ...(augment && { augment: augment === true ? 1 : augment }),
  };
  return { data, validation, frames, settings, init: args.init };
}

async function run(args: Arguments): Promise<void> {
  const { out, epochs } = args;
  await checkWritable(join(out, 'encoder.onnx'));
  const opened = await openExperiment(experimentOf(args), (folder, count) =>
    status(`${folder}: ${count} spectrograms`),
  );
  const { training, validation, identity, initial } = opened;
  clearStatus();
  const checkpoint = join(out, 'checkpoint.safetensors');
  const from = args.resume && existsSync(checkpoint) ? await readCheckpoint(checkpoint, identity) : undefined;
  hintWhenInterrupted(`At most two minutes of training are lost; go on with: ${resumingCommand()}`);
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
    await writeRecognizer(out, trained, opened, commandLine());
    return trained;
  });
  hintWhenInterrupted();

  if (args.json) return printJson('speech-training', { ...identity, curve: progress.curve });
  printTable(
    ['epoch', 'training loss', 'validation loss', 'Jaccard', 'cosine', 'Damerau–Levenshtein', 'CER'],
    progress.curve.map((epoch, i) => [String(i + 1), ...figures(epoch)]),
  );
  print(`\nmodels of the best epoch, curves and a card are in ${out}`);
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
