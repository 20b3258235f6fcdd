import { type LabelledImages, PIXELS } from '../data/image-set.js';
import type { Tensor } from '../onnx/graph.js';
import type { Random } from '../statistics/random.js';
import { imageTensor } from './batch.js';
import { IMAGE_SIDE } from './network.js';

/** Largest shift in either direction, pixels. */
const SHIFT = 2;
/** Largest change of contrast and of brightness, as a share of the full range. */
const CONTRAST = 0.3;
const BRIGHTNESS = 0.15;

/**
 * Varies each image of a batch [rows, 1, 28, 28] in place, as the next patient and the next exposure would: moved by up
 * to two pixels, its edge repeated; contrast and brightness changed; values stay in [0, 1).
 */
export function augment({ data }: Tensor<'float32'>, random: Random): void {
  const source = new Float32Array(PIXELS);
  for (let start = 0; start < data.length; start += PIXELS) {
    source.set(data.subarray(start, start + PIXELS));
    const right = random.integer(2 * SHIFT + 1) - SHIFT;
    const down = random.integer(2 * SHIFT + 1) - SHIFT;
    const contrast = 1 + random.uniform(-CONTRAST, CONTRAST);
    const brightness = random.uniform(-BRIGHTNESS, BRIGHTNESS);
    for (let y = 0; y < IMAGE_SIDE; y++)
      for (let x = 0; x < IMAGE_SIDE; x++) {
        const value = source[within(y - down) * IMAGE_SIDE + within(x - right)]!;
        data[start + y * IMAGE_SIDE + x] = Math.min(
          255 / 256,
          Math.max(0, (value - 0.5) * contrast + 0.5 + brightness),
        );
      }
  }
}

/** Varied images, and which image of the set each was made from. */
export interface VariedImages extends LabelledImages {
  origins: readonly number[];
}

/** So many varied images, every one of the set in its turn, or some of a set that is larger. */
export function variedImages(set: LabelledImages, count: number, random: Random): VariedImages {
  // What follows one another may be alike, so a larger set is gone through in steps.
  const step = Math.max(1, set.labels.length / count);
  const origins = Array.from({ length: count }, (_, i) => Math.floor(i * step) % set.labels.length);
  const varied = imageTensor(set, origins);
  augment(varied, random);
  return {
    images: Uint8Array.from(varied.data, (value) => Math.round(256 * value)),
    labels: Uint8Array.from(origins, (i) => set.labels[i]!),
    classes: set.classes,
    origins,
  };
}

function within(position: number): number {
  return Math.min(IMAGE_SIDE - 1, Math.max(0, position));
}
