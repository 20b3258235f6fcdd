import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { createState, type LinearAttentionState } from '#engine/attention/state.js';
import type { Engine } from '#engine/runtime/engine.js';
import { rejects } from '../rejects.js';
import { testEngines } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { difference, floats, gaussian, slice } from './tensors.js';

const test = suite('streaming state');
const OPTIONS = { headDim: 6, valueDim: 7, heads: 4, kvHeads: 2, batches: 2 };
const q = gaussian([2, 4, 70, 6], 1, 0.5);
const k = gaussian([2, 2, 150, 6], 2, 0.5);
const v = gaussian([2, 2, 150, 7], 3);
const batches = new Map<number, Float64Array>();
/** All keys at once, in float64. */
function batch(order: number): Float64Array {
  const output = batches.get(order) ?? naiveAttention({ q, k, v }, { method: 'taylor', order }).output;
  batches.set(order, output);
  return output;
}

const rows = (from: number, to: number) => ({ k: slice(k, 2, from, to), v: slice(v, 2, from, to) });

async function stateOf(engine: Engine, from: number, to: number, order = 2): Promise<LinearAttentionState> {
  const state = await createState(engine, { ...OPTIONS, order });
  await state.append(rows(from, to));
  return state;
}

testEngines(test, 'appended in pieces, keys give what they give at once', async (engine) => {
  for (const order of [1, 2, 3, 4]) {
    const state = await createState(engine, { ...OPTIONS, order });
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 2],
      [2, 66],
      [66, 131],
      [131, 150],
    ] as const)
      await state.append(rows(from, to));
    assert.is(state.length, 150);
    const { output } = await state.query({ q });
    assert.equal(output.dims, [2, 4, 70, 7]);
    const error = difference(output.data, batch(order));
    assert.ok(error <= 2e-6, `order ${order}: ${error}`);
    await state.dispose();
  }
});

testEngines(test, 'token by token, each query sees what causal attention sees', async (engine) => {
  const state = await createState(engine, OPTIONS);
  const queries = gaussian([2, 4, 20, 6], 9, 0.5);
  const expected = await attention(
    engine,
    { q: queries, ...rows(0, 20) },
    { method: 'taylor', isCausal: true },
  );
  for (let i = 0; i < 20; i++) {
    await state.append(rows(i, i + 1));
    const { output } = await state.query({ q: slice(queries, 2, i, i + 1) });
    const row = slice(
      floats(expected.output.dims, (at) => expected.output.data[at]!),
      2,
      i,
      i + 1,
    );
    assert.ok(difference(output.data, row.data) <= 1e-6, `token ${i}`);
  }
  await state.dispose();
});

testEngines(test, 'merging is associative and has the order of keys in no part', async (engine) => {
  const parts = [
    [0, 40],
    [40, 41],
    [41, 150],
  ] as const;
  const merged = [];
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
  ] as const) {
    const [a, b, c] = await Promise.all(order.map((i) => stateOf(engine, parts[i]![0], parts[i]![1])));
    // (a + b) + c, then a + (b + c).
    const left = await a!.clone();
    await left.merge(b!);
    await left.merge(c!);
    await b!.merge(c!);
    await a!.merge(b!);
    merged.push(left, a!);
    await Promise.all([b, c].map((state) => state!.dispose()));
  }
  for (const state of merged) {
    assert.is(state.length, 150);
    const { output } = await state.query({ q });
    assert.ok(difference(output.data, batch(2)) <= 1e-6);
    await state.dispose();
  }
});

testEngines(test, 'an empty state answers with zeros, and merging it changes nothing', async (engine) => {
  const empty = await createState(engine, OPTIONS);
  const { output, warnings } = await empty.query({ q });
  assert.equal(output.data, new Float32Array(2 * 4 * 70 * 7));
  assert.equal(warnings, []);
  const state = await stateOf(engine, 0, 150);
  const before = await state.query({ q });
  await state.merge(empty);
  assert.equal((await state.query({ q })).output, before.output);
  await Promise.all([state.dispose(), empty.dispose()]);
});

testEngines(test, 'a clone goes its own way', async (engine) => {
  const state = await stateOf(engine, 0, 100);
  const clone = await state.clone();
  const before = await state.query({ q });
  await clone.append(rows(100, 150));
  assert.equal((await state.query({ q })).output, before.output);
  assert.ok(difference((await clone.query({ q })).output.data, batch(2)) <= 1e-6);
  assert.equal([state.length, clone.length], [100, 150]);
  await Promise.all([state.dispose(), clone.dispose()]);
});

testEngines(test, 'three-dimensional tokens', async (engine) => {
  const flat = (tensor: typeof k, heads: number) => {
    const [batches, , length, dim] = tensor.dims as [number, number, number, number];
    return floats([batches, length, heads * dim], (i) => {
      const [d, h, l, b] = [
        i % dim,
        Math.floor(i / dim) % heads,
        Math.floor(i / dim / heads) % length,
        Math.floor(i / dim / heads / length),
      ];
      return tensor.data[((b * heads + h) * length + l) * dim + d]!;
    });
  };
  const state = await createState(engine, OPTIONS);
  await state.append({ k: flat(k, 2), v: flat(v, 2) });
  const { output } = await state.query({ q: flat(q, 4) });
  assert.equal(output.dims, [2, 70, 28]);
  const expected = flat(
    floats([2, 4, 70, 7], (i) => batch(2)[i]!),
    4,
  );
  assert.ok(difference(output.data, expected.data) <= 1e-6);
  await state.dispose();
});

testEngines(test, 'the scale is part of the query', async (engine) => {
  const state = await createState(engine, { ...OPTIONS, scale: 0.2 });
  await state.append({ k, v });
  const { output } = await state.query({ q });
  const expected = naiveAttention({ q, k, v }, { method: 'taylor', scale: 0.2 });
  assert.ok(difference(output.data, expected.output) <= 1e-6);
  await state.dispose();
});

testEngines(test, 'causal attention begins from a state as if its keys had come before', async (engine) => {
  const queries = gaussian([2, 4, 150, 6], 21, 0.5);
  for (const order of [1, 2, 3, 4]) {
    const whole = await attention(engine, { q: queries, k, v }, { method: 'taylor', isCausal: true, order });
    for (const cut of [1, 37, 128, 149]) {
      const initialState = await stateOf(engine, 0, cut, order);
      const before = await initialState.save();
      const { output } = await attention(
        engine,
        { q: slice(queries, 2, cut, 150), ...rows(cut, 150) },
        { method: 'taylor', isCausal: true, order, initialState },
      );
      const expected = slice(
        floats(whole.output.dims, (at) => whole.output.data[at]!),
        2,
        cut,
        150,
      );
      assert.ok(difference(output.data, expected.data) <= 2e-6, `order ${order}, cut at ${cut}`);
      assert.equal(await initialState.save(), before);
      await initialState.dispose();
    }
  }
});

testEngines(test, 'a state to begin from is refused where it could not be used', async (engine) => {
  const initialState = await stateOf(engine, 0, 10, 2);
  const inputs = { q: gaussian([2, 4, 150, 6], 21, 0.5), k, v };
  for (const options of [
    { method: 'exact' as const },
    { method: 'auto' as const },
    { method: 'taylor' as const, isCausal: true, centroids: 4, order: 1 },
    { method: 'taylor' as const, isCausal: false },
  ])
    await rejects(
      attention(engine, inputs, { isCausal: true, ...options, initialState }),
      /^initialState: |causal/,
    );
  await initialState.dispose();
});

test.run();
