import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { createState, loadState } from '#engine/attention/state.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testEngines, tiers, withEngine } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { difference, type Floats, gaussian, sameBits, slice } from './tensors.js';

const test = suite('linear attention, a token at a time');

const SHAPES = [
  { order: 2, headDim: 6, valueDim: 7, heads: 4, kvHeads: 2, batches: 2 },
  { order: 1, headDim: 1, valueDim: 1, heads: 1, kvHeads: 1, batches: 1 },
  { order: 2, headDim: 33, valueDim: 65, heads: 3, kvHeads: 1, batches: 1 },
  { order: 3, headDim: 5, valueDim: 16, heads: 2, kvHeads: 2, batches: 1 },
  { order: 4, headDim: 4, valueDim: 17, heads: 2, kvHeads: 1, batches: 1 },
] as const;
const L = 40;

const cases = SHAPES.map((shape, i) => {
  const { batches, heads, kvHeads, headDim, valueDim, order } = shape;
  // Small scores, so that odd orders come nowhere near a denominator of 0.
  const q = gaussian([batches, heads, L, headDim], i, 0.3);
  const k = gaussian([batches, kvHeads, L, headDim], 10 + i, 0.3);
  const v = gaussian([batches, kvHeads, L, valueDim], 20 + i);
  const expected = naiveAttention(
    { q, k, v },
    { method: 'taylor', order, isCausal: true, subtractMeanKey: false },
  );
  return { shape, q, k, v, expected: { ...expected, data: expected.output } };
});
const rows = (tensor: Floats, from: number, to: number) => slice(tensor, 2, from, to);

testEngines(test, 'one token after the other, against float64', async (engine) => {
  for (const { shape, q, k, v, expected } of cases) {
    const state = await createState(engine, shape);
    for (let t = 0; t < L; t++) {
      const token = { q: rows(q, t, t + 1), k: rows(k, t, t + 1), v: rows(v, t, t + 1) };
      const { output } = await state.step(token);
      for (let head = 0; head < shape.batches * shape.heads; head++) {
        const at = (head * L + t) * shape.valueDim;
        const part = output.data.slice(head * shape.valueDim, (head + 1) * shape.valueDim);
        const error = difference(part, expected.data.slice(at, at + shape.valueDim));
        assert.ok(error <= 2e-6, `order ${shape.order}, token ${t}: off by ${error}`);
      }
    }
    assert.is(state.length, L);
    await state.dispose();
  }
});

testEngines(
  test,
  'several tokens at once, after a prompt, leave the state that append leaves',
  async (engine) => {
    for (const { shape, q, k, v, expected } of cases) {
      const [stepped, appended] = [await createState(engine, shape), await createState(engine, shape)];
      await stepped.append({ k: rows(k, 0, 25), v: rows(v, 0, 25) });
      await appended.append({ k, v });
      const { output } = await stepped.step({ q: rows(q, 25, L), k: rows(k, 25, L), v: rows(v, 25, L) });
      const tail = slice(
        { type: 'float32', data: Float32Array.from(expected.data), dims: expected.dims },
        2,
        25,
        L,
      );
      assert.ok(difference(output.data, tail.data) <= 2e-6);
      const last = rows(q, L - 1, L);
      const [a, b] = [await stepped.query({ q: last }), await appended.query({ q: last })];
      assert.ok(difference(a.output.data, b.output.data) <= 1e-6);
      await Promise.all([stepped.dispose(), appended.dispose()]);
    }
  },
);

