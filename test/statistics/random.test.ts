import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '#hw2/statistics/random.js';

/** Moments of a million values; their own deviations are 1/1000 of √1, √2, √15 and √96 times a small factor. */
const COUNT = 1e6;

test('a filled array is normal: moments, tails, and no link between neighbours', () => {
  const values = new Float32Array(COUNT);
  new Random(3).fillNormal(values, 2);
  const mean = (of: (value: number, i: number) => number) =>
    values.reduce((sum, value, i) => sum + of(value / 2, i), 0) / COUNT;
  const near = (value: number, expected: number, deviation: number) =>
    assert.ok(Math.abs(value - expected) < 5 * deviation * COUNT ** -0.5, `${value}, expected ${expected}`);
  near(
    mean((x) => x),
    0,
    1,
  );
  near(
    mean((x) => x ** 2),
    1,
    Math.sqrt(2),
  );
  near(
    mean((x) => x ** 3),
    0,
    Math.sqrt(15),
  );
  near(
    mean((x) => x ** 4),
    3,
    Math.sqrt(96),
  );
  // Of a normal variable, 0.27 % lie beyond three deviations.
  near(
    mean((x) => (Math.abs(x) > 3 ? 1 : 0)),
    0.0026998,
    Math.sqrt(0.0027),
  );
  near(
    mean((x, i) => (i === 0 ? 0 : (x * values[i - 1]!) / 2)),
    0,
    1,
  );
  near(
    mean((x, i) => (i === 0 ? 0 : x ** 2 * (values[i - 1]! / 2) ** 2)),
    1,
    Math.sqrt(8),
  );
});

test('the same keys fill with the same values, whatever the length', () => {
  const fill = (length: number, ...keys: number[]) => {
    const values = new Float32Array(length);
    new Random(...keys).fillNormal(values);
    return values;
  };
  assert.equal(fill(7, 1, 2), fill(8, 1, 2).subarray(0, 7));
  assert.not.equal(fill(8, 1, 2), fill(8, 2, 1));
  assert.equal([...fill(4, 1)], [...fill(4, 1)]);
});

test.run();
