import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionOptions, attention } from '#engine/attention/attention.js';
import { featureDim } from '#engine/attention/feature-map.js';
import { testEngines } from '../tiers.js';
import { difference, type Floats, floats, gaussian, slice, uniform } from './tensors.js';

const test = suite('properties');
const LENGTH = 150;
const inputs = {
  // Not larger: the features of order 4 would cancel, and lose digits that the exact method keeps.
  q: gaussian([1, 2, 70, 12], 1, 0.5),
  k: gaussian([1, 2, LENGTH, 12], 2, 0.5),
  v: gaussian([1, 2, LENGTH, 9], 3),
};
/** Every method, with a mean key where it has a say. */
const METHODS: AttentionOptions[] = [
  { method: 'exact' },
  { method: 'exact', softcap: 2 },
  { method: 'taylor', order: 2 },
  { method: 'taylor', order: 4, subtractMeanKey: false },
];

/** Row j of the result is row order[j] of the tensor. */
function permuteRows({ data, dims }: Floats, order: readonly number[]): Floats {
  const [, , rows, dim] = dims as [number, number, number, number];
  return floats(dims, (i) => {
    const row = Math.floor(i / dim);
    return data[(row - (row % rows) + order[row % rows]!) * dim + (i % dim)]!;
  });
}

/** Rounding errors of quotients of two sums of as many terms as there are features, or keys: a random walk each. */
const rounding = ({ method, order = 2 }: AttentionOptions) =>
  2 * Math.sqrt(method === 'taylor' ? featureDim(12, order) : LENGTH) * 2 ** -24;

testEngines(test, 'constant values give that constant: weights sum to 1', async (engine) => {
  for (const options of [...METHODS, { isCausal: true }, { method: 'taylor', isCausal: true } as const]) {
    const v = floats(inputs.v.dims, () => 3);
    const { output } = await attention(engine, { ...inputs, v }, options);
    const error = difference(output.data, new Float32Array(output.data.length).fill(3));
    assert.ok(error <= 3 * rounding(options), `${JSON.stringify(options)}: ${error}`);
  }
});

testEngines(test, 'weights of the exact method sum to 1 in its scores', async (engine) => {
  const { qkMatmulOutput } = await attention(engine, inputs, { qkMatmulOutputMode: 3 });
  for (let row = 0; row < 140; row++) {
    const sum = qkMatmulOutput!.data.slice(row * LENGTH, (row + 1) * LENGTH).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - 1) <= 1e-6, `row ${row}: ${sum}`);
  }
});

testEngines(test, 'the order of keys does not matter', async (engine) => {
  const next = uniform(9);
  const order = Array.from({ length: LENGTH }, (_, i) => i)
    .map((i) => [next(), i] as const)
    .sort(([a], [b]) => a - b)
    .map(([, i]) => i);
  for (const options of METHODS) {
    const expected = await attention(engine, inputs, options);
    const permuted = { q: inputs.q, k: permuteRows(inputs.k, order), v: permuteRows(inputs.v, order) };
    const actual = await attention(engine, permuted, options);
    assert.not.equal(permuted.k.data, inputs.k.data);
    assert.ok(difference(actual.output.data, expected.output.data) <= 2e-6, JSON.stringify(options));
  }
});

testEngines(test, 'one vector added to all keys changes nothing', async (engine) => {
  const shift = gaussian([12], 5);
  const k = floats(inputs.k.dims, (i) => inputs.k.data[i]! + shift.data[i % 12]!);
  for (const options of [
    { method: 'exact' },
    { method: 'taylor', order: 2 },
    { method: 'taylor', order: 4 },
  ] as const) {
    const expected = await attention(engine, inputs, options);
    const actual = await attention(engine, { ...inputs, k }, options);
    const error = difference(actual.output.data, expected.output.data);
    // The shifted keys are rounded anew.
    assert.ok(error <= 4e-6, `${JSON.stringify(options)}: ${error}`);
  }
});

testEngines(test, 'without its mean key subtracted, linear attention does feel the shift', async (engine) => {
  const k = floats(inputs.k.dims, (i) => inputs.k.data[i]! + 1);
  const options = { method: 'taylor', subtractMeanKey: false } as const;
  const [expected, actual] = await Promise.all([
    attention(engine, inputs, options),
    attention(engine, { ...inputs, k }, options),
  ]);
  assert.ok(difference(actual!.output.data, expected!.output.data) > 0.01);
});

testEngines(test, 'a causal row is what its prefix gives', async (engine) => {
  for (const method of ['exact', 'taylor'] as const) {
    const all = { ...inputs, q: gaussian([1, 2, LENGTH, 12], 4, 0.5) };
    const { output } = await attention(engine, all, { method, isCausal: true });
    for (const row of [0, 1, 2, 15, 16, 63, 64, 65, 100, 127, 128, 129, LENGTH - 1]) {
      const prefix = {
        q: slice(all.q, 2, row, row + 1),
        k: slice(all.k, 2, 0, row + 1),
        v: slice(all.v, 2, 0, row + 1),
      };
      const expected = await attention(engine, prefix, { method, subtractMeanKey: false });
      const actual = slice({ ...output, data: new Float32Array(output.data) }, 2, row, row + 1);
      assert.ok(difference(actual.data, expected.output.data) <= 2e-6, `${method}, row ${row}`);
    }
  }
});

testEngines(test, 'with one key the output is its value', async (engine) => {
  const one = { q: inputs.q, k: slice(inputs.k, 2, 0, 1), v: slice(inputs.v, 2, 0, 1) };
  for (const options of METHODS) {
    const { output } = await attention(engine, one, options);
    const expected = floats([1, 2, 70, 9], (i) => one.v.data[Math.floor(i / 630) * 9 + (i % 9)]!);
    // Values of N(0, 1): 3 is about the largest.
    assert.ok(difference(output.data, expected.data) <= 3 * rounding(options), JSON.stringify(options));
  }
});

test.run();
