import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testEngines } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { difference, gaussian, lengths, randomMask } from './tensors.js';

const test = suite('log-sum-exp');

/** ln Σ exp of the rows of a matrix of masked scores. */
function expectedOf(scores: Float64Array, keys: number): Float64Array {
  return Float64Array.from({ length: scores.length / keys }, (_, row) => {
    const visible = scores.subarray(row * keys, (row + 1) * keys).filter((x) => x > Number.NEGATIVE_INFINITY);
    if (visible.length === 0) return Number.NEGATIVE_INFINITY;
    const largest = visible.reduce((a, b) => Math.max(a, b));
    return largest + Math.log(visible.reduce((sum, x) => sum + Math.exp(x - largest), 0));
  });
}

for (const queries of [1, 5, 70]) {
  const inputs = {
    q: gaussian([2, 4, queries, 9], 1),
    k: gaussian([2, 2, 600, 9], 2),
    v: gaussian([2, 2, 600, 7], 3),
  };
  const mask = randomMask([queries, 600], 4);
  (mask.data as Uint8Array).fill(0, 0, 600);
  const calls = [
    [inputs, {}],
    [inputs, { isCausal: true }],
    [inputs, { scale: 3, softcap: 20 }],
    [{ ...inputs, mask }, {}],
    [
      { ...inputs, nonpadKvSeqlen: lengths(0, 599) },
      { leftWindowSize: 100, isCausal: true },
    ],
  ] as const;
  /** Formed once for all engines. */
  let expected: Float64Array[] | undefined;
  testEngines(test, `${queries} queries, against float64`, async (engine) => {
    expected ??= calls.map(([given, options]) => expectedOf(naiveAttention(given, options).scores[2]!, 600));
    for (const [i, [given, options]] of calls.entries()) {
      const plain = await attention(engine, given, options);
      const { output, logSumExp } = await attention(engine, given, { ...options, logSumExp: true });
      assert.equal(output, plain.output, 'asking for it does not change the output');
      assert.is(plain.logSumExp, undefined);
      assert.equal(logSumExp!.dims, [2, 4, queries]);
      // Of numbers up to 20: a float32 is itself off by 1e-6 there.
      const error = difference(logSumExp!.data, expected[i]!);
      assert.ok(error <= 3e-6, `${JSON.stringify(options)}: off by ${error}`);
    }
  });
}

testEngines(test, 'without keys it is -infinity, of NaN it is NaN', async (engine) => {
  for (const queries of [1, 30]) {
    const call = (keys: number) => ({
      q: gaussian([1, 1, queries, 4], 1),
      k: gaussian([1, 1, keys, 4], 2),
      v: gaussian([1, 1, keys, 4], 3),
    });
    const none = await attention(engine, call(0), { logSumExp: true });
    assert.ok(none.logSumExp!.data.every((x) => x === Number.NEGATIVE_INFINITY));
    const inputs = call(20);
    inputs.k.data[9] = Number.NaN;
    const { logSumExp } = await attention(engine, inputs, { logSumExp: true });
    assert.ok(logSumExp!.data.every(Number.isNaN));
  }
});

test('linear attention has none', async () => {
  const engine = await sharedEngine('simd');
  const x = gaussian([1, 1, 2, 4], 1);
  await rejects(
    attention(engine, { q: x, k: x, v: x }, { method: 'taylor', logSumExp: true }),
    'logSumExp: linear attention forms no exponentials',
    RangeError,
  );
});

test.run();