// Tokens join the sums 64 at a time.
for (const count of [1, 63, 64, 65, 130]) {
  testEngines(
    test,
    `${count} tokens of which some wait: whatever reads the state sees all`,
    async (engine) => {
      const shape = { order: 2, headDim: 6, valueDim: 7, heads: 4, kvHeads: 2, batches: 2 };
      const tokens = {
        q: gaussian([2, 4, count + 1, 6], 1, 0.3),
        k: gaussian([2, 2, count + 1, 6], 2, 0.3),
        v: gaussian([2, 2, count + 1, 7], 3),
      };
      const part = (from: number, to: number) => ({
        q: rows(tokens.q, from, to),
        k: rows(tokens.k, from, to),
        v: rows(tokens.v, from, to),
      });
      const { q: _, ...first } = part(0, count);
      const { q, ...next } = part(count, count + 1);
      const appended = await createState(engine, shape);
      await appended.append(first);
      const expected = (await appended.query({ q })).output.data;
      const stepped = async () => {
        const state = await createState(engine, shape);
        await state.step(part(0, count));
        return state;
      };
      const readers = {
        query: await stepped(),
        clone: await (await stepped()).clone(),
        load: await loadState(engine, await (await stepped()).save()),
        merge: await createState(engine, shape),
      };
      await readers.merge.merge(await stepped());
      for (const [name, state] of Object.entries(readers)) {
        assert.is(state.length, count);
        assert.ok(difference((await state.query({ q })).output.data, expected) <= 1e-6, name);
      }
      const initialState = await stepped();
      const options = { method: 'taylor', isCausal: true, order: 2, initialState } as const;
      const { output } = await attention(engine, { q, ...next }, options);
      await appended.append(next);
      const after = (await appended.query({ q })).output.data;
      assert.ok(difference(output.data, after) <= 1e-6, 'initialState');
      // And those that waited are not counted twice.
      assert.ok(difference((await initialState.step({ q, ...next })).output.data, after) <= 1e-6, 'step');
      // What is appended does not wait for those that do.
      const mixed = await stepped();
      await mixed.append(next);
      assert.ok(difference((await mixed.query({ q })).output.data, after) <= 1e-6, 'append');
    },
  );
}

test('the same bits on any number of threads, and in the tiers that fuse', async () => {
  const shape = { headDim: 64, heads: 4, kvHeads: 2 };
  const [q, k, v] = [4, 2, 2].map((heads, i) => gaussian([1, heads, 70, 64], i));
  const outputs = new Map<string, Float32Array>();
  for (const tier of tiers) {
    for (const threads of [1, 2, 3]) {
      await withEngine({ tier, threads }, async (engine) => {
        const state = await createState(engine, shape);
        const { output } = await state.step({ q: q!, k: k!, v: v! });
        outputs.set(`${tier} ${threads}`, output.data as Float32Array);
      });
    }
  }
  for (const [name, output] of outputs) {
    const like = `${name.startsWith('simd') ? 'simd' : tiers.find((tier) => tier !== 'simd')} 1`;
    assert.ok(sameBits(output, outputs.get(like)!), name);
  }
});

testEngines(test, 'constant values stay what they are over 20,000 steps', async (engine) => {
  const state = await createState(engine, { headDim: 3 });
  const one = (x: number) => ({ data: new Float32Array(3).fill(x), dims: [1, 1, 1, 3] });
  const token = { q: one(0.4), k: one(0.7), v: one(0.3) };
  let last = new Float32Array();
  for (let i = 0; i < 20_000; i++) last = (await state.step(token)).output.data as typeof last;
  assert.ok(difference(last, new Float32Array(3).fill(0.3)) <= 1e-6, String(last));
  assert.is(state.length, 20_000);
  await state.dispose();
});

test('what does not fit is refused by name and changes nothing', async () => {
  const state = await createState(await sharedEngine('simd'), { headDim: 8 });
  const x = (length: number, dim = 8) => gaussian([1, 1, length, dim], 1);
  await rejects(state.step({ q: x(1), k: x(2), v: x(2) }), 'k: length 2, expected 1 as in q', RangeError);
  await rejects(
    state.step({ q: x(1, 7), k: x(1, 7), v: x(1) }),
    'q, k, v: given headDim 7, expected 8',
    RangeError,
  );
  await rejects(
    state.step({ q: x(1), k: x(1), v: x(1, 9) }),
    'q, k, v: given valueDim 9, expected 8',
    RangeError,
  );
  assert.is(state.length, 0);
  await state.dispose();
  await rejects(state.step({ q: x(1), k: x(1), v: x(1) }), 'state: it was disposed of');
});

test.run();
