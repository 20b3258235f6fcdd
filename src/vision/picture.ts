import { IMAGE_SIDE } from './network.js';

/** A grey picture of any size; values from 0 to 255, row by row. */
export interface Picture {
  width: number;
  height: number;
  grey: Float64Array;
}

/** The square in the middle, made 28×28 as MedMNIST's images were. */
export function centreCrop({ width, height, grey }: Picture): Uint8Array {
  const side = Math.min(width, height);
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const taps = cubicTaps(side, IMAGE_SIDE);
  const rows = new Float64Array(side * IMAGE_SIDE);
  for (let y = 0; y < side; y++)
    taps.forEach(({ start, weights }, x) => {
      const source = (top + y) * width + left + start;
      rows[y * IMAGE_SIDE + x] = weights.reduce((sum, weight, i) => sum + weight * grey[source + i]!, 0);
    });
  const image = new Uint8Array(IMAGE_SIDE * IMAGE_SIDE);
  taps.forEach(({ start, weights }, y) => {
    for (let x = 0; x < IMAGE_SIDE; x++) {
      const value = weights.reduce((sum, weight, i) => sum + weight * rows[(start + i) * IMAGE_SIDE + x]!, 0);
      image[y * IMAGE_SIDE + x] = Math.min(255, Math.max(0, Math.round(value)));
    }
  });
  return image;
}

/**
 * Weights of a bicubic filter (Keys 1981, a = -1/2) that is stretched when it makes smaller, so that every source pixel
 * counts: the resampling of the Pillow library, which made MedMNIST.
 */
function cubicTaps(from: number, to: number): { start: number; weights: number[] }[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.round(centre - 2 * stretch));
    const end = Math.min(from, Math.round(centre + 2 * stretch));
    const raw = Array.from({ length: end - start }, (_, k) => keys((start + k + 0.5 - centre) / stretch));
    const sum = raw.reduce((a, b) => a + b, 0);
    return { start, weights: raw.map((weight) => weight / sum) };
  });
}

function keys(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  if (x < 2) return -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2;
  return 0;
}

/** @param channels 1 or 2 for grey, 3 or 4 for colour; the second and fourth is opacity, which is not used */
export function toGrey(pixels: number, channels: number, value: (index: number) => number): Float64Array {
  return Float64Array.from({ length: pixels }, (_, pixel) => {
    const i = pixel * channels;
    return channels < 3 ? value(i) : luma(value(i), value(i + 1), value(i + 2));
  });
}

/** ITU-R BT.601, as image libraries make grey of colour. */
export function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}
