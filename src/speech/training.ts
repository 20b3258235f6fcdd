import { adamw } from '../onnx/optimiser.js';
import { initialParameters } from '../onnx/parameters.js';
import { Trainer, type TrainerState } from '../onnx/trainer.js';
import { mean } from '../statistics/estimates.js';
import { Random } from '../statistics/random.js';
import { augment } from './augmentation.js';
import { batchTensors, type Utterance } from './batch.js';
import { type Batch, batches } from './buckets.js';
import { type Recording, readSpectrogram } from './corpus.js';
import type { SetScore } from './evaluation.js';
import { type BatchShape, teacherForcedLoss } from './loss.js';
import { recognizerParameters, type System } from './model/recognizer.js';
import { validate } from './validation.js';

export interface TrainingOptions extends System {
  /** Highest learning rate; it rises to it and falls again in the course of all epochs. */
  learningRate: number;
  epochs: number;
  seed: number;
  /** Share of the clips that an epoch hears varied at random; 0 unless given. */
  augment?: number;
}

/** The report's, but for the batches, which are by length here. */
export const reportOptions: Omit<TrainingOptions, 'decoder'> = { learningRate: 1e-3, epochs: 15, seed: 42 };

/** One epoch of a training curve: mean loss of its batches, and what validation found after it. */
export interface Epoch extends SetScore {
  trainingLoss: number;
}

/** Everything that training knows between two batches, enough to go on. */
export interface Progress {
  state: TrainerState;
  curve: Epoch[];
  /** Losses of the batches of the unfinished epoch. */
  losses: number[];
  /** The parameters after the epoch of highest edit similarity in validation; the first of equals. */
  best: Float32Array;
}

export interface TrainingHooks {
  /** Called after every batch, and waited for. */
  onBatch?: (progress: Progress, batch: Batch) => Promise<void>;
  /** Called after every epoch, and waited for. */
  onEpoch?: (progress: Progress) => Promise<void>;
}

/** Training whose loss is no number any more. */
export class DivergenceError extends Error {
  override name = 'DivergenceError';
}

/** Warm-up takes this share of all steps, from this share of the learning rate; then it falls to that again. */
const WARM_UP = 0.15;
const LOWEST = 0.01;

/**
 * Trains one system. The order of an epoch depends on the seed and its number alone, so that training that goes on
 * `from` a point, even within an epoch, ends with the same bytes as training that never stopped.
 *
 * @param initial parameters to begin with; drawn from the seed unless given
 * @throws DivergenceError when the loss is no number any more: such a run never recovers
 */
export async function train(
  data: { train: readonly Recording[]; validation: readonly Recording[] },
  { learningRate, epochs, seed, augment: varied = 0, ...system }: TrainingOptions,
  { initial, from, onBatch, onEpoch }: TrainingHooks & { initial?: Float32Array; from?: Progress } = {},
): Promise<Progress> {
  const draw = new Random(seed);
  const flat =
    initial ??
    initialParameters(recognizerParameters(system.decoder), (low, high) => draw.uniform(low, high));
  const trainers = new Trainers(system, flat);
  let progress = from;
  for (let epoch = progress?.curve.length ?? 0; epoch < epochs; epoch++) {
    const order = batches(data.train, new Random(seed, 1, epoch));
    let losses = progress?.losses ?? [];
    for (const batch of order.slice(losses.length)) {
      const heard = await Promise.all(batch.recordings.map(utterance));
      const change = new Random(seed, 2, epoch, losses.length);
      const utterances = heard.map((clip) =>
        change.uniform() < varied ? augment(clip, batch.shape.frames, change) : clip,
      );
      const trainer = await trainers.for(batch.shape, progress?.state);
      const share = (epoch + losses.length / order.length) / epochs;
      const loss = await trainer.step(batchTensors(utterances, batch.shape), rateAt(share, learningRate));
      if (!Number.isFinite(loss))
        throw new DivergenceError(
          `training diverged: the loss is ${loss} in epoch ${epoch + 1}, batch ${losses.length + 1}; try a smaller --lr`,
        );
      losses = [...losses, loss];
      progress = { state: trainer.state, curve: progress?.curve ?? [], losses, best: progress?.best ?? flat };
      await onBatch?.(progress, batch);
    }
    const { state, curve, best } = progress!;
    const parameters = state.vectors.parameters!;
    const found = await validate(parameters, system, data.validation);
    const isBest = curve.every(({ edit }) => edit < found.edit);
    const trainingLoss = mean(losses);
    progress = {
      state,
      curve: [...curve, { trainingLoss, ...found }],
      losses: [],
      best: isBest ? parameters : best,
    };
    await onEpoch?.(progress);
  }
  await trainers.release();
  return progress!;
}

/** The learning rate after a share of all steps: linear warm-up, then linear decay. */
export function rateAt(share: number, highest: number): number {
  const height = share < WARM_UP ? share / WARM_UP : (1 - share) / (1 - WARM_UP);
  return highest * (LOWEST + (1 - LOWEST) * height);
}

/** One trainer for every shape of batches, made when the first comes; they hand the state to one another. */
class Trainers {
  readonly #made = new Map<BatchShape, Trainer>();
  readonly #system: System;
  readonly #initial: Float32Array;

  constructor(system: System, initial: Float32Array) {
    this.#system = system;
    this.#initial = initial;
  }

  async for(shape: BatchShape, state: TrainerState | undefined): Promise<Trainer> {
    const known = this.#made.get(shape);
    if (known) {
      if (state) known.state = state;
      return known;
    }
    const options = {
      parameters: recognizerParameters(this.#system.decoder),
      loss: teacherForcedLoss(this.#system, shape),
      optimiser: adamw(),
      initial: this.#initial,
    };
    const trainer = await Trainer.create(options, state);
    this.#made.set(shape, trainer);
    return trainer;
  }

  async release(): Promise<void> {
    for (const trainer of this.#made.values()) await trainer.release();
  }
}

async function utterance(recording: Recording): Promise<Utterance> {
  return { spectrogram: await readSpectrogram(recording), tokens: recording.tokens };
}
