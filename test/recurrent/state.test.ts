import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '#engine/attention/checksum.js';
import { createState } from '#engine/attention/state.js';
import { StateFileError } from '#engine/attention/state-file.js';
import { createConvolutionState, loadConvolutionState } from '#engine/recurrent/convolution-state.js';
import { createRecurrentState, loadRecurrentState } from '#engine/recurrent/recurrent-state.js';
import { MemoryLimitError } from '#engine/runtime/memory.js';
import { type Floats, gaussian, slice } from '../attention/tensors.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testEngines, testTiers, tiers, withEngine } from '../tiers.js';
import { randomCall, relativeDifference, VARIANTS } from './calls.js';

const test = suite('streams of linear attention by rules');
const SIZES = { keyDim: 6, valueDim: 9, heads: 4, kvHeads: 2, batches: 2 };
const TOKENS = 90;

function sequence(rule: (typeof VARIANTS)[number]['rule'], byKey = false) {
  const shape = { rule, byKey, tokens: TOKENS, dk: 6, dv: 9, kvHeads: 2, group: 2, batches: 2 };
  const { inputs, expected } = randomCall(shape);
  const part = (from: number, to: number) =>
    Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, slice(x, 1, from, to)])) as {
      [Name in 'query' | 'key' | 'value']: Floats;
    };
  /** Outputs of tokens [from, to) in the result of a whole call. */
  const answer = (from: number, to: number) =>
    slice({ type: 'float32', data: Float32Array.from(expected.output), dims: [2, TOKENS, 36] }, 1, from, to)
      .data;
  return { part, answer };
}

for (const { rule, byKey, name } of VARIANTS) {
  testEngines(test, `${name}: appended in pieces, tokens answer what they answer at once`, async (engine) => {
    const { part, answer } = sequence(rule, byKey);
    const state = await createRecurrentState(engine, { ...SIZES, updateRule: rule });
    let from = 0;
    for (const to of [1, 2, 2, 70, 71, 75, 90]) {
      const { output } = await state.append(part(from, to));
      assert.equal(output.dims, [2, to - from, 36]);
      assert.ok(relativeDifference(output.data, answer(from, to)) <= 3e-6, `${from} to ${to}`);
      from = to;
    }
    assert.is(state.length, TOKENS);
    await state.dispose();
  });
}

testTiers(
  test,
  'back to a snapshot, other tokens answer as if those before had never been',
  async (engine) => {
    const { part, answer } = sequence('gated_delta');
    const state = await createRecurrentState(engine, SIZES);
    await state.append(part(0, 20));
    const snapshot = await state.snapshot();
    assert.equal(snapshot, { length: 20 });
    for (let attempt = 0; attempt < 2; attempt++) {
      await state.append(part(40, 60));
      await state.truncate(snapshot);
      assert.is(state.length, 20);
    }
    const copy = await state.clone();
    await state.append(part(60, 61));
    const { output } = await copy.append(part(20, 40));
    assert.ok(relativeDifference(output.data, answer(20, 40)) <= 3e-6);
    assert.equal([state.length, copy.length], [21, 40]);
    await rejects(copy.truncate(snapshot), 'truncate: expected a snapshot that this state gave', RangeError);
    const later = await state.snapshot();
    await state.truncate(snapshot);
    await rejects(
      state.truncate(later),
      'truncate: given a snapshot of 21 tokens, the state has 20',
      RangeError,
    );
    await Promise.all([state.dispose(), copy.dispose()]);
  },
);

for (const from of tiers) {
  test(`written by ${from}, read by every tier`, async () => {
    const { part, answer } = sequence('gated_delta');
    const state = await createRecurrentState(await sharedEngine(from), SIZES);
    await state.append(part(0, 30));
    const bytes = await state.save();
    await state.dispose();
    for (const to of tiers) {
      const loaded = await loadRecurrentState(await sharedEngine(to, 2), bytes);
      assert.is(loaded.length, 30);
      assert.equal(await loaded.save(), bytes);
      const { output } = await loaded.append(part(30, 50));
      assert.ok(relativeDifference(output.data, answer(30, 50)) <= 3e-6);
      await loaded.dispose();
    }
  });
}

