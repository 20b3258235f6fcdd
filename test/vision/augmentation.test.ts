import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '#hw2/statistics/random.js';
import { augment } from '#hw2/vision/augmentation.js';
import { balancedWeights, dropoutTensor, targetTensor } from '#hw2/vision/batch.js';

const noise = new Random(5);
const pixels = Float32Array.from({ length: 50 * 784 }, () => noise.integer(256) / 256);
const images = () => ({ type: 'float32' as const, data: pixels.slice(), dims: [50, 1, 28, 28] });

test('a varied image is the same image elsewhere, in other contrast and brightness', () => {
  const [before, after] = [pixels, images()];
  augment(after, new Random(1));
  const shifts = new Set<string>();
  for (let row = 0; row < 50; row++) {
    const pixel = (data: Float32Array, x: number, y: number) => data[row * 784 + y * 28 + x]!;
    // Where neither edge nor limit interferes, values are a straight line over those of the right shift.
    const fits = (dx: number, dy: number) => {
      const pairs: [number, number][] = [];
      for (let y = 2; y < 26; y++)
        for (let x = 2; x < 26; x++) {
          const value = pixel(after.data, x, y);
          if (value > 0 && value < 255 / 256) pairs.push([pixel(before, x - dx, y - dy), value]);
        }
      const [a, b] = [pairs[0]!, pairs.find(([x]) => Math.abs(x - pairs[0]![0]) > 0.2)!];
      const slope = (b[1] - a[1]) / (b[0] - a[0]);
      return (
        slope > 0.69 &&
        slope < 1.31 &&
        pairs.every(([x, y]) => Math.abs(a[1] + slope * (x - a[0]) - y) < 1e-4)
      );
    };
    const found = [-2, -1, 0, 1, 2].flatMap((dx) =>
      [-2, -1, 0, 1, 2].filter((dy) => fits(dx, dy)).map((dy) => `${dx},${dy}`),
    );
    assert.is(found.length, 1, `image ${row}: ${found}`);
    shifts.add(found[0]!);
  }
  assert.ok(shifts.size > 15);
  assert.ok(after.data.every((value) => value >= 0 && value < 1));
});

test('balanced weights give every class the same share, and images a mean weight of 1', () => {
  const set = { images: new Uint8Array(), labels: Uint8Array.of(0, 0, 0, 0, 0, 2, 2, 1), classes: 3 };
  const weights = balancedWeights(set);
  const shares = [5, 1, 2].map((count, c) => count * weights[c]!);
  for (const share of shares) assert.ok(Math.abs(share - 8 / 3) < 1e-12);
});

test('targets hold the weight of an image at its label, and nothing for missing rows', () => {
  const set = { images: new Uint8Array(), labels: Uint8Array.of(2, 0, 1), classes: 3 };
  const { data, dims } = targetTensor(set, [0, 2], 4, [1, 3, 5]);
  assert.equal(dims, [4, 3]);
  assert.equal(data, Float32Array.of(0, 0, 2.5, 0, 1.5, 0, 0, 0, 0, 0, 0, 0));
});

test('dropout leaves out the share that was asked for and keeps the mean', () => {
  const { data } = dropoutTensor(new Random(2), 500, 0.7);
  const kept = data.filter((factor) => factor !== 0);
  assert.ok(Math.abs(kept.length / data.length - 0.3) < 0.005);
  assert.ok(kept.every((factor) => Math.abs(factor - 1 / 0.3) < 1e-5));
  assert.ok(dropoutTensor(new Random(2), 5, 0).data.every((factor) => factor === 1));
});

test.run();
