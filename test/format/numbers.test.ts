import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  formatChance,
  formatChosenPercent,
  formatFaster,
  formatPercent,
  formatPercentEstimate,
  formatPoints,
  formatProgress,
  formatRough,
  formatRoughPercent,
  formatSeconds,
  unbroken,
} from '#hw2/format/numbers.js';

test('nothing is left to wait for in no unit smaller than seconds', () => {
  assert.is(formatSeconds(0), '0 s');
});

test('numbers keep a plain space before their unit; pages write another', () => {
  assert.is(formatPercent(0.495), '49.5 %');
  assert.is(
    unbroken(`${formatPercent(0.495)} of it in ${formatSeconds(0.0123)}`),
    '49.5\u00a0% of it in 12.3\u00a0ms',
  );
  assert.is(unbroken(formatChance(0.99999)), '>\u00a099.9\u00a0%');
  assert.is(unbroken('302 MiB, 45.6 GFLOP/s, 1.9 times'), '302\u00a0MiB, 45.6\u00a0GFLOP/s, 1.9\u00a0times');
});

test('which of two is faster, and by what factor', () => {
  assert.is(formatFaster(2.345), 'Linear attention was 2.3 times as fast');
  assert.is(formatFaster(1 / 290), 'Exact attention was 290 times as fast');
  assert.is(formatFaster(0.99), 'Exact and linear attention took equally long');
});

test('a share of any size has as many significant digits', () => {
  for (const [share, text] of [
    [0, '0 %'],
    [0.068, '6.8 %'],
    [0.00068, '0.068 %'],
    [1.2345, '120 %'],
    [23, '2,300 %'],
  ] as const)
    assert.is(formatRoughPercent(share), text);
});

test('numbers of any size are written without a power of ten', () => {
  assert.is(formatRough(286.4), '290');
  assert.is(formatRough(99.6), '100');
  assert.is(formatRough(0.26), '0.26');
  assert.is(formatSeconds(0.99999e-3), '1,000 µs');
});

test('what is under way is not done, and a share that was chosen keeps its digits', () => {
  assert.is(formatProgress(999, 1000), '99 %');
  assert.is(formatProgress(1000, 1000), '100 %');
  assert.is(formatChosenPercent(0.25), '25 %');
  assert.is(formatChosenPercent(0.125), '12.5 %');
  assert.is(formatPoints(0.0132), '1.3 percentage points');
  assert.is(formatPercentEstimate(0.936, { low: 0.92, high: 0.95 }), '93.6 % (92.0 to 95.0)');
});

test('words that begin as a unit does are none', () => {
  for (const text of [
    '5 sentences',
    '3 minutes',
    '2 happy',
    '4 msec',
    '1 s2',
    'of 52 sounds',
    'CER 53',
    'figure 7',
  ])
    assert.is(unbroken(text), text);
});

test('the ends of an interval stay together', () => {
  assert.is(unbroken('0.66 (0.61 to 0.70)'), '0.66 (0.61\u00a0to\u00a00.70)');
  assert.is(unbroken('(33.2 % to 53.1 %)'), '(33.2\u00a0%\u00a0to\u00a053.1\u00a0%)');
  assert.is(
    unbroken('28 × 28 pixels, LJ002-0121 to LJ002-0140'),
    '28\u00a0×\u00a028\u00a0pixels, LJ002-0121 to LJ002-0140',
  );
});

test('a number stays with its name', () => {
  assert.is(unbroken('from L = 163 on'), 'from L\u00a0=\u00a0163 on');
  assert.is(unbroken('L 1,024 D 64'), 'L\u00a01,024 D\u00a064');
  assert.is(
    unbroken('σ = 0.5, p < 0.0005, L ≈ 2,145'),
    'σ\u00a0=\u00a00.5, p\u00a0<\u00a00.0005, L\u00a0≈\u00a02,145',
  );
});

test.run();
