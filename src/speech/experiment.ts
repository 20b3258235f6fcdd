import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../data/error.js';
import { type Output, writeSet } from '../data/write.js';
import { recognizerCard } from './card.js';
import { cardCharts } from './charts.js';
import { readBest, type TrainingIdentity } from './checkpoint.js';
import { openCorpus, type Recording } from './corpus.js';
import { PROTOCOL_FRAMES } from './mel.js';
import { decoderModel, encoderModel } from './model/inference.js';
import type { Decoder } from './model/recognizer.js';
import { partnerMetadata, recognizerWeights } from './models.js';
import { calibrationMetadata } from './recognizer.js';
import type { FrontEnd } from './spectrogram.js';
import type { Epoch, Progress, TrainingOptions } from './training.js';
import { calibrate } from './validation.js';

/** The front end of every recognizer that is trained now. Models of earlier versions have another: each says which. */
const FRONT_END: FrontEnd = 'level';

/** What one recognizer is trained on, and how. */
export interface Experiment {
  /** Folders laid out as LJSpeech, to train and to validate on. */
  data: readonly string[];
  validation: readonly string[];
  /** Longer clips are left out of training. */
  frames: number;
  settings: Omit<TrainingOptions, 'frontEnd'>;
  /** Checkpoint or folder of a recognizer to begin with. */
  init?: string | undefined;
}

export interface OpenExperiment {
  training: Recording[];
  validation: Recording[];
  identity: TrainingIdentity;
  initial?: Float32Array;
  /** Epochs of the training whose checkpoint this one begins with. */
  earlier?: readonly Epoch[];
}

/**
 * Opens what an experiment needs.
 * @param onSpectrogram told now and then how many there are in a folder
 * @throws DataError for folders or models that cannot be used
 */
export async function openExperiment(
  { data, validation, frames, settings, init }: Experiment,
  onSpectrogram: (folder: string, count: number) => void = () => {},
): Promise<OpenExperiment> {
  const training = await openFolders(data, frames, onSpectrogram);
  const { decoder, ...options } = settings;
  return {
    training,
    validation: await openFolders(validation, PROTOCOL_FRAMES, onSpectrogram),
    identity: {
      data: `${training.length} clips to ${frames} frames of ${data.join(', ')}; ${validation.join(', ')}`,
      options: { decoder, frontEnd: FRONT_END, ...options },
      init,
    },
    ...(init !== undefined && (await readInitial(init, decoder))),
  };
}

async function readInitial(
  path: string,
  decoder: Decoder,
): Promise<Pick<OpenExperiment, 'initial' | 'earlier'>> {
  if (isFolder(path)) return { initial: await recognizerWeights(path, decoder) };
  const { best, curve } = await readBest(path, decoder);
  return { initial: best, earlier: curve };
}

/** What cannot be looked at, a link to itself for instance, is left to the reader of checkpoints, which says why. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

async function openFolders(
  folders: readonly string[],
  frames: number,
  onSpectrogram: (folder: string, count: number) => void,
): Promise<Recording[]> {
  const recordings: Recording[][] = [];
  for (const folder of folders) recordings.push(await openFolder(folder, frames, onSpectrogram));
  return recordings.flat();
}

async function openFolder(
  folder: string,
  frames: number,
  onSpectrogram: (folder: string, count: number) => void,
): Promise<Recording[]> {
  let count = 0;
  const recordings = await openCorpus(folder, FRONT_END, () => {
    count++;
    if (count % 100 === 0) onSpectrogram(folder, count);
  });
  const short = recordings.filter((recording) => recording.frames <= frames);
  if (short.length === 0) throw new DataError(`${folder}: no clip of at most ${frames} frames`);
  return short;
}

/**
 * Writes the recognizer of the best epoch with its calibration, its curves and its card.
 * @param command for the card: how this can be done again
 */
export async function writeRecognizer(
  out: string,
  { best, curve }: Progress,
  { identity, validation, earlier = [] }: Pick<OpenExperiment, 'identity' | 'validation' | 'earlier'>,
  command: string,
): Promise<void> {
  // Drawing takes long to load, and only here is anything drawn.
  const { chartSvg } = await import('../charts/svg.js');
  const calibration = await calibrate(best, identity.options, validation);
  const record = { identity, command, earlier, curve, calibration };
  const metadata = { training: JSON.stringify(identity) };
  const encoder = encoderModel(best, identity.options, metadata);
  const ofDecoder = { ...metadata, ...calibrationMetadata(calibration), ...partnerMetadata(encoder) };
  const files: Record<string, Output['contents']> = {
    'encoder.onnx': encoder,
    'decoder.onnx': decoderModel(best, identity.options, ofDecoder),
    'curve.json': `${JSON.stringify({ ...identity, ...(earlier.length > 0 && { earlier }), curve, calibration }, null, 2)}\n`,
    'README.md': recognizerCard(record),
  };
  for (const [name, chart] of Object.entries(cardCharts(identity.options, earlier, curve)))
    files[`${name}.svg`] = chartSvg(chart);
  // An encoder without its decoder is worth nothing, so all of them come or none.
  await writeSet(Object.entries(files).map(([name, contents]) => ({ path: join(out, name), contents })));
}
