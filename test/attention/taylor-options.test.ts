import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testEngines } from '../tiers.js';
import { naiveAttention, subtractMean } from './naive.js';
import { difference, floats, gaussian, lengths, randomMask } from './tensors.js';

const test = suite('linear attention: options');
const inputs = {
  q: gaussian([2, 4, 70, 6], 1, 0.5),
  k: gaussian([2, 2, 90, 6], 2, 0.5),
  v: gaussian([2, 2, 90, 7], 3),
};

const REFUSED: [object, object, string][] = [
  [{ mask: randomMask([90], 1) }, {}, 'mask: linear attention has no form for a mask'],
  [{}, { softcap: 1 }, 'softcap: linear attention has no form for it'],
  [{}, { leftWindowSize: 3 }, 'leftWindowSize: linear attention cannot forget keys'],
  [{}, { rightWindowSize: 3 }, 'rightWindowSize: linear attention is causal or sees all keys'],
  [{}, { qkMatmulOutputMode: 0 }, 'qkMatmulOutputMode: linear attention forms no matrix of scores'],
  [{}, { isCausal: true, subtractMeanKey: true }, 'subtractMeanKey: the mean key of causal attention'],
  [{}, { order: 0 }, 'order: given 0, expected a whole number from 1 to 4'],
  [{}, { order: 5 }, 'order: given 5, expected a whole number from 1 to 4'],
  [{}, { order: 1.5 }, 'order: given 1.5, expected a whole number from 1 to 4'],
];
for (const [extra, options, message] of REFUSED) {
  test(`refused: ${message}`, async () => {
    const engine = await sharedEngine('simd');
    await rejects(
      attention(engine, { ...inputs, ...extra }, { method: 'taylor', ...options }),
      message,
      RangeError,
    );
  });
}

test('refused: an order whose state is beyond the limit, with its size, before anything is taken', async () => {
  const engine = await sharedEngine('simd');
  engine.arena.resetPeak();
  const before = engine.arena.peak;
  const wide = {
    q: gaussian([1, 1, 1, 128], 1),
    k: gaussian([1, 1, 1, 128], 2),
    v: gaussian([1, 1, 1, 128], 3),
  };
  const message =
    /^order: given 4, which for headDim 128 has 12082785 features and a state of 11\.6 GiB; expected at most 2\.0 GiB$/;
  await rejects(attention(engine, wide, { method: 'taylor', order: 4 }), message, RangeError);
  assert.is(engine.arena.peak, before);
});

testEngines(test, 'padding, scale, grouped heads and a past, dense', async (engine) => {
  for (const subtractMeanKey of [false, true]) {
    const options = { method: 'taylor', scale: 0.3, subtractMeanKey } as const;
    const padded = { ...inputs, nonpadKvSeqlen: lengths(50, 90) };
    const centred = subtractMeanKey ? { ...padded, k: subtractMean(inputs.k, [50, 90]) } : padded;
    const actual = await attention(engine, padded, options);
    assert.ok(difference(actual.output.data, naiveAttention(centred, options).output) <= 1e-6);
  }
});

testEngines(test, 'padding, scale, grouped heads and a past, causal', async (engine) => {
  const options = { method: 'taylor', scale: 0.3, isCausal: true } as const;
  for (const extra of [
    { nonpadKvSeqlen: lengths(75, 90) },
    // Fewer keys than queries: the first queries see none.
    { nonpadKvSeqlen: lengths(20, 70) },
    { pastKey: gaussian([2, 2, 33, 6], 5, 0.5), pastValue: gaussian([2, 2, 33, 7], 6) },
  ]) {
    const actual = await attention(engine, { ...inputs, ...extra }, options);
    const expected = naiveAttention({ ...inputs, ...extra }, options);
    assert.ok(difference(actual.output.data, expected.output) <= 1e-6, Object.keys(extra).join());
  }
});

testEngines(test, 'a right window of 0 is causal', async (engine) => {
  const [causal, window] = await Promise.all(
    [{ isCausal: true }, { rightWindowSize: 0 }].map((options) =>
      attention(engine, inputs, { method: 'taylor', ...options }),
    ),
  );
  assert.equal(causal!.output.data, window!.output.data);
});

test('odd orders warn, even ones do not', async () => {
  const engine = await sharedEngine('simd');
  for (const order of [1, 2, 3, 4]) {
    const { warnings } = await attention(engine, inputs, { method: 'taylor', order });
    const odd = `order ${order} is odd: a key can get a negative weight`;
    assert.equal(warnings, order % 2 ? [odd] : []);
  }
});

testEngines(
  test,
  'the smallest denominator is reported, and warned of where digits are lost',
  async (engine) => {
    // T(t) = 1 + t for scores t of −0.95: a denominator of 0.05 a key. The second head has a score of 0.
    const one = { k: floats([1, 2, 70, 1], () => 1), v: floats([1, 2, 70, 1], (i) => i % 3) };
    const q = floats([1, 2, 5, 1], (i) => (i === 3 ? -0.95 : 0));
    for (const isCausal of [false, true]) {
      const options = { method: 'taylor', order: 1, scale: 1, isCausal, subtractMeanKey: false } as const;
      const { smallestDenominator, warnings } = await attention(engine, { q, ...one }, options);
      assert.ok(Math.abs(smallestDenominator! - 0.05) < 1e-6, String(smallestDenominator));
      assert.is(
        warnings.filter((warning) => warning.startsWith('a denominator came down to 0.050 per key')).length,
        1,
      );
    }
    const { smallestDenominator } = await attention(
      engine,
      { q: floats(q.dims, () => 0), ...one },
      { method: 'taylor' },
    );
    assert.is(smallestDenominator, 1);
  },
);

test.run();
