import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { aPrioriBound, sampledError } from '#engine/attention/accuracy.js';
import { attention } from '#engine/attention/attention.js';
import { chooseMethod } from '#engine/attention/choose.js';
import { referenceRow } from '#engine/attention/reference.js';
import { checkCall } from '#engine/attention/shapes.js';
import { createEngine } from '#engine/runtime/engine.js';

const L = 300;
const D = 4;

/** Tensors whose entries have about the given size, keys with an offset that softmax does not feel. */
function inputs(size: number) {
  const tensor = (seed: number, scale: number, offset = 0) => ({
    data: Float32Array.from({ length: L * D }, (_, i) => offset + scale * Math.sin(seed + i * i)),
    dims: [1, 1, L, D],
  });
  return { q: tensor(1, size), k: tensor(2, size, 0.5), v: tensor(3, 1) };
}
const fastLinear = { exact: 1, taylor: 1e6 };
const slowLinear = { exact: 1e6, taylor: 1 };

test('linear attention is chosen only where it is faster and close enough', () => {
  assert.is(chooseMethod(inputs(0.2), {}, fastLinear, 0.01).method, 'taylor');
  assert.is(chooseMethod(inputs(0.2), {}, slowLinear, 0.01).method, 'exact');
  assert.is(chooseMethod(inputs(3), {}, fastLinear, 0.01).method, 'exact');
  assert.is(chooseMethod(inputs(3), {}, fastLinear, 100).method, 'taylor');
  assert.is(chooseMethod(inputs(0.2), {}, fastLinear, 1e-9).method, 'exact');
});

test('what linear attention has no form for is computed exactly, with the reason', () => {
  const mask = { data: new Uint8Array(L).fill(1), dims: [L] };
  assert.match(chooseMethod({ ...inputs(0.1), mask }, {}, fastLinear, 0.01).reason, /^mask: /);
  assert.match(chooseMethod(inputs(0.1), { softcap: 5 }, fastLinear, 0.01).reason, /^softcap: /);
  assert.match(
    chooseMethod(inputs(0.1), { leftWindowSize: 5 }, fastLinear, 0.01).reason,
    /^leftWindowSize: /,
  );
  assert.match(chooseMethod(inputs(0.1), { qkMatmulOutputMode: 0 }, fastLinear, 0.01).reason, /scores/);
});

test('an order that does not exist is an error, not a choice', () => {
  assert.throws(() => chooseMethod(inputs(0.1), { order: 7 }, fastLinear, 0.01), /^order|order: given 7/);
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
  for (const isCausal of [false, true]) {
    const tensors = inputs(0.3);
    tensors.k.data.forEach((x, i, k) => {
      k[i] = x - 0.5;
    });
    const call = checkCall(tensors, { isCausal });
    const bound = aPrioriBound(call, 2, false);
    assert.ok(bound < 0.2, `${bound}`);
    let [largest, largestValue] = [0, 0];
    for (let i = 0; i < L; i++) {
      const q = tensors.q.data.subarray(i * D, (i + 1) * D);
      const keys = isCausal ? i + 1 : L;
      const exact = referenceRow(q, tensors.k.data, tensors.v.data, D, { keys });
      const linear = referenceRow(q, tensors.k.data, tensors.v.data, D, { keys, order: 2 });
      largest = Math.max(largest, Math.hypot(...exact.map((x, d) => x - linear[d]!)));
      largestValue = Math.max(largestValue, Math.hypot(...tensors.v.data.subarray(i * D, (i + 1) * D)));
    }
    assert.ok(largest > 0 && largest <= bound * largestValue, `${largest} > ${bound} × ${largestValue}`);
  }
});

test('subtracting the mean key brings linear attention closer to softmax', () => {
  const call = checkCall(inputs(1), {});
  assert.ok(sampledError(call, 2, true, 1e6) < 0.9 * sampledError(call, 2, false, 1e6));
});

test.run();
