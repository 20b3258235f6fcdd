import { readLimited } from '../data/arrays.js';
import { DataError } from '../data/error.js';
import type { NdArray } from '../data/ndarray.js';
import { parseSafetensors, writeSafetensors } from '../data/safetensors.js';
import { writeWhole } from '../data/write.js';
import type { Epoch, Progress, TrainingOptions } from './training.js';

const MAX_BYTES = 100e6;

/** What a checkpoint belongs to: training that differs in any of it cannot go on from there. */
export interface TrainingIdentity {
  data: string;
  options: TrainingOptions;
}

/** Keeps a training run in a .safetensors file. */
export async function writeCheckpoint(
  path: string,
  identity: TrainingIdentity,
  progress: Progress,
): Promise<void> {
  const vectors = Object.entries({ ...progress.state.vectors, best: progress.best });
  const tensors = vectors.map(([name, data]): [string, NdArray] => [
    name,
    { type: 'float32', data, dims: [data.length] },
  ]);
  const metadata = {
    identity: JSON.stringify(identity),
    steps: String(progress.state.steps),
    curve: JSON.stringify(progress.curve),
  };
  await writeWhole(path, writeSafetensors({ tensors: new Map(tensors), metadata }));
}

/**
 * Reads a training run back. More epochs than it was begun for may be asked of it.
 *
 * @throws DataError when it is damaged or belongs to other training
 */
export async function readCheckpoint(path: string, identity: TrainingIdentity): Promise<Progress> {
  const { tensors, metadata } = parseSafetensors(await readLimited(path, MAX_BYTES), path);
  const kept = JSON.parse(metadata.identity ?? '{}') as Partial<TrainingIdentity>;
  const without = ({ data, options }: Partial<TrainingIdentity>) =>
    JSON.stringify({ data, ...options, epochs: 0 });
  if (without(kept) !== without(identity))
    throw new DataError(
      `${path}: belongs to other training (${metadata.identity}); remove it or leave out --resume`,
    );
  const curve = JSON.parse(metadata.curve ?? '[]') as Epoch[];
  if (curve.length > identity.options.epochs)
    throw new DataError(`${path}: trained for ${curve.length} epochs already; ask for as many or more`);
  const { best, ...vectors } = Object.fromEntries(
    [...tensors].map(([name, { data }]) => [name, data as Float32Array]),
  );
  const state = { vectors, steps: Number(metadata.steps) };
  return { state, curve, best: best! };
}
