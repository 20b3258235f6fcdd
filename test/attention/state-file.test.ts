import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createState, loadState } from '#engine/attention/state.js';
import { StateFileError } from '#engine/attention/state-file.js';
import { rejects } from '../rejects.js';
import { sharedEngine, tiers } from '../tiers.js';
import { difference, gaussian, sameBits } from './tensors.js';

const test = suite('saved states');
const [q, k, v] = [gaussian([1, 2, 9, 5], 1), gaussian([1, 1, 30, 5], 2), gaussian([1, 1, 30, 7], 3)];

async function saved(tier: (typeof tiers)[number], threads = 1) {
  const state = await createState(await sharedEngine(tier, threads), {
    headDim: 5,
    valueDim: 7,
    heads: 2,
    kvHeads: 1,
    scale: 0.4,
  });
  await state.append({ k, v });
  const { output } = await state.query({ q });
  const bytes = await state.save();
  await state.dispose();
  return { bytes, output };
}

for (const from of tiers) {
  for (const to of tiers) {
    test(`written by ${from}, read by ${to}`, async () => {
      const { bytes, output } = await saved(from);
      const state = await loadState(await sharedEngine(to, 2), bytes);
      assert.equal([state.length, state.order], [30, 2]);
      const loaded = (await state.query({ q })).output;
      assert.ok(difference(loaded.data, output.data) <= 1e-6);
      if (from === to) assert.ok(sameBits(loaded.data, output.data));
      await state.append({ k, v });
      assert.is(state.length, 60);
      assert.equal(await (await loadState(await sharedEngine(to), bytes)).save(), bytes);
      await state.dispose();
    });
  }
}

test('the bytes do not depend on the number of threads', async () => {
  assert.equal((await saved('simd')).bytes, (await saved('simd', 2)).bytes);
});

test('bytes inside a larger buffer, unaligned', async () => {
  const { bytes } = await saved('simd');
  const larger = new Uint8Array(bytes.length + 7);
  larger.set(bytes, 3);
  const state = await loadState(await sharedEngine('simd'), larger.subarray(3, 3 + bytes.length));
  assert.is(state.length, 30);
  await state.dispose();
});

test('any changed bit is noticed, and nothing is taken', async () => {
  const engine = await sharedEngine('simd');
  const { bytes } = await saved('simd');
  engine.arena.resetPeak();
  const before = engine.arena.peak;
  for (let at = 0; at < bytes.length; at += at < 64 || at > bytes.length - 8 ? 1 : 29) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1 << (at % 8);
    await rejects(loadState(engine, damaged), /^state: /, StateFileError);
  }
  assert.is(engine.arena.peak, before);
});

test('cut short or grown, they are refused', async () => {
  const engine = await sharedEngine('simd');
  const { bytes } = await saved('simd');
  for (const length of [0, 1, 4, 55, 59, 60, 61, bytes.length - 4, bytes.length - 1]) {
    await rejects(loadState(engine, bytes.slice(0, length)), /^state: /, StateFileError);
  }
  const grown = new Uint8Array(bytes.length + 4);
  grown.set(bytes);
  await rejects(loadState(engine, grown), /^state: /, StateFileError);
});

test('other files are said to be none', async () => {
  const engine = await sharedEngine('simd');
  const message = 'state: these bytes are not a linear-attention state of hw2';
  await rejects(
    loadState(engine, new TextEncoder().encode('PK\u0003\u0004'.repeat(100))),
    message,
    StateFileError,
  );
  await rejects(loadState(engine, new Uint8Array(1000)), message, StateFileError);
});

test('a later version is named', async () => {
  const { bytes } = await saved('simd');
  bytes[4] = 2;
  await rejects(
    loadState(await sharedEngine('simd'), bytes),
    'state: given version 2, expected 1',
    StateFileError,
  );
});

test.run();
