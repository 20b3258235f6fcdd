import { crc32 } from 'hw2-engine';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { monomials, monomialWeight } from '#engine/attention/feature-map.js';
import { createState, loadState } from '#engine/attention/state.js';
import { StateFileError } from '#engine/attention/state-file.js';
import { rejects } from '../rejects.js';
import { sharedEngine, tiers } from '../tiers.js';
import { naiveAttention } from './naive.js';
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

/** A file of version 1, as engines before this one wrote it, with float64 sums. */
function version1(order: number): Uint8Array {
  const [headDim, valueDim] = [5, 7];
  const features = [...monomials(headDim, order)];
  const length = Math.ceil((4 * features.length * 17) / 64) * 16;
  const sums = new Float64Array(length);
  for (let j = 0; j < 30; j++) {
    const key = k.data.subarray(j * headDim, (j + 1) * headDim);
    features.forEach((monomial, m) => {
      const feature = monomial.reduce((x, i) => (i === 0 ? x : x * key[i - 1]!), monomialWeight(monomial));
      for (let d = 0; d < valueDim; d++) sums[16 * m + d]! += feature * v.data[j * valueDim + d]!;
      sums[16 * features.length + m]! += feature;
    });
  }
  const bytes = new Uint8Array(56 + 4 * length + 4);
  const view = new DataView(bytes.buffer);
  const words = [0x53325748, 1, order, 1, 2, 1, headDim, valueDim];
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  view.setFloat64(32, 30, true);
  view.setFloat64(40, 0.4, true);
  view.setFloat64(48, Number.POSITIVE_INFINITY, true);
  bytes.set(new Uint8Array(Float32Array.from(sums).buffer), 56);
  return sign(bytes);
}

function sign(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

for (const tier of tiers) {
  test(`files of version 1 are read (${tier})`, async () => {
    for (const order of [1, 2, 3, 4]) {
      const state = await loadState(await sharedEngine(tier), version1(order));
      assert.equal([state.length, state.order], [30, order]);
      const expected = naiveAttention({ q, k, v }, { method: 'taylor', order, scale: 0.4 });
      assert.ok(
        difference((await state.query({ q })).output.data, expected.output) <= 2e-6,
        `order ${order}`,
      );
      await state.dispose();
    }
  });
}

test('what fs.readFile gives, at any offset', async () => {
  const { bytes } = await saved('simd');
  const pooled = Buffer.alloc(bytes.length + 16);
  for (const offset of [0, 1, 2, 3, 8]) {
    pooled.set(bytes, offset);
    const state = await loadState(await sharedEngine('simd'), pooled.subarray(offset, offset + bytes.length));
    assert.is(state.length, 30);
    assert.equal(await state.save(), bytes);
    await state.dispose();
  }
});

test('a header that no state has is refused at once, and nothing is taken', async () => {
  const engine = await sharedEngine('simd');
  const { bytes } = await saved('simd');
  engine.arena.resetPeak();
  const before = engine.arena.peak;
  const number = (at: number, value: number) => (view: DataView) => view.setFloat64(at, value, true);
  const word = (index: number, value: number) => (view: DataView) => view.setUint32(4 * index, value, true);
  for (const [change, message] of [
    [word(2, 4_000_000_000), 'order: given 4000000000, expected a whole number from 1 to 4'],
    [word(3, 4_000_000_000), 'batches: given 4000000000, expected a whole number from 1 to 16777216'],
    [word(4, 0), 'heads: given 0, expected a whole number from 1'],
    [word(6, 4_000_000_000), 'headDim: given 4000000000'],
    [word(6, 4096), 'headDim: given 4096, expected a whole number from 1 to'],
    [number(32, -5), 'length: given -5, expected a whole number from 0'],
    [number(32, Number.NaN), 'length: given NaN'],
    [number(32, 0.5), 'length: given 0.5'],
    [number(32, 1e300), 'length: given 1e+300'],
    [number(40, Number.NaN), 'scale: given NaN, expected a finite number'],
    [number(48, Number.NaN), 'smallestDenominator: given NaN'],
  ] as const) {
    const changed = bytes.slice();
    change(new DataView(changed.buffer));
    const error = await rejects(loadState(engine, sign(changed)), message, StateFileError);
    assert.match(error.message, /^state: no state has this header: /);
  }
  assert.is(engine.arena.peak, before);
  for (const none of [null, undefined, 'bytes'])
    await rejects(
      loadState(engine, none as unknown as Uint8Array),
      'bytes: expected a Uint8Array, got',
      TypeError,
    );
});

test('a later version is named', async () => {
  const { bytes } = await saved('simd');
  bytes[4] = 3;
  await rejects(
    loadState(await sharedEngine('simd'), bytes),
    'state: given version 3, expected 2 or 1',
    StateFileError,
  );
});

test.run();
