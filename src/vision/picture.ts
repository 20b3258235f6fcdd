import { IMAGE_SIDE } from './network.js';

/** A grey picture of any size; values from 0 to 255, row by row. */
export interface Picture {
  width: number;
  height: number;
  grey: Float32Array;
}

/** A picture that cannot be decoded; the message says what is wrong with it, but not which it is. */
export class DamagedPicture extends Error {
  override name = 'DamagedPicture';
}

/** How a picture lies in its file (EXIF): 1 as it is, 2 to 4 mirrored or upside down, 5 to 8 on its side. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** A picture as it is meant to be seen. */
export function turned(picture: Picture, orientation: Orientation): Picture {
  if (orientation === 1) return picture;
  const { width, height, grey } = picture;
  const isOnSide = orientation >= 5;
  const mirrorsX = [2, 3, 7, 8].includes(orientation);
  const mirrorsY = [3, 4, 6, 7].includes(orientation);
  const size = isOnSide ? { width: height, height: width } : { width, height };
  const result = new Float32Array(grey.length);
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      const [across, down] = isOnSide ? [y, x] : [x, y];
      const sourceX = mirrorsX ? width - 1 - across : across;
      const sourceY = mirrorsY ? height - 1 - down : down;
      result[y * size.width + x] = grey[sourceY * width + sourceX]!;
    }
  return { ...size, grey: result };
}

/** The square in the middle, made 28×28 as MedMNIST's images were. */
export function centreCrop({ width, height, grey }: Picture): Uint8Array {
  const side = Math.min(width, height);
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const taps = cubicTaps(side, IMAGE_SIDE);
  const rows = new Float64Array(side * IMAGE_SIDE);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < IMAGE_SIDE; x++)
      rows[y * IMAGE_SIDE + x] = weighted(grey, (top + y) * width + left, 1, taps[x]!);
  const image = new Uint8Array(IMAGE_SIDE * IMAGE_SIDE);
  for (let y = 0; y < IMAGE_SIDE; y++)
    for (let x = 0; x < IMAGE_SIDE; x++) {
      const value = weighted(rows, x, IMAGE_SIDE, taps[y]!);
      image[y * IMAGE_SIDE + x] = Math.min(255, Math.max(0, Math.round(value)));
    }
  return image;
}

interface Taps {
  start: number;
  weights: Float64Array;
}

/** Sum of every `step`-th value from `first` on, weighted. */
function weighted(values: ArrayLike<number>, first: number, step: number, { start, weights }: Taps): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * values[first + (start + i) * step]!;
  return sum;
}

/**
 * Weights of a bicubic filter (Keys 1981, a = -1/2) that is stretched when it makes smaller, so that every source pixel
 * counts: the resampling of the Pillow library, which made MedMNIST.
 */
function cubicTaps(from: number, to: number): Taps[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.round(centre - 2 * stretch));
    const end = Math.min(from, Math.round(centre + 2 * stretch));
    const raw = Float64Array.from({ length: end - start }, (_, k) =>
      keys((start + k + 0.5 - centre) / stretch),
    );
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

/** ITU-R BT.601, as image libraries make grey of colour. */
export function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}
