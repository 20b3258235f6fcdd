import type { LabelledImages } from '../data/image-set.js';
import { accuracy, argmaxRows, confusionMatrix } from '../metrics/classification.js';
import { adamw, sgd } from '../onnx/optimiser.js';
import { initialParameters } from '../onnx/parameters.js';
import { Trainer, type TrainerState } from '../onnx/trainer.js';
import { Random } from '../statistics/random.js';
import { augment } from './augmentation.js';
import { balancedWeights, dropoutTensor, imageTensor, targetTensor } from './batch.js';
import { Classifier } from './classifier.js';
import { trainingLoss } from './loss.js';
import { inferenceModel, networkParameters, type Variant } from './network.js';

export interface TrainingOptions {
  variant: Variant;
  learningRate: number;
  epochs: number;
  batch: number;
  seed: number;
  /** Probability with which a hidden unit is left out. */
  dropout: number;
  l2: number;
  optimiser: 'sgd' | 'adamw';
  /** Varies every training image anew in every epoch; see {@link augment}. */
  augment: boolean;
  /** Weighs the loss so that every class counts the same, however many images it has. */
  balance: boolean;
}

/** The report's: question 2.1, with the learning rate that it found best. */
export const reportOptions: TrainingOptions = {
  variant: 'maxpool',
  learningRate: 0.01,
  epochs: 15,
  batch: 8,
  seed: 42,
  dropout: 0.7,
  l2: 0,
  optimiser: 'sgd',
  augment: false,
  balance: false,
};

/** One epoch of a training curve: mean loss of its batches, and accuracy on the validation set after it. */
export interface Epoch {
  loss: number;
  accuracy: number;
}

/** Everything that training knows after some epochs, enough to go on. */
export interface Progress {
  state: TrainerState;
  curve: Epoch[];
  /** The parameters after the epoch of highest validation accuracy; the first of equals. */
  best: Float32Array;
  /** Set where the run was given up, because its loss or its parameters were no numbers any more. */
  diverged?: Divergence;
}

/** Where a run was given up; both count from 1. */
export interface Divergence {
  epoch: number;
  batch: number;
}

export interface TrainingData {
  train: LabelledImages;
  val: LabelledImages;
}

export interface TrainingHooks {
  /** Called after every batch with the images in it. */
  onBatch?: (images: number) => void;
  /** Called after every epoch, and waited for. */
  onEpoch?: (progress: Progress) => Promise<void>;
}

/**
 * Trains one network with one learning rate. Order and dropout of each epoch depend on the seed and its number alone,
 * so that training that goes on from `from` ends with the same bytes as training that never stopped.
 *
 * @param initial parameters to begin with; drawn from the seed as PyTorch does unless given
 * @param from goes on after the epochs that are in there
 */
export async function train(
  { train, val }: TrainingData,
  options: TrainingOptions,
  { initial, from, onBatch, onEpoch }: TrainingHooks & { initial?: Float32Array; from?: Progress } = {},
): Promise<Progress> {
  const { variant, learningRate, epochs, batch, seed, dropout, l2 } = options;
  if (from?.diverged) return from;
  const parameters = networkParameters(train.classes);
  const draw = new Random(seed);
  const trainer = await Trainer.create(
    {
      parameters,
      loss: trainingLoss(variant, batch, train.classes),
      optimiser: options.optimiser === 'sgd' ? sgd({ l2 }) : adamw({ weightDecay: l2 }),
      initial: initial ?? initialParameters(parameters, (low, high) => draw.uniform(low, high)),
    },
    from?.state,
  );

  const weights = options.balance ? balancedWeights(train) : new Float64Array(train.classes).fill(1);
  let progress = from;
  for (let epoch = progress?.curve.length ?? 0; epoch < epochs; epoch++) {
    const random = new Random(seed, 1, epoch);
    const order = Uint32Array.from(train.labels.keys());
    random.shuffle(order);
    let loss = 0;
    let batches = 0;
    const giveUp = async (): Promise<Progress> => {
      const { state } = trainer;
      await trainer.release();
      const ended = progress ?? { state, curve: [], best: state.vectors.parameters! };
      progress = { ...ended, diverged: { epoch: epoch + 1, batch: batches } };
      await onEpoch?.(progress);
      return progress;
    };
    for (let start = 0; start < order.length; start += batch) {
      const indices = order.subarray(start, start + batch);
      const images = imageTensor(train, indices, batch);
      if (options.augment) augment(images, random);
      const targets = targetTensor(train, indices, batch, weights);
      loss += await trainer.step(
        { images, targets, dropout: dropoutTensor(random, batch, dropout) },
        learningRate,
      );
      batches++;
      onBatch?.(indices.length);
      if (!Number.isFinite(loss)) return giveUp();
    }
    if (!trainer.parameters.every(Number.isFinite)) return giveUp();
    const validation = await validationAccuracy(trainer.parameters, variant, val);
    const curve = [...(progress?.curve ?? []), { loss: loss / batches, accuracy: validation }];
    const isBest = curve.every((earlier, i) => i === epoch || earlier.accuracy < validation);
    const best = isBest || !progress ? trainer.parameters : progress.best;
    progress = { state: trainer.state, curve, best };
    await onEpoch?.(progress);
  }
  await trainer.release();
  return progress!;
}

async function validationAccuracy(
  flat: Float32Array,
  variant: Variant,
  val: LabelledImages,
): Promise<number> {
  const classifier = await Classifier.create(
    inferenceModel(flat, variant, val.classes),
    'the network in training',
  );
  const predictions = argmaxRows(await classifier.logProbabilities(val), val.classes);
  await classifier.release();
  return accuracy(confusionMatrix(val.labels, predictions, val.classes));
}
