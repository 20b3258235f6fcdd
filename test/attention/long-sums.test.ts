/** Sums over many keys and many features lose no digits, whatever the mean of the values is. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { featureDim, taylorExp } from '#engine/attention/feature-map.js';
import { createState } from '#engine/attention/state.js';
import type { Engine } from '#engine/runtime/engine.js';
import { sharedEngine, testTiers } from '../tiers.js';
import { floats, gaussian, slice } from './tensors.js';

const test = suite('long sums');
const LIMIT = 2e-6;
// A running sum of equal numbers is off furthest for some of them: 1.97 is among the worst for 128 terms, 1.6 for 64 · 16.
const VALUES = [0.1, 0.7, 1, 1.6005211, 1.9699326, -77.3, 12345.678];

/** The same values for every key, so that attention is these values, whatever its weights are. */
const constant = (keys: number) => floats([1, 1, keys, VALUES.length], (i) => VALUES[i % VALUES.length]!);

function largestError(output: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < output.length; i++)
    largest = Math.max(largest, Math.abs(output[i]! / Math.fround(VALUES[i % VALUES.length]!) - 1));
  return largest;
}

for (const [headDim, order, keys] of [
  [4, 2, 30_000],
  [16, 1, 16_000],
  [16, 2, 10_000],
  [16, 3, 2_000],
  [16, 4, 700],
  [64, 2, 1_500],
  [256, 2, 300],
] as const) {
  testTiers(test, `${keys} constant values, headDim ${headDim}, order ${order}`, async (engine) => {
    const k = gaussian([1, 1, keys, headDim], 1, 0.3);
    const v = constant(keys);
    const q = slice(k, 2, 0, 5);
    const dense = await attention(engine, { q, k, v }, { method: 'taylor', order });
    assert.ok(largestError(dense.output.data) <= LIMIT, `dense: ${largestError(dense.output.data)}`);
    const causal = await attention(engine, { q: k, k, v }, { method: 'taylor', order, isCausal: true });
    assert.ok(largestError(causal.output.data) <= LIMIT, `causal: ${largestError(causal.output.data)}`);
    const state = await createState(engine, { headDim, valueDim: VALUES.length, order });
    for (let at = 0; at < keys; at += 1000) {
      const end = Math.min(keys, at + 1000);
      await state.append({ k: slice(k, 2, at, end), v: slice(v, 2, at, end) });
    }
    const streamed = (await state.query({ q })).output.data;
    assert.ok(largestError(streamed) <= LIMIT, `streaming: ${largestError(streamed)}`);
    await state.dispose();
  });
}

testTiers(test, 'equal keys and equal queries, whose roundings all go one way', async (engine) => {
  const [keys, headDim] = [1500, 16];
  for (const order of [1, 2, 3]) {
    const k = floats([1, 1, keys, headDim], () => 0.17);
    const call = { q: k, k, v: constant(keys) };
    const causal = await attention(engine, call, { method: 'taylor', order, isCausal: true });
    const error = largestError(causal.output.data);
    assert.ok(error <= LIMIT, `order ${order}: ${error}`);
  }
});

testTiers(test, 'sums over features: small ones beside a sum near 1, all alike', async (engine) => {
  for (const [headDim, order] of [
    [16, 2],
    [64, 2],
    [100, 2],
    [256, 2],
    [32, 3],
  ] as const) {
    for (let score = 1e-3; score < 8; score *= 2.3) {
      // q·k/√D is the score for the first key, and 0 for the second.
      const x = Math.sqrt(score / Math.sqrt(headDim));
      const q = floats([1, 1, 1, headDim], () => x);
      const k = floats([1, 1, 2, headDim], (i) => (i < headDim ? x : 0));
      const v = floats([1, 1, 2, 1], (i) => 1 - i);
      const { output } = await attention(
        engine,
        { q, k, v },
        { method: 'taylor', order, subtractMeanKey: false },
      );
      const weight = taylorExp(q.data[0]! ** 2 * Math.sqrt(headDim), order);
      const error = Math.abs(output.data[0]! / (weight / (weight + 1)) - 1);
      assert.ok(error <= LIMIT, `${featureDim(headDim, order)} features, score ${score}: off by ${error}`);
    }
  }
});

/** A state of 2^power keys with the value 1, made by doubling. */
async function doubled(engine: Engine, power: number) {
  const state = await createState(engine, { headDim: 1, valueDim: 1, order: 1 });
  await state.append({ k: floats([1, 1, 1024, 1], () => 0), v: floats([1, 1, 1024, 1], () => 1) });
  for (let n = 10; n < power; n++) {
    const copy = await state.clone();
    await state.merge(copy);
    await copy.dispose();
  }
  return state;
}

test('a state goes on counting at 2^24 and at 2^30 keys, key by key', async () => {
  const engine = await sharedEngine('simd');
  for (const power of [24, 30]) {
    const state = await doubled(engine, power);
    const [n, more, value] = [2 ** power, 3000, 1e6];
    const token = { k: floats([1, 1, 1, 1], () => 0), v: floats([1, 1, 1, 1], () => value) };
    for (let i = 0; i < more; i++) await state.append(token);
    assert.is(state.length, n + more);
    const { output } = await state.query({ q: floats([1, 1, 1, 1], () => 0) });
    const expected = (n + more * value) / (n + more);
    assert.ok(
      Math.abs(output.data[0]! / expected - 1) <= 1e-7,
      `2^${power}: ${output.data[0]}, expected ${expected}`,
    );
    await state.dispose();
  }
});

test.run();
