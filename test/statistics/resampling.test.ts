import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mean } from '#hw2/statistics/estimates.js';
import { Random } from '#hw2/statistics/random.js';
import { bootstrapInterval, pairedRandomisationTest } from '#hw2/statistics/resampling.js';

const meanOf = ([set]: readonly (readonly number[])[]) => mean(set!);

test('the bootstrap interval of a mean is that of the normal approximation', () => {
  const random = new Random(1);
  const set = Array.from({ length: 400 }, () => random.normal());
  const deviation = Math.sqrt(mean(set.map((x) => (x - mean(set)) ** 2)) / set.length);
  const { low, high } = bootstrapInterval([set], meanOf);
  assert.ok(Math.abs(low - (mean(set) - 1.96 * deviation)) < 0.15 * deviation);
  assert.ok(Math.abs(high - (mean(set) + 1.96 * deviation)) < 0.15 * deviation);
  assert.equal(bootstrapInterval([set], meanOf), { low, high });
});

test('a set without variation has an interval without width', () => {
  assert.equal(bootstrapInterval([[0.5, 0.5, 0.5]], meanOf), { low: 0.5, high: 0.5 });
});

test('the p-value of differences of one sign is near that of all choices of signs', () => {
  // Of 2⁶ choices two are as far from zero as all of one sign.
  assert.ok(Math.abs(pairedRandomisationTest([1, 2, 1, 3, 1, 2]) - 2 / 64) < 0.01);
});

test('differences that cancel are no evidence, nor are those that are all zero', () => {
  assert.is(pairedRandomisationTest([1, -1, 2, -2]), 1);
  assert.is(pairedRandomisationTest([0, 0, 0]), 1);
});

test('many differences of one sign are evidence, whichever sign', () => {
  const differences = Array.from({ length: 40 }, (_, i) => 1 + (i % 3));
  assert.ok(pairedRandomisationTest(differences) < 1e-3);
  assert.ok(pairedRandomisationTest(differences.map((x) => -x)) < 1e-3);
});

test.run();
