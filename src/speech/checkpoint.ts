import { DataError } from '../data/error.js';
import { readTrainingFile, writeTrainingFile } from '../data/training-file.js';
import { adamw } from '../onnx/optimiser.js';
import { parameterCount } from '../onnx/parameters.js';
import { recognizerParameters } from './model/recognizer.js';
import type { Epoch, Progress, TrainingOptions } from './training.js';

const MAX_BYTES = 200e6;

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

/** Keeps a training run in a .safetensors file. */
export async function writeCheckpoint(
  path: string,
  identity: TrainingIdentity,
  { state, curve, losses, best }: Progress,
): Promise<void> {
  await writeTrainingFile(path, {
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
  const file = await readFile(path);
  if (file.identity !== JSON.stringify(identity))
    throw new DataError(
      `${path}: belongs to other training (${file.identity}); remove it or leave out --resume`,
    );
  const { best, losses, ...vectors } = file.vectors;
  if (!losses) throw new DataError(`${path}: no checkpoint of training, or damaged (it has no losses)`);
  return {
    state: { vectors, steps: file.steps },
    curve: file.curve as Epoch[],
    losses: Array.from(losses),
    best: best!,
  };
}

/**
 * The best parameters of a run, to begin another with.
 *
 * @throws DataError when it is missing, damaged or was of another system
 */
export async function readBest(path: string, decoder: TrainingOptions['decoder']): Promise<Float32Array> {
  const { best } = (await readFile(path)).vectors;
  const expected = parameterCount(recognizerParameters(decoder));
  if (best!.length !== expected)
    throw new DataError(`${path}: holds ${best!.length} parameters, ${decoder} has ${expected}`);
  return best!;
}

function readFile(path: string) {
  const vectors = ['parameters', ...adamw().moments, 'best'];
  return readTrainingFile(path, { vectors, figures: FIGURES, maxBytes: MAX_BYTES });
}
