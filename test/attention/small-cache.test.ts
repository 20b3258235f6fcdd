import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { createCache, loadCache } from '#engine/attention/cache.js';
import type { StoredType } from '#engine/attention/row-format.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testEngines } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { difference, type Floats, floats, gaussian, uniform } from './tensors.js';

const test = suite('small caches');
const SMALL = ['bfloat16', 'int8'] as const;

/** What a cache of a type makes of a tensor of rows: written from the definition of the types. */
function stored(tensor: Floats, type: StoredType): Floats {
  const dim = tensor.dims.at(-1)!;
  if (type === 'bfloat16') {
    return floats(tensor.dims, (i) => {
      const x = tensor.data[i]!;
      const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 7);
      const [below, rest] = [Math.floor(x / unit), x / unit - Math.floor(x / unit)];
      const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
      return x === 0 ? 0 : (below + (up ? 1 : 0)) * unit;
    });
  }
  return floats(tensor.dims, (i) => {
    const row = tensor.data.subarray(i - (i % dim), i - (i % dim) + dim);
    const scale = Math.fround(row.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127);
    return scale === 0 ? 0 : scale * Math.round(tensor.data[i]! / scale);
  });
}

const SHAPES = [
  // queries, keys, kvHeads, group, headDim, valueDim
  [1, 1, 2, 1, 1, 3],
  [1, 3, 1, 4, 5, 16],
  [2, 63, 2, 2, 8, 65],
  [1, 65, 1, 1, 63, 1],
  [1, 511, 2, 3, 64, 64],
  [1, 513, 1, 1, 100, 40],
  [20, 130, 1, 2, 33, 9],
  [1, 600, 1, 8, 64, 40],
  [70, 700, 1, 2, 24, 17],
] as const;

for (const type of SMALL) {
  const cases = SHAPES.map(([queries, keys, kvHeads, group, headDim, valueDim], i) => {
    const q = gaussian([1, kvHeads * group, queries, headDim], i);
    const k = gaussian([1, kvHeads, keys, headDim], 10 + i);
    const v = gaussian([1, kvHeads, keys, valueDim], 20 + i);
    const lengths = { type: 'int64', data: BigInt64Array.from([BigInt(keys)]), dims: [1] };
    const small = { q, k: stored(k, type), v: stored(v, type), nonpadKvSeqlen: lengths };
    const options = { isCausal: queries > 1, softcap: i % 3 === 2 ? 2 : 0 };
    return { q, k, v, options, kvHeads, headDim, valueDim, expected: naiveAttention(small, options).output };
  });

  testEngines(test, `${type}: attention to the numbers that it stands for`, async (engine) => {
    for (const { q, k, v, options, expected, ...shape } of cases) {
      const cache = await createCache(engine, { ...shape, type, capacity: 1 });
      await cache.append({ k, v });
      const { output } = await attention(engine, { q, cache }, options);
      const error = difference(output.data, expected);
      assert.ok(error <= 2e-6, `${q.dims} × ${k.dims}: off by ${error}`);
      await cache.dispose();
    }
  });
}

/** Tensors that are unkind to few digits: all numbers of a kind, and what one large or small number does to its row. */
const HOSTILE: [name: string, element: (next: () => number, i: number) => number][] = [
  ['uniform', (next) => 2 * next() - 1],
  ['one outlier a row', (next, i) => (i % 24 === 5 ? 60 : 1) * (2 * next() - 1)],
  ['halves between steps', (next) => (Math.floor(254 * next()) - 126.5) / 127],
  ['constant', () => 0.3],
  ['zeros', () => 0],
  ['large', (next) => 30 * (2 * next() - 1)],
  ['tiny', (next) => 1e-39 * (2 * next() - 1)],
  ['of every size', (next) => (2 * next() - 1) * 2 ** (20 * next() - 19)],
];

