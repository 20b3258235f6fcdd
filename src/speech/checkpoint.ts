import { readLimited } from '../data/arrays.js';
import { DataError } from '../data/error.js';
import type { NdArray } from '../data/ndarray.js';
import { parseSafetensors, writeSafetensors } from '../data/safetensors.js';
import { writeWhole } from '../data/write.js';
import { parameterCount } from '../onnx/parameters.js';
import { recognizerParameters } from './model/recognizer.js';
import type { Progress, TrainingOptions } from './training.js';

const MAX_BYTES = 200e6;

/** What a checkpoint belongs to: training that differs in any of it cannot go on from there. */
export interface TrainingIdentity {
  /** Folders, and what of them was taken. */
  data: string;
  options: TrainingOptions;
  /** Checkpoint whose best parameters training began with. */
  init?: string | undefined;
}

/** Keeps a training run in a .safetensors file. */
export async function writeCheckpoint(
  path: string,
  identity: TrainingIdentity,
  { state, curve, losses, best }: Progress,
): Promise<void> {
  const vectors = { ...state.vectors, best, losses: Float32Array.from(losses) };
  const tensors = Object.entries(vectors).map(([name, data]): [string, NdArray] => [
    name,
    { type: 'float32', data, dims: [data.length] },
  ]);
  const metadata = {
    identity: JSON.stringify(identity),
    steps: String(state.steps),
    curve: JSON.stringify(curve),
  };
  await writeWhole(path, writeSafetensors({ tensors: new Map(tensors), metadata }));
}

/**
 * Reads a training run back.
 *
 * @throws DataError when it is missing, damaged or belongs to other training
 */
export async function readCheckpoint(path: string, identity: TrainingIdentity): Promise<Progress> {
  const { vectors, metadata } = await readVectors(path);
  if (metadata.identity !== JSON.stringify(identity))
    throw new DataError(
      `${path}: belongs to other training (${metadata.identity}); remove it or leave out --resume`,
    );
  const { best, losses, ...state } = vectors;
  return {
    state: { vectors: state, steps: Number(metadata.steps) },
    curve: JSON.parse(metadata.curve ?? '[]'),
    losses: Array.from(losses!),
    best: best!,
  };
}

/**
 * The best parameters of a run, to begin another with.
 *
 * @throws DataError when it is missing, damaged or was of another system
 */
export async function readBest(path: string, decoder: TrainingOptions['decoder']): Promise<Float32Array> {
  const { best } = (await readVectors(path)).vectors;
  const expected = parameterCount(recognizerParameters(decoder));
  if (best?.length !== expected)
    throw new DataError(`${path}: holds ${best?.length ?? 0} parameters, ${decoder} has ${expected}`);
  return best;
}

async function readVectors(path: string) {
  const { tensors, metadata } = parseSafetensors(await readLimited(path, MAX_BYTES), path);
  const vectors = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data as Float32Array]));
  return { vectors, metadata };
}
