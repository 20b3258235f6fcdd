import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { sharedEngine, testEngines } from '../tiers.js';
import { type Floats, floats, gaussian, slice } from './tensors.js';

const test = suite('layouts');
const [BATCHES, HEADS, KV_HEADS, QUERIES, KEYS, DIM, VALUE_DIM] = [2, 6, 3, 21, 34, 7, 5];
const inputs = {
  q: gaussian([BATCHES, HEADS, QUERIES, DIM], 1),
  k: gaussian([BATCHES, KV_HEADS, KEYS, DIM], 2),
  v: gaussian([BATCHES, KV_HEADS, KEYS, VALUE_DIM], 3),
};
const counts = { qNumHeads: HEADS, kvNumHeads: KV_HEADS };
const methods = ['exact', 'taylor'] as const;

/** [B, H, L, D] as [B, L, H·D]. */
function flatten({ data, dims }: Floats): Floats {
  const [batches, heads, rows, dim] = dims as [number, number, number, number];
  return floats([batches, rows, heads * dim], (i) => {
    const [d, h, l] = [i % dim, Math.floor(i / dim) % heads, Math.floor(i / dim / heads) % rows];
    return data[((Math.floor(i / dim / heads / rows) * heads + h) * rows + l) * dim + d]!;
  });
}

const owned = (tensor: { data: Float32Array<ArrayBufferLike>; dims: readonly number[] }): Floats =>
  floats(tensor.dims, (i) => tensor.data[i]!);

testEngines(test, 'three dimensions give what four give, the past included', async (engine) => {
  const flat = { q: flatten(inputs.q), k: flatten(inputs.k), v: flatten(inputs.v) };
  const past = {
    pastKey: gaussian([BATCHES, KV_HEADS, 4, DIM], 4),
    pastValue: gaussian([BATCHES, KV_HEADS, 4, VALUE_DIM], 5),
  };
  for (const method of methods) {
    for (const extra of [{}, past]) {
      const expected = await attention(engine, { ...inputs, ...extra }, { method, isCausal: true });
      const actual = await attention(engine, { ...flat, ...extra }, { method, isCausal: true, ...counts });
      assert.equal(actual.output.dims, [BATCHES, QUERIES, HEADS * VALUE_DIM]);
      assert.equal(actual.output, flatten(owned(expected.output)));
      assert.equal(actual.presentKey, expected.presentKey);
      assert.equal(actual.presentValue, expected.presentValue);
    }
  }
});

testEngines(test, 'with four dimensions the head counts may be given too', async (engine) => {
  const expected = await attention(engine, inputs);
  assert.equal(await attention(engine, inputs, counts), expected);
});

testEngines(test, 'heads share keys and values in adjacent groups', async (engine) => {
  for (const method of methods) {
    const { output } = await attention(engine, inputs, { method });
    for (let head = 0; head < HEADS; head++) {
      const group = Math.floor(head / (HEADS / KV_HEADS));
      const single = {
        q: slice(inputs.q, 1, head, head + 1),
        k: slice(inputs.k, 1, group, group + 1),
        v: slice(inputs.v, 1, group, group + 1),
      };
      const alone = await attention(engine, single, { method });
      assert.equal(slice(owned(output), 1, head, head + 1), alone.output, `${method}, head ${head}`);
    }
  }
});

testEngines(test, 'batches do not meet', async (engine) => {
  for (const method of methods) {
    const { output } = await attention(engine, inputs, { method });
    for (let b = 0; b < BATCHES; b++) {
      const alone = await attention(
        engine,
        { q: slice(inputs.q, 0, b, b + 1), k: slice(inputs.k, 0, b, b + 1), v: slice(inputs.v, 0, b, b + 1) },
        { method },
      );
      assert.equal(slice(owned(output), 0, b, b + 1), alone.output, method);
    }
  }
});

testEngines(
  test,
  'present is past and new keys; a past of zero rows, or present: true, gives it as well',
  async (engine) => {
    const [first, second] = [
      { k: slice(inputs.k, 2, 0, 10), v: slice(inputs.v, 2, 0, 10) },
      { k: slice(inputs.k, 2, 10, KEYS), v: slice(inputs.v, 2, 10, KEYS) },
    ];
    for (const method of methods) {
      const past = { pastKey: first.k, pastValue: first.v };
      const joined = await attention(engine, { q: inputs.q, ...second, ...past }, { method });
      assert.equal(joined.presentKey, inputs.k);
      assert.equal(joined.presentValue, inputs.v);
      const whole = await attention(engine, inputs, { method, present: true });
      assert.equal(whole.presentKey, inputs.k);
      assert.equal(joined.output, whole.output);
      assert.is((await attention(engine, inputs, { method })).presentKey, undefined);
      assert.is(
        (await attention(engine, { q: inputs.q, ...second, ...past }, { method, present: false })).presentKey,
        undefined,
      );
    }
  },
);

test('inputs are not written to', async () => {
  const before = [inputs.q, inputs.k, inputs.v].map(({ data }) => data.slice());
  await attention(await sharedEngine('simd'), inputs, { softcap: 1, present: true });
  assert.equal([inputs.q.data, inputs.k.data, inputs.v.data], before);
});

test.run();
