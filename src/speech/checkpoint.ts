import { DataError } from '../data/error.js';
import { readLimited } from '../data/read.js';
import { formatTrainingFile, isSameTraining, parseTrainingFile } from '../data/training-file.js';
import { writeWhole } from '../data/write.js';
import { adamw } from '../onnx/optimiser.js';
import { parameterCount } from '../onnx/parameters.js';
import { recognizerParameters } from './model/recognizer.js';
import type { Epoch, Progress, TrainingOptions } from './training.js';

const MAX_BYTES = 200 * 2 ** 20;

/** What a checkpoint belongs to: training that differs in any of it cannot go on from there. */
export interface TrainingIdentity {
  /** Folders, and what of them was taken. */
  data: string;
  options: TrainingOptions;
  /** Checkpoint whose best parameters training began with. */
  init?: string | undefined;
}

/** Figures of an epoch. */
const FIGURES: readonly (keyof Epoch)[] = [
  ...(['trainingLoss', 'loss', 'jaccard', 'cosine', 'edit'] as const),
  ...(['characterErrorRate', 'wordErrorRate'] as const),
];

/** Keeps a training run in a .safetensors file, whole or not at all. */
export function writeCheckpoint(path: string, identity: TrainingIdentity, progress: Progress): Promise<void> {
  return writeWhole(path, formatCheckpoint(identity, progress));
}

/** The bytes of such a file. */
export function formatCheckpoint(
  identity: TrainingIdentity,
  { state, curve, losses, best }: Progress,
): Uint8Array {
  return formatTrainingFile({
    vectors: { ...state.vectors, best, losses: Float32Array.from(losses) },
    identity: JSON.stringify(identity),
    steps: state.steps,
    curve,
  });
}

/**
 * Reads a training run back.
 *
 * @throws DataError when it is missing, damaged or belongs to other training
 */
export async function readCheckpoint(path: string, identity: TrainingIdentity): Promise<Progress> {
  return parseCheckpoint(await readLimited(path, MAX_BYTES), path, identity);
}

/** As `readCheckpoint`, of bytes; `source` names them in messages. */
export function parseCheckpoint(bytes: Uint8Array, source: string, identity: TrainingIdentity): Progress {
  const file = parseFile(bytes, source);
  if (!isSameTraining(file.identity, identity, { anyEpochs: true }))
    throw new DataError(
      `${source}: belongs to other training (${file.identity}); remove it or leave out --resume`,
    );
  const { epochs } = (JSON.parse(file.identity) as TrainingIdentity).options;
  // The learning rate of every step depends on how many there are in all.
  if (epochs !== identity.options.epochs)
    throw new DataError(
      `${source}: was begun for ${epochs} epochs, to the last of which its learning rate falls; expected --epochs ${epochs}, given ${identity.options.epochs}`,
    );
  const { best, losses, ...vectors } = file.vectors;
  if (!losses) throw new DataError(`${source}: no checkpoint of training, or damaged (it has no losses)`);
  return {
    state: { vectors, steps: file.steps },
    curve: file.curve as Epoch[],
    losses: Array.from(losses),
    best: best!,
  };
}

/**
 * The best parameters of a run, to begin another with, and its epochs.
 *
 * @throws DataError when it is missing, damaged or was of another system
 */
export async function readBest(
  path: string,
  decoder: TrainingOptions['decoder'],
): Promise<{ best: Float32Array; curve: Epoch[] }> {
  const { vectors, curve } = parseFile(await readLimited(path, MAX_BYTES), path);
  const { best } = vectors;
  const expected = parameterCount(recognizerParameters(decoder));
  if (best!.length !== expected)
    throw new DataError(`${path}: holds ${best!.length} parameters, ${decoder} has ${expected}`);
  return { best: best!, curve: curve as Epoch[] };
}

function parseFile(bytes: Uint8Array, source: string) {
  const vectors = ['parameters', ...adamw().moments, 'best'];
  return parseTrainingFile(bytes, source, { vectors, figures: FIGURES });
}