test('changed, cut short, grown, or of another kind: bytes are refused, and nothing is taken', async () => {
  const engine = await sharedEngine('simd');
  const state = await createRecurrentState(engine, SIZES);
  const bytes = await state.save();
  const [taylor, convolution] = [
    await createState(engine, { headDim: 4 }),
    await createConvolutionState(engine, { channels: 2, taps: 3 }),
  ];
  const others = [await taylor.save(), await convolution.save()];
  for (const one of [state, taylor, convolution]) await one.dispose();
  engine.arena.resetPeak();
  const before = engine.arena.peak;
  for (let at = 0; at < bytes.length; at += at < 64 || at > bytes.length - 8 ? 1 : 29) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1 << (at % 8);
    await rejects(loadRecurrentState(engine, damaged), /^state: /, StateFileError);
  }
  for (const length of [0, 1, 55, 59, bytes.length - 4, bytes.length - 1]) {
    await rejects(loadRecurrentState(engine, bytes.slice(0, length)), /^state: /, StateFileError);
  }
  await rejects(loadRecurrentState(engine, others[0]!), 'not a recurrent state', StateFileError);
  await rejects(loadRecurrentState(engine, others[1]!), 'the state of a convolution', StateFileError);
  await rejects(loadConvolutionState(engine, bytes), 'the state of linear attention', StateFileError);
  const later = bytes.slice();
  later[4] = 2;
  await rejects(loadRecurrentState(engine, later), 'state: given version 2, expected 1', StateFileError);
  for (const length of [-5, Number.NaN, 0.5, 1e300]) {
    const forged = bytes.slice();
    const view = new DataView(forged.buffer);
    view.setFloat64(40, length, true);
    view.setUint32(forged.length - 4, crc32(forged.subarray(0, -4)), true);
    await rejects(loadRecurrentState(engine, forged), `state: given a length of ${length}`, StateFileError);
  }
  assert.is(engine.arena.peak, before);
});

testTiers(test, 'a convolution, in pieces, copied, taken back, saved', async (engine) => {
  const input = gaussian([2, 3, 30], 1);
  const rest = { weight: gaussian([3, 1, 4], 2), bias: gaussian([3], 3) };
  const part = (from: number, to: number) => ({ ...rest, input: slice(input, 2, from, to) });
  const run = async (pieces: number[]) => {
    const state = await createConvolutionState(engine, { batches: 2, channels: 3, taps: 4 });
    let from = 0;
    let last: Float32Array | Uint16Array = new Float32Array();
    for (const to of pieces) {
      last = (await state.append(part(from, to), 'silu')).output.data as Float32Array;
      from = to;
    }
    return { state, last };
  };
  const { state, last } = await run([12, 30]);
  const { state: other, last: same } = await run([1, 2, 5, 12]);
  const snapshot = await other.snapshot();
  await other.append(part(3, 9));
  await other.truncate(snapshot);
  const loaded = await loadConvolutionState(engine, await (await other.clone()).save());
  assert.is(loaded.length, 12);
  assert.ok(same.length > 0);
  assert.ok(relativeDifference((await loaded.append(part(12, 30), 'silu')).output.data, last) <= 1e-6);
  assert.equal(await loaded.save(), await state.save());
});

test('tokens of other shapes are refused by name and change nothing', async () => {
  const engine = await sharedEngine('simd');
  const good = sequence('gated_delta').part(0, 1);
  const state = await createRecurrentState(engine, { ...SIZES, keyDim: 12 });
  await rejects(state.append(good), 'query: given keyDim 6, expected 12 as in the state', RangeError);
  await rejects(
    state.append({ ...good, pastState: good.key } as typeof good),
    'pastState: unknown input, expected one of query, key, value, decay, beta',
    TypeError,
  );
  assert.is(state.length, 0);
  await state.dispose();
  await rejects(state.append(good), 'state: it was disposed of');
  await rejects(state.clone(), 'state: it was disposed of');
  await rejects(state.snapshot(), 'state: it was disposed of');
  await state.dispose();
  const convolution = await createConvolutionState(engine, { channels: 2, taps: 3 });
  const input = gaussian([1, 2, 5], 1);
  await rejects(
    convolution.append({ input, weight: gaussian([2, 1, 4], 1) }),
    'weight: given taps 4, expected 3 as in the state',
    RangeError,
  );
  await convolution.dispose();
});

const BAD: [options: object, message: string][] = [
  [{ keyDim: 0 }, 'keyDim: given 0, expected a whole number from 1'],
  [{ heads: 3 }, 'heads: given 3, expected a multiple of kvHeads 2'],
  [{ updateRule: 'rwkv' }, 'updateRule: given "rwkv", expected one of linear, gated, delta, gated_delta'],
  [{ scale: Number.NaN }, 'scale: given NaN, expected a finite number'],
];
for (const [options, message] of BAD) {
  test(`refused: ${message}`, async () => {
    const engine = await sharedEngine('simd');
    await rejects(createRecurrentState(engine, { ...SIZES, ...options }), message, RangeError);
  });
}

test('where memory does not suffice for a piece, the state stays as it was', async () => {
  await withEngine({ memoryLimit: 2 ** 20 }, async (engine) => {
    const state = await createRecurrentState(engine, { keyDim: 1, updateRule: 'linear' });
    const { inputs } = randomCall({ rule: 'linear', tokens: 100_000, dk: 1, dv: 1 });
    await rejects(state.append(inputs), 'memory: this call needs', MemoryLimitError);
    assert.is(state.length, 0);
    const { inputs: few } = randomCall({ rule: 'linear', tokens: 7, dk: 1, dv: 1 });
    await state.append(few);
    assert.is(state.length, 7);
  });
});

test.run();
