import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  accuracy,
  argmaxRows,
  confusionMatrix,
  macroAuc,
  recalls,
  rocAuc,
} from '#hw2/metrics/classification.js';

const near = (actual: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);

test('confusion, accuracy and recalls are counted', () => {
  const matrix = confusionMatrix([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 2], 4);
  assert.equal(matrix, [
    [2, 1, 0, 0],
    [1, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 0],
  ]);
  near(accuracy(matrix), 4 / 6);
  assert.equal(recalls(matrix), [2 / 3, 1 / 2, 1, Number.NaN]);
});

test('the first of equal scores wins', () => {
  assert.equal(argmaxRows([1, 3, 2, 5, 5, 0, -3, -2, -2], 3), Uint8Array.of(1, 0, 1));
});

test('AUC is the share of pairs in the right order, ties counting half', () => {
  const example = fc.record({ score: fc.integer({ min: 0, max: 6 }), positive: fc.boolean() });
  fc.assert(
    fc.property(fc.array(example, { minLength: 2, maxLength: 40 }), (examples) => {
      const positives = examples.filter(({ positive }) => positive);
      const negatives = examples.filter(({ positive }) => !positive);
      fc.pre(positives.length > 0 && negatives.length > 0);
      let won = 0;
      for (const p of positives)
        for (const n of negatives) won += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0;
      const auc = rocAuc(
        examples.map(({ score }) => score),
        examples.map(({ positive }) => positive),
      );
      near(auc, won / (positives.length * negatives.length));
    }),
  );
});

test('AUC of a score that is no number, or of one kind alone, is NaN, and ends', () => {
  for (const scores of [
    [0.5, Number.NaN, 0.1],
    [Number.NaN, Number.NaN, Number.NaN],
  ])
    assert.ok(Number.isNaN(rocAuc(scores, [true, false, false])));
  assert.ok(Number.isNaN(rocAuc([0.5, 0.1], [true, true])));
  assert.ok(Number.isNaN(rocAuc([], [])));
  const infinite = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  assert.is(rocAuc(infinite, [false, true, false]), 0.75);
});

test('a class without examples leaves the mean AUC undefined', () => {
  assert.ok(Number.isNaN(macroAuc([0.8, 0.1, 0.1, 0.2, 0.5, 0.3], [0, 1], 3)));
});

test('AUC of several classes is the mean over classes, of two that of class 1', () => {
  const scores = [0.8, 0.1, 0.1, 0.2, 0.5, 0.3, 0.3, 0.3, 0.4, 0.6, 0.3, 0.1];
  near(macroAuc(scores, [0, 1, 2, 1], 3), (1 + 3.5 / 4 + 1) / 3);
  near(macroAuc([0.9, 0.1, 0.4, 0.6, 0.7, 0.3], [0, 1, 0], 2), 1);
});

test.run();
