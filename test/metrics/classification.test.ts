import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  accuracy,
  argmaxRows,
  confusionMatrix,
  macroAuc,
  mcnemar,
  recalls,
  rocAuc,
  wilsonInterval,
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
