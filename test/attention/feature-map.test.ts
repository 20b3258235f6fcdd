import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  crossoverLength,
  exactFlops,
  featureDim,
  featureMap,
  featureTable,
  monomials,
  monomialWeight,
  outputErrorBound,
  remainderBound,
  stateBytes,
  taylorExp,
  taylorFlops,
  weightErrorBound,
} from '#engine/attention/feature-map.js';
import { naiveAttention } from './naive.js';
import { difference, gaussian } from './tensors.js';

const test = suite('feature map');
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
const vector = (length: number) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length });

test('φ(q)·φ(k) is the series of q·k', () => {
  const pair = fc.integer({ min: 1, max: 9 }).chain((dim) => fc.tuple(vector(dim), vector(dim)));
  fc.assert(
    fc.property(pair, fc.integer({ min: 1, max: 4 }), ([q, k], order) => {
      const t = dot(q, k);
      const expected =
        1 + t + (order > 1 ? t ** 2 / 2 : 0) + (order > 2 ? t ** 3 / 6 : 0) + (order > 3 ? t ** 4 / 24 : 0);
      assert.ok(Math.abs(dot(featureMap(q, order), featureMap(k, order)) - expected) < 1e-10);
      assert.ok(Math.abs(taylorExp(t, order) - expected) < 1e-12);
    }),
    { numRuns: 300, seed: 4 },
  );
});

test('there are C(D + K, K) features, each monomial once', () => {
  const binomials = [
    [1, 1, 2],
    [64, 1, 65],
    [64, 2, 2145],
    [64, 3, 47905],
    [32, 4, 58905],
    [256, 2, 33153],
  ] as const;
  for (const [dim, order, count] of binomials) assert.is(featureDim(dim, order), count);
  for (let dim = 1; dim <= 7; dim++) {
    for (let order = 1; order <= 4; order++) {
      const all = [...monomials(dim, order)].map(String);
      assert.is(all.length, featureDim(dim, order));
      assert.is(new Set(all).size, all.length);
    }
  }
});

test('orders that would keep a loop busy for hours are refused', () => {
  for (const order of [1e12, Number.POSITIVE_INFINITY, Number.NaN, 1.5])
    for (const call of [featureDim, taylorExp, remainderBound, weightErrorBound, outputErrorBound])
      assert.throws(() => call(1, order), /^order: given .*, expected a whole number from 0 to 4$/);
});

test('weights are 1/(k₁!…k_D!)', () => {
  const expected = [
    [[0, 0], 1],
    [[0, 3], 1],
    [[3, 3], 1 / 2],
    [[1, 2, 2], 1 / 2],
    [[2, 2, 2], 1 / 6],
    [[1, 1, 4, 4], 1 / 4],
    [[5, 5, 5, 5], 1 / 24],
    [[0, 0, 0, 1], 1],
  ] as const;
  for (const [monomial, weight] of expected)
    assert.ok(Math.abs(monomialWeight(monomial) - weight) < 1e-15, String(monomial));
});

test('the kernels’ table lists the monomials, in order, cut at blocks of 64', () => {
  for (const [dim, order] of [
    [1, 1],
    [1, 4],
    [5, 2],
    [16, 3],
    [64, 2],
    [12, 4],
    [256, 1],
  ] as const) {
    const { runs, blockStarts, weights } = featureTable(dim, order);
    const listed: string[] = [];
    for (let run = 0; run < runs.length / 5; run++) {
      const [a, b, c, first, count] = runs.slice(5 * run, 5 * run + 5) as unknown as [
        number,
        number,
        number,
        number,
        number,
      ];
      for (let i = 0; i < count; i++) listed.push(String([a, b, c].slice(4 - order).concat(first + i)));
      assert.is(
        [a, b, c].slice(0, 4 - order).every((index) => index === 0),
        true,
        'unused variables are the constant',
      );
    }
    // The constant comes last.
    const [constant, ...others] = monomials(dim, order);
    const ordered = [...others, constant!];
    assert.equal(listed, ordered.map(String));
    ordered.forEach((monomial, i) => {
      assert.is(weights[i], Math.fround(monomialWeight(monomial)));
    });
    blockStarts.forEach((run, block) => {
      const before = runs.slice(0, 5 * run).reduce((sum, x, i) => (i % 5 === 4 ? sum + x : sum), 0);
      assert.is(before, Math.min(64 * block, featureDim(dim, order)));
    });
  }
});

test('an order that is none is refused', () => {
  for (const order of [0, 5, 1.5, Number.NaN]) {
    assert.throws(
      () => featureMap([1, 2], order),
      `order: given ${order}, expected a whole number from 1 to 4`,
    );
  }
});

test('the bound on a weight holds', () => {
  fc.assert(
    fc.property(fc.double({ min: -8, max: 8, noNaN: true }), fc.integer({ min: 1, max: 4 }), (t, order) => {
      const error = Math.abs(taylorExp(t, order) - Math.exp(t)) / Math.exp(t);
      assert.ok(error <= weightErrorBound(Math.abs(t), order) * (1 + 1e-9) + 1e-12);
    }),
    { numRuns: 1000, seed: 5 },
  );
});

test('the bound on the output holds, and shrinks with the order', () => {
  for (const [seed, sigma] of [
    [1, 0.1],
    [2, 0.3],
    [3, 0.5],
  ] as const) {
    const [q, k, v] = [
      gaussian([1, 1, 20, 4], seed, sigma),
      gaussian([1, 1, 30, 4], seed + 9, sigma),
      gaussian([1, 1, 30, 4], seed + 19),
    ];
    const norm = (x: Float32Array) =>
      Math.max(...Array.from({ length: x.length / 4 }, (_, i) => Math.hypot(...x.slice(4 * i, 4 * i + 4))));
    const radius = (norm(q.data) * norm(k.data)) / 2;
    const exact = naiveAttention({ q, k, v });
    const bounds = [1, 2, 3, 4].map((order) => outputErrorBound(radius, order));
    bounds.forEach((bound, i) => {
      const linear = naiveAttention({ q, k, v }, { method: 'taylor', order: i + 1 });
      const largest = Math.max(...v.data.map(Math.abs));
      assert.ok(difference(linear.output, exact.output) <= bound * largest, `order ${i + 1}, sigma ${sigma}`);
    });
    assert.equal(
      bounds,
      bounds.toSorted((a, b) => b - a),
    );
  }
  assert.is(outputErrorBound(10, 2), Number.POSITIVE_INFINITY);
});

test('the cost model counts what the formulas count', () => {
  const sizes = {
    batches: 2,
    heads: 4,
    kvHeads: 2,
    queries: 10,
    keys: 10,
    headDim: 8,
    valueDim: 6,
    isCausal: false,
  };
  assert.is(exactFlops(sizes), 2 * 2 * 4 * 100 * 14);
  assert.is(exactFlops({ ...sizes, isCausal: true }), 2 * 2 * 4 * 55 * 14);
  assert.is(taylorFlops(sizes, 2), 2 * 2 * (2 * 10 + 4 * 10) * 45 * 7);
  assert.is(stateBytes(8, 6, 2), 2 * 4 * 45 * 7);
  assert.is(crossoverLength(64, 2), Math.ceil((2145 * 65) / 64));
});

test.run();
