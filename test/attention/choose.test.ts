import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import type { AttentionInputs } from '#engine/attention/call.js';
import { chooseMethod } from '#engine/attention/choose.js';
import { aPrioriBound, sampleRows } from '#engine/attention/distance.js';
import { secondsOfExact } from '#engine/attention/rates.js';
import { referenceRow } from '#engine/attention/reference.js';
import { checkCall } from '#engine/attention/shapes.js';
import { createEngine } from '#engine/runtime/engine.js';
import { rejects } from '../rejects.js';
import { sharedEngine, withEngine } from '../tiers.js';
import { gaussian } from './tensors.js';

/** So many that softmax of the sampled rows takes less than a tenth of the time of all. */
const L = 2400;
const D = 4;

/** Tensors whose entries have about the given size, keys with an offset that softmax does not feel. */
function inputs(size: number, length = L) {
  const tensor = (seed: number, scale: number, offset = 0) => ({
    data: Float32Array.from({ length: length * D }, (_, i) => offset + scale * Math.sin(seed + i * i)),
    dims: [1, 1, length, D],
  });
  return { q: tensor(1, size), k: tensor(2, size, 0.5), v: tensor(3, 1) };
}
const fastLinear = { exact: 1, taylor: 1e6 };
const slowLinear = { exact: 1e6, taylor: 1, centroids: 1 };
const choose = async (
  ...given: Parameters<typeof chooseMethod> extends [unknown, ...infer Rest] ? Rest : never
) => chooseMethod(await sharedEngine('simd'), ...given);
/** Distance of linear attention of order 2 on sampled rows. */
const sampledError = async (tensors: AttentionInputs, subtractMeanKey: boolean) => {
  const options = { method: 'taylor', subtractMeanKey, measureError: true } as const;
  return (await attention(await sharedEngine('simd'), tensors, options)).error!.rms;
};

test('linear attention is chosen only where it is faster and close enough', async () => {
  for (const options of [{}, { isCausal: true }]) {
    assert.is((await choose(inputs(0.2), options, fastLinear, 0.01)).method, 'taylor');
    assert.is((await choose(inputs(0.2), options, slowLinear, 0.01)).method, 'exact');
    assert.is((await choose(inputs(3), options, fastLinear, 0.001)).method, 'exact');
    assert.is((await choose(inputs(3), options, fastLinear, 100)).method, 'taylor');
    assert.is((await choose(inputs(0.2), options, fastLinear, 1e-9)).method, 'exact');
  }
});

test('order 2 about centroids is tried where both were asked for', async () => {
  const about = async (order: number) => {
    const { order: taken, centroids } = await choose(inputs(0.2), { centroids: 4, order }, fastLinear, 1);
    return [taken, centroids];
  };
  assert.equal(await about(1), [1, 4]);
  assert.equal(await about(2), [2, 4]);
});

test('causal: with a past only the series is tried, and what is asked for and refused is the reason', async () => {
  const tensors = inputs(0.2);
  const past = { ...tensors, pastKey: tensors.k, pastValue: tensors.v };
  const isCausal = true;
  const { method, centroids } = await choose(past, { isCausal }, fastLinear, 0.01);
  assert.equal([method, centroids], ['taylor', undefined]);
  assert.match((await choose(past, { isCausal, centroids: 8 }, fastLinear, 1)).reason, /^centroids: causal/);
  assert.match((await choose(tensors, { isCausal, near: 0.1 }, fastLinear, 1)).reason, /^near: given 0.1/);
});

test('what is tried takes a tenth of the expected time of exact attention together, or is not tried', async () => {
  // Many times as fast as exact attention; and in causal attention to try it is to compute it.
  const rates = { exact: 1, taylor: 0.2, centroids: 1e-6 };
  const { method, reason } = await choose(inputs(0.2), { isCausal: true }, rates, 0.01);
  assert.is(method, 'exact');
  assert.match(reason, /cannot be tried in a tenth of the time/);
});

test('a trial that takes longer than a tenth of the time of exact attention is given up', async () => {
  const tensors = inputs(0.2);
  // Exact attention takes a second, and next to nothing is expected of trials.
  const exact = secondsOfExact({ ...checkCall(tensors, {}), isCausal: false }, 1);
  const rates = { exact, taylor: 1, centroids: 1e15 };
  const { now } = performance;
  let time = 0;
  const STEP = 8;
  performance.now = () => {
    time += STEP;
    return time;
  };
  try {
    const { method, reason } = await choose(tensors, { order: 0 }, rates, 0);
    assert.is(method, 'exact');
    assert.match(
      reason,
      /^tried 256 centroids of order 0 \(given up\); no faster way .* in a tenth of the time/,
    );
    // The search began with a step, and with the next one after 80 ms it ends.
    assert.ok(time <= STEP + 80 + STEP, `given up after ${time} ms`);
  } finally {
    performance.now = now;
  }
});

test('what linear attention has no form for is computed exactly, with the reason', async () => {
  const mask = { data: new Uint8Array(L).fill(1), dims: [L] };
  assert.match((await choose({ ...inputs(0.1), mask }, {}, fastLinear, 0.01)).reason, /^mask: /);
  assert.match((await choose(inputs(0.1), { softcap: 5 }, fastLinear, 0.01)).reason, /^softcap: /);
  assert.match(
    (await choose(inputs(0.1), { leftWindowSize: 5 }, fastLinear, 0.01)).reason,
    /^leftWindowSize: /,
  );
  assert.match((await choose(inputs(0.1), { qkMatmulOutputMode: 0 }, fastLinear, 0.01)).reason, /scores/);
});

