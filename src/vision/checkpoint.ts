import { DataError } from '../data/error.js';
import { readTrainingFile, writeTrainingFile } from '../data/training-file.js';
import { adamw, sgd } from '../onnx/optimiser.js';
import type { Divergence, Epoch, Progress, TrainingOptions } from './training.js';

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
  { state, curve, best, diverged }: Progress,
): Promise<void> {
  await writeTrainingFile(path, {
    vectors: { ...state.vectors, best },
    identity: JSON.stringify(identity),
    steps: state.steps,
    curve,
    ...(diverged && { metadata: { diverged: `${diverged.epoch} ${diverged.batch}` } }),
  });
}

/**
 * Reads a training run back. More epochs than it was begun for may be asked of it.
 *
 * @throws DataError when it is damaged or belongs to other training
 */
export async function readCheckpoint(path: string, identity: TrainingIdentity): Promise<Progress> {
  const { moments } = identity.options.optimiser === 'sgd' ? sgd() : adamw();
  const file = await readTrainingFile(path, {
    vectors: ['parameters', ...moments, 'best'],
    figures: ['loss', 'accuracy'],
    maxBytes: MAX_BYTES,
  });
  if (withoutEpochs(file.identity) !== withoutEpochs(JSON.stringify(identity)))
    throw new DataError(
      `${path}: belongs to other training (${file.identity}); remove it or leave out --resume`,
    );
  const curve = file.curve as Epoch[];
  if (curve.length > identity.options.epochs)
    throw new DataError(`${path}: trained for ${curve.length} epochs already; ask for as many or more`);
  const { best, ...vectors } = file.vectors;
  const diverged = parseDivergence(file.metadata.diverged);
  return { state: { vectors, steps: file.steps }, curve, best: best!, ...(diverged && { diverged }) };
}

/** What training is told apart by, as text: its identity but for the number of epochs. */
function withoutEpochs(identity: string): string | undefined {
  try {
    const { data, options } = JSON.parse(identity) as Partial<TrainingIdentity>;
    return JSON.stringify({ data, ...options, epochs: 0 });
  } catch {
    return undefined;
  }
}

function parseDivergence(text: string | undefined): Divergence | undefined {
  const [, epoch, batch] = /^(\d+) (\d+)$/.exec(text ?? '') ?? [];
  return epoch === undefined ? undefined : { epoch: Number(epoch), batch: Number(batch) };
}
