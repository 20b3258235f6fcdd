import { DataError } from '../data/error.js';
import { readLimited } from '../data/read.js';
import { formatTrainingFile, isSameTraining, parseTrainingFile } from '../data/training-file.js';
import { writeWhole } from '../data/write.js';
import { adamw, sgd } from '../onnx/optimiser.js';
import type { Divergence, Epoch, Progress, TrainingOptions } from './training.js';

const MAX_BYTES = 100 * 2 ** 20;

/** What a checkpoint belongs to: training that differs in any of it cannot go on from there. */
export interface TrainingIdentity {
  data: string;
  options: TrainingOptions;
}

/** Keeps a training run in a .safetensors file, whole or not at all. */
export function writeCheckpoint(path: string, identity: TrainingIdentity, progress: Progress): Promise<void> {
  return writeWhole(path, formatCheckpoint(identity, progress));
}

/** The bytes of such a file. */
export function formatCheckpoint(
  identity: TrainingIdentity,
  { state, curve, best, diverged }: Progress,
): Uint8Array {
  return formatTrainingFile({
    vectors: { ...state.vectors, best },
    identity: JSON.stringify(identity),
    steps: state.steps,
    curve,
    ...(diverged && { metadata: { diverged: `${diverged.epoch} ${diverged.batch}` } }),
  });
}

/**
 * Reads a training run back. More epochs than it was begun for may be asked of it: the learning rate is the same in all of them.
 *
 * @throws DataError when it is damaged or belongs to other training
 */
export async function readCheckpoint(path: string, identity: TrainingIdentity): Promise<Progress> {
  return parseCheckpoint(await readLimited(path, MAX_BYTES), path, identity);
}

/** As `readCheckpoint`, of bytes; `source` names them in messages. */
export function parseCheckpoint(bytes: Uint8Array, source: string, identity: TrainingIdentity): Progress {
  const { moments } = identity.options.optimiser === 'sgd' ? sgd() : adamw();
  const file = parseTrainingFile(bytes, source, {
    vectors: ['parameters', ...moments, 'best'],
    figures: ['loss', 'accuracy'],
  });
  if (!isSameTraining(file.identity, identity, { anyEpochs: true }))
    throw new DataError(
      `${source}: belongs to other training (${file.identity}); remove it or leave out --resume`,
    );
  const curve = file.curve as Epoch[];
  if (curve.length > identity.options.epochs)
    throw new DataError(`${source}: trained for ${curve.length} epochs already; ask for as many or more`);
  const { best, ...vectors } = file.vectors;
  const diverged = parseDivergence(file.metadata.diverged);
  return { state: { vectors, steps: file.steps }, curve, best: best!, ...(diverged && { diverged }) };
}

function parseDivergence(text: string | undefined): Divergence | undefined {
  const [, epoch, batch] = /^(\d+) (\d+)$/.exec(text ?? '') ?? [];
  return epoch === undefined ? undefined : { epoch: Number(epoch), batch: Number(batch) };
}