test('an order that does not exist is an error, not a choice', async () => {
  await rejects(choose(inputs(0.1), { order: 7 }, fastLinear, 0.01), /^order: given 7/, RangeError);
});

test('what holds NaN or infinity, or overflows, is computed exactly, and its distance is not called 0', async () => {
  for (const name of ['q', 'k', 'v'] as const) {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const tensors = inputs(0.2);
      // Whichever rows are sampled, a key or a value reaches all of them.
      if (name === 'q') tensors.q.data.fill(value);
      else tensors[name].data[7] = value;
      assert.ok(Number.isNaN(await sampledError(tensors, true)), `${name} ${value}`);
      const { method, reason } = await choose(tensors, {}, fastLinear, 100);
      assert.is(method, 'exact');
      assert.match(reason, /NaN or infinity/);
    }
  }
  assert.is((await choose(inputs(1e200), {}, fastLinear, 100)).method, 'exact');
});

test('a softmax of zeros is not close to what is not zero', async () => {
  const tensors = inputs(0.2);
  tensors.q.data.fill(20);
  tensors.v.data.fill(1);
  // All weight goes to the one key whose value is 0.
  for (let d = 0; d < D; d++) [tensors.k.data[d], tensors.v.data[d]] = [60, 0];
  const { method, reason } = await choose(tensors, {}, fastLinear, 100);
  assert.is(method, 'exact');
  assert.match(reason, /softmax is 0/);
  tensors.v.data.fill(0);
  assert.is(
    (await choose(tensors, {}, fastLinear, 0.01)).method,
    'taylor',
    'zeros are zeros by either method',
  );
});

test('every head and every part of the sequence is sampled, however few rows can be paid for', () => {
  for (const [heads, length, work] of [
    [8, 4096, 1],
    [7, 500, 1],
    [3, 1000, 1e7],
    [40, 64, 1e9],
  ] as const) {
    const tensor = { data: new Float32Array(2 * heads * length), dims: [2, heads, length, 1] };
    const problem = checkCall({ q: tensor, k: tensor, v: tensor }, {});
    const rows = [...sampleRows(problem, false, work)];
    const perHead = rows.length / (2 * heads);
    assert.ok(Number.isInteger(perHead) && perHead >= 1, `${rows.length} rows`);
    const positions = rows.map(({ query }) => query / length);
    const thirds = new Set(positions.map((position) => Math.floor(3 * position)));
    assert.is(thirds.size, 3, 'the beginning, the middle and the end');
    for (let batch = 0; batch < 2; batch++) {
      for (let head = 0; head < heads; head++) {
        const own = rows.filter((row) => row.batch === batch && row.head === head).map(({ query }) => query);
        assert.is(own.length, perHead);
        assert.is(new Set(own).size, perHead, 'no row twice');
        own.sort((a, b) => a - b);
        own.forEach((query, i) => {
          assert.ok(query >= (i * length) / perHead - 1 && query < ((i + 1) * length) / perHead, `${query}`);
        });
      }
    }
    assert.ok(rows.some(({ query }) => query === length - 1));
  }
});

test('the operator carries out what it chose', async () => {
  const engine = await createEngine();
  const tensors = inputs(0.1);
  const auto = await attention(engine, tensors, { method: 'auto', rates: fastLinear });
  const taylor = await attention(engine, tensors, { method: 'taylor' });
  assert.is(auto.method, 'taylor');
  assert.equal(auto.output.data, taylor.output.data);
  const measured = await attention(engine, tensors, { method: 'auto' });
  assert.ok(measured.reason);
  await engine.dispose();
});

test('the a-priori bound holds for every row', () => {
  const length = 600;
  for (const isCausal of [false, true]) {
    const tensors = inputs(0.3, length);
    tensors.k.data.forEach((x, i, k) => {
      k[i] = x - 0.5;
    });
    const call = checkCall(tensors, { isCausal });
    const bound = aPrioriBound(call, 2, false);
    assert.ok(bound < 0.2, `${bound}`);
    let [largest, largestValue] = [0, 0];
    for (let i = 0; i < length; i++) {
      const q = tensors.q.data.subarray(i * D, (i + 1) * D);
      const keys = isCausal ? i + 1 : length;
      const exact = referenceRow(q, tensors.k.data, tensors.v.data, D, { keys });
      const linear = referenceRow(q, tensors.k.data, tensors.v.data, D, { keys, order: 2 });
      largest = Math.max(largest, Math.hypot(...exact.map((x, d) => x - linear[d]!)));
      largestValue = Math.max(largestValue, Math.hypot(...tensors.v.data.subarray(i * D, (i + 1) * D)));
    }
    assert.ok(largest > 0 && largest <= bound * largestValue, `${largest} > ${bound} × ${largestValue}`);
  }
});

test('subtracting the mean key brings linear attention closer to softmax', async () => {
  assert.ok((await sampledError(inputs(1), true)) < 0.9 * (await sampledError(inputs(1), false)));
});

test('a measurement that failed is made again by the next call', async () => {
  await withEngine({ memoryLimit: 2 ** 24 }, async (engine) => {
    const tensor = gaussian([1, 1, 40, 8], 1);
    const call = { q: tensor, k: tensor, v: tensor };
    const taken = engine.arena.allocate(2 ** 24 - 2 ** 20);
    await rejects(attention(engine, call, { method: 'auto' }), 'memory: ');
    engine.arena.release(taken);
    assert.is((await attention(engine, call, { method: 'auto' })).method, 'exact');
  });
});

test.run();
