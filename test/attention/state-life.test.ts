import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createState } from '#engine/attention/state.js';
import type { StateOptions } from '#engine/attention/state-shapes.js';
import { MemoryLimitError } from '#engine/runtime/memory.js';
import { rejects } from '../rejects.js';
import { type Engine, sharedEngine, withEngine } from '../tiers.js';
import { gaussian } from './tensors.js';

const test = suite('life of a state');
const usage = (engine: Engine) => {
  engine.arena.resetPeak();
  return engine.arena.peak;
};
const token = { k: gaussian([1, 1, 1, 8], 1), v: gaussian([1, 1, 1, 8], 2) };

const BAD: [options: StateOptions, message: string][] = [
  [{ headDim: 0 }, 'headDim: given 0, expected a whole number from 1'],
  [{ headDim: 1.5 }, 'headDim: given 1.5, expected a whole number from 1'],
  [{ headDim: 513 }, 'headDim: given 513, expected a whole number from 1 to 512'],
  [{ headDim: 8, valueDim: 513 }, 'valueDim: given 513, expected a whole number from 1 to 512'],
  [{ headDim: 8, heads: 3, kvHeads: 2 }, 'q: 3 heads, expected a positive multiple of the 2 heads of k'],
  [{ headDim: 8, batches: -1 }, 'batches: given -1, expected a whole number from 1'],
  [{ headDim: 8, order: 5 }, 'order: given 5, expected a whole number from 1 to 4'],
  [{ headDim: 128, order: 4 }, 'order: given 4, which for headDim 128 has 12082785 features'],
  [{ headDim: 8, batches: 1e300 }, 'batches: given 1e+300, expected a whole number from 1 to 16777216'],
  [{ headDim: 1n as never }, 'headDim: given 1n, expected a whole number from 1 to 512'],
  [{ headDim: 8, scale: Number.NaN }, 'scale: given NaN, expected a finite number'],
];
test('a scale of null is the default, in its file, too', async () => {
  const engine = await sharedEngine('simd');
  const [one, other] = [
    await createState(engine, { headDim: 8 }),
    await createState(engine, { headDim: 8, scale: null as never }),
  ];
  assert.equal(await one.save(), await other.save());
  await one.dispose();
  await other.dispose();
});

for (const [options, message] of BAD) {
  test(`refused: ${message}`, async () => {
    const engine = await sharedEngine('simd');
    const before = usage(engine);
    await rejects(createState(engine, options), message, RangeError);
    assert.is(engine.arena.peak, before);
  });
}

test('tokens of other shapes are refused by name and change nothing', async () => {
  const engine = await sharedEngine('simd');
  const state = await createState(engine, { headDim: 8 });
  await rejects(
    state.append({ k: gaussian([1, 1, 1, 7], 1), v: token.v }),
    'k: headDim 7, expected 8 as in q',
    RangeError,
  );
  await rejects(
    state.append({ k: token.k, v: gaussian([1, 1, 1, 7], 1) }),
    'given valueDim 7, expected 8 as in the state',
    RangeError,
  );
  await rejects(
    state.append({ k: token.k, v: gaussian([1, 1, 2, 8], 1) }),
    'v: length 2, expected 1 as in k',
    RangeError,
  );
  await rejects(
    state.append({ k: gaussian([2, 1, 1, 8], 1), v: gaussian([2, 1, 1, 8], 1) }),
    'batch',
    RangeError,
  );
  await rejects(
    state.query({ q: gaussian([1, 2, 1, 8], 1) }),
    'qNumHeads: given 1, but q has 2 heads',
    RangeError,
  );
  await rejects(
    state.query({ q: undefined as unknown as typeof token.k }),
    'q: expected a tensor',
    TypeError,
  );
  assert.is(state.length, 0);
  await state.dispose();
});

test('states of other shapes do not merge', async () => {
  const engine = await sharedEngine('simd');
  const state = await createState(engine, { headDim: 8 });
  const other = await createState(engine, { headDim: 8, order: 1 });
  await rejects(state.merge(other), 'merge: given a state of order 1, expected 2', RangeError);
  await Promise.all([state.dispose(), other.dispose()]);
});

test('it takes what `bytes` says and the table of features, and gives it back', async () => {
  const engine = await sharedEngine('simd');
  const before = usage(engine);
  const state = await createState(engine, { headDim: 64, heads: 2 });
  // 2,145 features × (64 values + the sum), two words each, 2 heads.
  assert.is(state.bytes, 2 * 2 * 64 * Math.ceil((4 * 2145 * 65) / 64));
  assert.ok(usage(engine) - before >= state.bytes);
  assert.ok(usage(engine) - before < 1.1 * state.bytes);
  await state.dispose();
  assert.is(usage(engine), before);
  await state.dispose();
});

test('beyond the limit, nothing is taken', async () => {
  const options = { headDim: 32 };
  for (let left = 0; left <= 170; left += 1) {
    await withEngine({ memoryLimit: 2 ** 20 }, async (engine) => {
      // All but so many KiB of the memory is in use.
      engine.arena.allocate(2 ** 20 - 65536 - 128 - left * 1024);
      const before = usage(engine);
      const state = await createState(engine, options).catch((error: Error) => error);
      // 144.6 KiB of state, 3.1 KiB of its table.
      assert.is(state instanceof Error, left < 148, `${left} KiB`);
      if (state instanceof Error) {
        assert.instance(state, MemoryLimitError);
        assert.is(usage(engine), before, `${left} KiB`);
      } else await state.dispose();
    });
  }
});

test("after dispose it refuses everything, and its memory is another one's", async () => {
  const engine = await sharedEngine('simd');
  const state = await createState(engine, { headDim: 8 });
  const other = await createState(engine, { headDim: 8 });
  await state.dispose();
  const calls = [
    state.append(token),
    state.query({ q: token.k }),
    state.merge(other),
    other.merge(state),
    state.clone(),
    state.save(),
  ];
  for (const call of calls) await rejects(call, 'state: it was disposed of');
  await other.dispose();
});

test('a step costs the same however long the state is', async () => {
  const engine = await sharedEngine('simd');
  const state = await createState(engine, { headDim: 8 });
  const cost = async () => {
    const before = usage(engine);
    await state.append(token);
    await state.query({ q: token.k });
    return engine.arena.peak - before;
  };
  const first = await cost();
  await state.append({ k: gaussian([1, 1, 100_000, 8], 3), v: gaussian([1, 1, 100_000, 8], 4) });
  assert.is(await cost(), first);
  await state.dispose();
});

test.run();