for (const type of SMALL) {
  testEngines(test, `${type}: no output is farther from float32 than the bound says`, async (engine) => {
    for (const [i, [name, element]] of HOSTILE.entries()) {
      const next = uniform(i);
      const [q, k, v] = [4, 2, 2].map((heads, j) =>
        floats([1, heads, j === 0 ? 3 : 90, 24], (at) => element(next, at)),
      ) as [Floats, Floats, Floats];
      const exact = naiveAttention({ q, k, v }).output;
      const cache = await createCache(engine, { headDim: 24, kvHeads: 2, type });
      await cache.append({ k, v });
      const { output, errorBound } = await attention(engine, { q, cache }, { errorBound: true });
      assert.equal(errorBound!.dims, [1, 4, 3]);
      for (let row = 0; row < 12; row++) {
        const [actual, expected] = [output.data, exact].map((data) => data.slice(24 * row, 24 * row + 24));
        const error = difference(actual!, expected!);
        const bound = errorBound!.data[row]!;
        assert.ok(error <= bound, `${name}, row ${row}: off by ${error}, bound ${bound}`);
        // Neither does it promise nothing: numbers of one size keep two digits.
        if (name === 'uniform') assert.ok(bound <= 0.1, `bound ${bound}`);
      }
      await cache.dispose();
    }
  });

  testEngines(
    test,
    `${type}: NaN and infinity make NaN of what sees them, and a bound of infinity`,
    async (engine) => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const [q, k, v] = [gaussian([1, 1, 1, 9], 1), gaussian([1, 1, 30, 9], 2), gaussian([1, 1, 30, 9], 3)];
        k.data[29 * 9 + 4] = value;
        const cache = await createCache(engine, { headDim: 9, type });
        await cache.append({ k, v });
        const seen = await attention(engine, { q, cache }, { errorBound: true });
        assert.ok(seen.output.data.every((x) => !Number.isFinite(x)) || value === Number.POSITIVE_INFINITY);
        assert.is(seen.errorBound!.data[0], Number.POSITIVE_INFINITY);
        await cache.truncate(29);
        const hidden = await attention(engine, { q, cache }, { errorBound: true });
        assert.ok(hidden.output.data.every(Number.isFinite) && hidden.errorBound!.data[0]! < 1);
        await cache.dispose();
      }
    },
  );

  testEngines(test, `${type}: windows, beams, copies and files as float32 has them`, async (engine) => {
    const [k, v, q] = [gaussian([2, 2, 40, 12], 1), gaussian([2, 2, 40, 12], 2), gaussian([2, 4, 40, 12], 3)];
    const shape = { headDim: 12, kvHeads: 2, batches: 2, window: 9, sinks: 2, capacity: 3 };
    const [small, large] = [await createCache(engine, { ...shape, type }), await createCache(engine, shape)];
    const rounded = { k: stored(k, type), v: stored(v, type) };
    const [a, b] = [await small.step({ q, k, v }, { errorBound: true }), await large.step({ q, ...rounded })];
    assert.ok(difference(a.output.data, b.output.data) <= 1e-6);
    assert.equal(a.errorBound!.dims, [2, 4, 40]);
    for (const cache of [small, large]) await cache.reorder([1, 1]);
    const copy = await small.clone();
    const loaded = await loadCache(engine, await small.save());
    const last = { q: floats([2, 4, 1, 12], (i) => q.data[i]!) };
    const expected = await attention(engine, { ...last, cache: large });
    for (const cache of [small, copy, loaded]) {
      const { output } = await attention(engine, { ...last, cache });
      assert.ok(difference(output.data, expected.output.data) <= 1e-6);
    }
    await Promise.all([small, large, copy, loaded].map((cache) => cache.dispose()));
  });
}

test('what they take', async () => {
  const engine = await sharedEngine('simd');
  const bytes = async (type: StoredType) => {
    const cache = await createCache(engine, { headDim: 64, kvHeads: 8, capacity: 1000, type });
    const { bytes } = cache;
    await cache.dispose();
    return bytes;
  };
  const full = await bytes('float32');
  assert.is(full, 8 * 1000 * 2 * 64 * 4);
  assert.is(await bytes('bfloat16'), full / 2);
  // A number has a byte, and a row of 64 a scale.
  assert.is(await bytes('int8'), 8 * 1000 * 2 * 68);
});

test('scores are those of float32', async () => {
  const engine = await sharedEngine('simd');
  const cache = await createCache(engine, { headDim: 8, type: 'int8' });
  await rejects(
    attention(engine, { q: gaussian([1, 1, 1, 8], 1), cache }, { qkMatmulOutputMode: 0 }),
    'qkMatmulOutputMode: given 0, but a cache of int8 gives no scores',
    RangeError,
  );
  await cache.dispose();
});

test.run();
