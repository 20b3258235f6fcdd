import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { testEngines } from '../tiers.js';
import { floats, gaussian, lengths, randomMask } from './tensors.js';

const test = suite('empty inputs');
const call = (batches: number, heads: number, kvHeads: number, queries: number, keys: number) => ({
  q: gaussian([batches, heads, queries, 3], 1),
  k: gaussian([batches, kvHeads, keys, 3], 2),
  v: gaussian([batches, kvHeads, keys, 5], 3),
});
const methods = ['exact', 'taylor'] as const;

testEngines(test, 'without queries, keys or batches the output has its shape, and zeros', async (engine) => {
  for (const method of methods) {
    for (const isCausal of [false, true]) {
      for (const [batches, queries, keys] of [
        [1, 0, 4],
        [1, 4, 0],
        [1, 0, 0],
        [0, 4, 4],
        [0, 0, 0],
        [2, 70, 0],
      ] as const) {
        const { output } = await attention(engine, call(batches, 2, 1, queries, keys), { method, isCausal });
        assert.equal(output.dims, [batches, 2, queries, 5]);
        assert.equal(output.data, new Float32Array(batches * 2 * queries * 5));
      }
    }
  }
});

testEngines(test, 'a past without keys is none', async (engine) => {
  const inputs = call(1, 2, 2, 4, 4);
  const expected = await attention(engine, inputs);
  const pastKey = floats([1, 2, 0, 3], () => 0);
  const pastValue = floats([1, 2, 0, 5], () => 0);
  const actual = await attention(engine, { ...inputs, pastKey, pastValue });
  assert.equal(actual.output, expected.output);
  assert.equal(actual.presentKey, inputs.k);
  assert.equal(actual.presentValue, inputs.v);
});

testEngines(test, 'a mask without columns hides every key', async (engine) => {
  const { output } = await attention(engine, { ...call(1, 1, 1, 4, 4), mask: randomMask([4, 0], 1) });
  assert.equal(output.data, new Float32Array(20));
});

testEngines(test, 'scores without keys or queries', async (engine) => {
  for (const [queries, keys] of [
    [0, 4],
    [4, 0],
  ] as const) {
    const { qkMatmulOutput } = await attention(engine, call(1, 1, 1, queries, keys), {
      qkMatmulOutputMode: 3,
    });
    assert.equal(qkMatmulOutput!.dims, [1, 1, queries, keys]);
    assert.is(qkMatmulOutput!.data.length, 0);
  }
});

testEngines(test, 'a batch that is all padding gives zeros, its neighbour does not', async (engine) => {
  for (const method of methods) {
    const inputs = { ...call(2, 1, 1, 4, 4), nonpadKvSeqlen: lengths(0, 4) };
    const { output } = await attention(engine, inputs, { method });
    assert.equal(output.data.slice(0, 20), new Float32Array(20));
    assert.ok(output.data.slice(20).every((x) => x !== 0));
  }
});

test.run();
