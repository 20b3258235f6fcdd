import type { LabelledImages } from '../data/image-set.js';
import type { Tensor } from '../onnx/graph.js';
import type { Random } from '../statistics/random.js';
import { HIDDEN, IMAGE_SIDE } from './network.js';

const PIXELS = IMAGE_SIDE * IMAGE_SIDE;

/** Images by index as the network takes them: [indices, 1, 28, 28], divided by 256. */
export function imageTensor(
  { images }: LabelledImages,
  indices: ArrayLike<number>,
  rows = indices.length,
): Tensor<'float32'> {
  const data = new Float32Array(rows * PIXELS);
  for (let row = 0; row < indices.length; row++) {
    const start = indices[row]! * PIXELS;
    for (let i = 0; i < PIXELS; i++) data[row * PIXELS + i] = images[start + i]! / 256;
  }
  return { type: 'float32', data, dims: [rows, 1, IMAGE_SIDE, IMAGE_SIDE] };
}

/**
 * Weights of the log-probabilities in the mean negative log-likelihood of a batch: 1/n, times the weight of the class,
 * at each image's label.
 * A batch that is not full is filled up with rows of zeros, which no gradient comes from.
 */
export function targetTensor(
  set: LabelledImages,
  indices: ArrayLike<number>,
  rows: number,
  classWeights: ArrayLike<number>,
): Tensor<'float32'> {
  const data = new Float32Array(rows * set.classes);
  for (let row = 0; row < indices.length; row++) {
    const label = set.labels[indices[row]!]!;
    data[row * set.classes + label] = classWeights[label]! / indices.length;
  }
  return { type: 'float32', data, dims: [rows, set.classes] };
}

/** Class weights that make every class count the same in the loss of a whole epoch; their mean over images is 1. */
export function balancedWeights({ labels, classes }: LabelledImages): Float64Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]!++;
  return counts.map((count) => (count === 0 ? 0 : labels.length / (classes * count)));
}

/** Inverted dropout: each hidden unit is 0 with the given probability, and scaled up otherwise. */
export function dropoutTensor(random: Random, rows: number, probability: number): Tensor<'float32'> {
  const factor = 1 / (1 - probability);
  const data = Float32Array.from({ length: rows * HIDDEN }, () =>
    random.uniform() < probability ? 0 : factor,
  );
  return { type: 'float32', data, dims: [rows, HIDDEN] };
}
