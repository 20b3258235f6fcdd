import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  exponentEstimate,
  median,
  medianEstimate,
  quantile,
  ratioEstimate,
  slope,
  spread,
} from '#hw2/statistics/estimates.js';

const near = (value: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not near ${expected}`);
const times = fc.array(fc.double({ min: 1e-6, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 30 });

test('medians and quantiles of known lists', () => {
  assert.is(median([3, 1, 2]), 2);
  assert.is(median([4, 1, 3, 2]), 2.5);
  assert.is(quantile([10, 20, 30, 40, 50], 0.25), 20);
  assert.is(quantile([0, 1], 0.1), 0.1);
  assert.is(spread([10, 20, 30, 40, 50]), 20 / 30);
  assert.ok(Number.isNaN(median([])));
});

test('an estimate lies within its interval, and the interval within the values', () => {
  fc.assert(
    fc.property(times, (values) => {
      const { value, low, high } = medianEstimate(values);
      assert.ok(Math.min(...values) <= low && low <= value && value <= high && high <= Math.max(...values));
    }),
    { numRuns: 30 },
  );
});

test('the interval of steady times is a point, and wider for times that scatter', () => {
  assert.equal(medianEstimate([2, 2, 2, 2]), { value: 2, low: 2, high: 2 });
  const width = (scatter: number) => {
    const { low, high } = medianEstimate(Array.from({ length: 20 }, (_, i) => 10 + scatter * Math.sin(i)));
    return high - low;
  };
  assert.ok(width(2) > width(1));
});

test('a ratio taken round by round does not feel what slows a round', () => {
  const slow = [1, 7, 1, 3, 1, 100];
  const ratio = ratioEstimate(
    slow.map((factor) => 3 * factor),
    slow,
  );
  assert.equal(ratio, { value: 3, low: 3, high: 3 });
  assert.throws(() => ratioEstimate([1], [1, 2]), /1 rounds to 2/);
});

test('the slope of a line, and the exponent of a power', () => {
  near(slope([0, 1, 2], [5, 7, 9]), 2);
  fc.assert(
    fc.property(
      fc.double({ min: 0.5, max: 3, noNaN: true }),
      fc.double({ min: 1e-9, max: 1, noNaN: true }),
      (p, c) => {
        const points = [256, 1024, 4096].map((size) => ({ size, seconds: [c * size ** p] }));
        near(exponentEstimate(points).value, p, 1e-9);
      },
    ),
    { numRuns: 20 },
  );
});

test.run();
