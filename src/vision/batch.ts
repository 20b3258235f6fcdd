import type { LabelledImages } from '../data/medmnist.js';
import type { Random } from '../data/random.js';
import type { Tensor } from '../onnx/graph.js';
import { HIDDEN, IMAGE_SIDE } from './network.js';

const PIXELS = IMAGE_SIDE * IMAGE_SIDE;

/** Images by index as the network takes them: [indices, 1, 28, 28], divided by 256. */
export function imageTensor(
  { images }: LabelledImages,
  indices: ArrayLike<number>,
  rows = indices.length,
): Tensor {
  const data = new Float32Array(rows * PIXELS);
  for (let row = 0; row < indices.length; row++) {
    const start = indices[row]! * PIXELS;
    for (let i = 0; i < PIXELS; i++) data[row * PIXELS + i] = images[start + i]! / 256;
  }
  return { type: 'float32', data, dims: [rows, 1, IMAGE_SIDE, IMAGE_SIDE] };
}

/**
 * Weights of the log-probabilities in the mean negative log-likelihood of a batch: 1/n at each image's label.
 * A batch that is not full is filled up with rows of zeros, which no gradient comes from.
 */
export function targetTensor(set: LabelledImages, indices: ArrayLike<number>, rows: number): Tensor {
  const data = new Float32Array(rows * set.classes);
  for (let row = 0; row < indices.length; row++)
    data[row * set.classes + set.labels[indices[row]!]!] = 1 / indices.length;
  return { type: 'float32', data, dims: [rows, set.classes] };
}

/** Inverted dropout: each hidden unit is 0 with the given probability, and scaled up otherwise. */
export function dropoutTensor(random: Random, rows: number, probability: number): Tensor {
  const factor = 1 / (1 - probability);
  const data = Float32Array.from({ length: rows * HIDDEN }, () =>
    random.uniform() < probability ? 0 : factor,
  );
  return { type: 'float32', data, dims: [rows, HIDDEN] };
}
