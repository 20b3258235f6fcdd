import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mcnemar, wilsonInterval } from '#hw2/statistics/proportions.js';

const near = (actual: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);

test("Wilson's interval is that of his paper's formula", () => {
  // Newcombe 1998 (doi:10.1002/(SICI)1097-0258(19980430)17:8<857), table I, method 3.
  const published = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const;
  for (const [successes, trials, low, high] of published) {
    const interval = wilsonInterval(successes, trials);
    near(interval.low, low, 5e-5);
    near(interval.high, high, 5e-5);
  }
  near(wilsonInterval(20, 20).high, 1);
});

test("McNemar's test is the two-sided binomial one", () => {
  const labels = Array(20).fill(0);
  const wrongAt = (...indices: number[]) => labels.map((_, i) => (indices.includes(i) ? 1 : 0));
  // 1 against 7 of 8 tosses: 2 · (1 + 8) / 2⁸.
  const test = mcnemar(labels, wrongAt(0, 1, 2, 3, 4, 5, 6, 9), wrongAt(8, 9));
  assert.is(test.onlyFirst, 1);
  assert.is(test.onlySecond, 7);
  near(test.p, 18 / 256);
  assert.is(mcnemar(labels, wrongAt(1), wrongAt(1)).p, 1);
  assert.is(mcnemar(labels, wrongAt(1), wrongAt(2)).p, 1);
});

test('McNemar does not overflow where thousands disagree', () => {
  const labels = new Uint8Array(4000);
  const first = labels.map((_, i) => (i % 2 === 0 ? 1 : 0));
  const second = first.map((wrong) => 1 - wrong);
  near(mcnemar(labels, first, second).p, 1, 1e-9);
});

test.run();
