import { PIXELS } from '../data/image-set.js';
import type { Random } from '../statistics/random.js';
import { IMAGE_SIDE } from './network.js';

/** Whether a point in a square of side 1 belongs to a shape. */
type Shape = (x: number, y: number) => boolean;

/** Pictures of one, two or three shapes on a ground, in greys of their own: what no scan looks like. */
export function drawings(count: number, random: Random): Uint8Array {
  const images = new Uint8Array(count * PIXELS);
  for (let i = 0; i < count; i++) {
    const picture = images.subarray(i * PIXELS, (i + 1) * PIXELS).fill(random.integer(256));
    for (let left = 1 + random.integer(3); left > 0; left--)
      paint(picture, drawShape(random), random.integer(256));
  }
  return images;
}

/** A disc on a ground, as the red one that was once told to be ill. */
export function disc(grey: number, ground: number): Uint8Array {
  const picture = new Uint8Array(PIXELS).fill(ground);
  paint(picture, (x, y) => Math.hypot(x - 0.5, y - 0.5) < 0.35, grey);
  return picture;
}

function paint(picture: Uint8Array, shape: Shape, grey: number): void {
  for (let y = 0; y < IMAGE_SIDE; y++)
    for (let x = 0; x < IMAGE_SIDE; x++)
      if (shape((x + 0.5) / IMAGE_SIDE, (y + 0.5) / IMAGE_SIDE)) picture[y * IMAGE_SIDE + x] = grey;
}

function drawShape(random: Random): Shape {
  const [left, top] = [random.uniform(0, 0.7), random.uniform(0, 0.7)];
  const [width, height] = [random.uniform(0.15, 0.7), random.uniform(0.15, 0.7)];
  const [middle, centre] = [left + width / 2, top + height / 2];
  const period = random.uniform(0.1, 0.4);
  const shapes: Shape[] = [
    (x, y) => Math.hypot((x - middle) / width, (y - centre) / height) < 0.5,
    (x, y) => x > left && x < left + width && y > top && y < top + height,
    (x, y) => y < top + height && y - top > Math.abs(x - middle) * (2 * (height / width)),
    (x, y) => Math.floor(x / period) % 2 === Math.floor(y / period) % 2,
    (x, y) => Math.abs((x - middle) * height - (y - centre) * width) < 0.04,
  ];
  return shapes[random.integer(shapes.length)]!;
}
