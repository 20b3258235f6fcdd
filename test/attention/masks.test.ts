import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import type { Tensor } from '#engine/attention/tensor.js';
import { testTiers } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { difference, floats, gaussian, lengths, randomMask } from './tensors.js';

const test = suite('masks');
const LOWEST = -3.4028234663852886e38;
const inputs = { q: gaussian([2, 3, 4, 8], 1), k: gaussian([2, 3, 10, 8], 2), v: gaussian([2, 3, 10, 8], 3) };
const row = (data: Float32Array<ArrayBufferLike>, i: number) => data.slice(8 * i, 8 * i + 8);

testTiers(test, 'every rank and every broadcast, bool and float, whole and short', async (engine) => {
  for (const keys of [10, 7, 1, 0]) {
    for (let rank = 1; rank <= 4; rank++) {
      for (let ones = 0; ones < 8; ones++) {
        const dims = [2, 3, 4]
          .map((dim, axis) => (ones & (1 << axis) ? 1 : dim))
          .concat(keys)
          .slice(4 - rank);
        const float = gaussian(dims, 4);
        for (const mask of [
          randomMask(dims, 5),
          float,
          { ...float, data: float.data.map((x) => (x < -0.5 ? -Infinity : x)) },
        ]) {
          const { output } = await attention(engine, { ...inputs, mask });
          const error = difference(output.data, naiveAttention({ ...inputs, mask }).output);
          assert.ok(error <= 1e-6, `mask ${mask.type} [${dims}]: off by ${error}`);
        }
      }
    }
  }
});

testTiers(test, 'a row with every key hidden gives exact zeros, its neighbours do not', async (engine) => {
  const hide = (i: number) => Math.floor(i / 10) === 2;
  const bool: Tensor = {
    type: 'bool',
    data: Uint8Array.from({ length: 40 }, (_, i) => +!hide(i)),
    dims: [4, 10],
  };
  for (const mask of [bool, floats([4, 10], (i) => (hide(i) ? Number.NEGATIVE_INFINITY : 0))]) {
    const { output } = await attention(engine, { ...inputs, mask });
    for (let i = 0; i < 24; i++) {
      assert.is(
        row(output.data, i).every((x) => Object.is(x, 0)),
        i % 4 === 2,
        `row ${i}`,
      );
    }
  }
});

testTiers(test, 'a row of the lowest finite number is uniform, not empty', async (engine) => {
  const mask = floats([4, 10], () => LOWEST);
  const { output } = await attention(engine, { ...inputs, mask });
  const mean = naiveAttention({ ...inputs, q: floats(inputs.q.dims, () => 0) });
  assert.ok(difference(output.data, mean.output) <= 5e-7);
});

testTiers(test, 'the lowest finite number hides a key beside visible ones', async (engine) => {
  const hidden = (i: number) => i % 10 >= 6;
  const finite = await attention(engine, {
    ...inputs,
    mask: floats([4, 10], (i) => (hidden(i) ? LOWEST : 0)),
  });
  const infinite = await attention(engine, {
    ...inputs,
    mask: floats([4, 10], (i) => (hidden(i) ? -Infinity : 0)),
  });
  assert.equal(finite.output.data, infinite.output.data);
});

testTiers(test, 'any byte but 0 shows a key', async (engine) => {
  const mask = (visible: number): Tensor => ({
    data: Uint8Array.from({ length: 10 }, (_, i) => (i % 3 ? visible : 0)),
    dims: [10],
  });
  const [one, other] = await Promise.all(
    [1, 255].map((visible) => attention(engine, { ...inputs, mask: mask(visible) })),
  );
  assert.equal(one!.output.data, other!.output.data);
});

testTiers(test, 'a large positive bias takes all the weight', async (engine) => {
  for (const bias of [1e30, 3.4028234663852886e38]) {
    const mask = floats([4, 10], (i) => (i % 10 === 3 ? bias : 0));
    const { output } = await attention(engine, { ...inputs, mask });
    const expected = floats([2, 3, 4, 8], (i) => inputs.v.data[Math.floor(i / 32) * 80 + 24 + (i % 8)]!);
    assert.ok(difference(output.data, expected.data) <= 1e-6, `bias ${bias}`);
  }
});

testTiers(test, 'a mask and padding and causal order hide what any of them hides', async (engine) => {
  const mask = randomMask([2, 1, 4, 9], 8);
  const all = { ...inputs, mask, nonpadKvSeqlen: lengths(3, 8) };
  for (const isCausal of [false, true]) {
    const { output } = await attention(engine, all, { isCausal });
    assert.ok(difference(output.data, naiveAttention(all, { isCausal }).output) <= 1e-6);
  }
});

testTiers(test, 'scores of many keys that a short mask hides', async (engine) => {
  // So many that a loop over a negative number of keys would run into the rest of the memory.
  const keys = 100_000;
  const long = {
    q: gaussian([1, 1, 1, 1], 1),
    k: gaussian([1, 1, keys, 1], 2),
    v: gaussian([1, 1, keys, 1], 3),
  };
  const { qkMatmulOutput } = await attention(
    engine,
    { ...long, mask: floats([10], () => 1) },
    { qkMatmulOutputMode: 2 },
  );
  const scores = qkMatmulOutput!.data;
  assert.ok(
    scores.slice(0, 10).every((score, j) => Math.abs(score - 1 - long.q.data[0]! * long.k.data[j]!) < 1e-6),
  );
  assert.ok(scores.slice(10).every((score) => score === Number.NEGATIVE_INFINITY));
});

test.run();
