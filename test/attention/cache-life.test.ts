import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { createCache, type KeyValueCache, loadCache } from '#engine/attention/cache.js';
import { CacheFileError } from '#engine/attention/cache-file.js';
import type { CacheOptions } from '#engine/attention/cache-shapes.js';
import { crc32 } from '#engine/attention/checksum.js';
import type { Engine } from '#engine/runtime/engine.js';
import { MemoryLimitError } from '#engine/runtime/memory.js';
import { rejects } from '../rejects.js';
import { sharedEngine, tiers, withEngine } from '../tiers.js';
import { gaussian, sameBits } from './tensors.js';

const test = suite('life of a cache');
const usage = (engine: Engine) => {
  engine.memory.resetPeak();
  return engine.memory.peak;
};
const token = { k: gaussian([1, 1, 1, 8], 1), v: gaussian([1, 1, 1, 8], 2) };
const q = gaussian([1, 2, 1, 8], 3);
const many = { k: gaussian([1, 1, 30, 8], 4), v: gaussian([1, 1, 30, 8], 5) };

const BAD: [options: object, message: string][] = [
  [{ headDim: 0 }, 'headDim: given 0, expected a whole number from 1 to '],
  [{ headDim: 8, valueDim: 1.5 }, 'valueDim: given 1.5, expected a whole number from 1 to '],
  [{ headDim: 8, batches: 0 }, 'batches: given 0, expected a whole number from 1 to '],
  [{ headDim: 8, kvHeads: -1 }, 'kvHeads: given -1, expected a whole number from 1 to '],
  [{ headDim: 8, capacity: 0 }, 'capacity: given 0, expected a whole number from 1 to '],
  [{ headDim: 8, capacity: 2 ** 40 }, 'capacity: given 1099511627776, expected a whole number from 1 to '],
  [{ headDim: 8, window: -4 }, 'window: given -4, expected a whole number from 1 to '],
  [{ headDim: 8, window: 0 }, 'window: given 0, expected a whole number from 1 to '],
  [{ headDim: 8, window: 4, sinks: -1 }, 'sinks: given -1, expected a whole number from 0 to '],
  [{ headDim: 8, sinks: 2 }, 'sinks: given 2, expected a whole number from 0 to 0'],
  [{ headDim: 8, type: 'float64' }, 'type: given "float64", expected one of '],
];
for (const [options, message] of BAD) {
  test(`refused: ${message}`, async () => {
    const engine = await sharedEngine('simd');
    const before = usage(engine);
    await rejects(createCache(engine, options as CacheOptions), message, RangeError);
    assert.is(engine.memory.peak, before);
  });
}

test('an unknown option is refused', async () => {
  const engine = await sharedEngine('simd');
  const options = { headDim: 8, heads: 2 } as CacheOptions;
  await rejects(createCache(engine, options), 'heads: unknown option, expected one of headDim', TypeError);
});

test('tokens and queries that do not fit are refused by name and change nothing', async () => {
  const engine = await sharedEngine('simd');
  const cache = await createCache(engine, { headDim: 8 });
  await cache.append(many);
  const refused: [work: () => Promise<unknown>, message: string][] = [
    [
      () => cache.append({ ...token, k: gaussian([1, 1, 1, 7], 1) }),
      'k: headDim 7, expected 8 as in the cache',
    ],
    [
      () => cache.append({ ...token, v: gaussian([1, 1, 1, 7], 1) }),
      'v: valueDim 7, expected 8 as in the cache',
    ],
    [() => cache.append({ ...token, v: gaussian([1, 1, 2, 8], 1) }), 'v: length 2, expected 1 as in k'],
    [
      () => cache.append({ ...token, k: gaussian([2, 1, 1, 8], 1) }),
      'k: batch 2, expected 1 as in the cache',
    ],
    [() => cache.append({ ...token, k: gaussian([1, 2, 1, 8], 1) }), 'kvHeads: given 1, but k has 2 heads'],
    [() => cache.append({ ...token, lengths: [2] }), 'lengths: given 2, expected a whole number from 0 to 1'],
    [() => cache.append({ ...token, lengths: [1, 1] }), 'lengths: given 2, expected 1'],
    [() => cache.step({ ...token, q: gaussian([1, 2, 2, 8], 1) }), 'q: length 2, expected 1 as in k'],
    [
      () => cache.step({ ...token, q: gaussian([1, 2, 1, 9], 1) }),
      'q: headDim 9, expected 8 as in the cache',
    ],
    [() => cache.step({ ...token, q }, { softcap: -1 }), 'softcap: given -1, expected a number from 0'],
    [() => cache.step({ ...token, q }, { qkMatmulOutputMode: 5 as 0 }), 'qkMatmulOutputMode: given 5'],
    [
      () => cache.step({ ...token, q, x: 1 } as unknown as typeof token & { q: typeof q }),
      'x: unknown input',
    ],
    [() => cache.truncate(31), 'truncate: given 31, expected a whole number from 0 to 30'],
    [() => cache.truncate(-1), 'truncate: given -1, expected a whole number from 0 to 30'],
    [() => cache.truncate([1, 2]), 'truncate: given 2 lengths, expected 1'],
    [() => cache.reorder([1]), 'reorder: given 1, expected a whole number from 0 to 0'],
    [() => cache.reorder([0, 0]), 'reorder: given 2 indices, expected 1'],
    [
      () => attention(engine, { q, cache }, { leftWindowSize: -2 }),
      'leftWindowSize: given -2, expected a whole number from -1',
    ],
    [
      () => attention(engine, { q, cache }, { method: 'taylor' }),
      'method: given "taylor", expected "exact" with a cache',
    ],
    [
      () => attention(engine, { q, cache, mask: gaussian([31], 1) }),
      'mask: given dims [31], expected dims that broadcast to [1, 2, 1, 30]',
    ],
    [() => attention(engine, { q, cache: {} as KeyValueCache }), 'cache: expected what createCache made'],
    [
      () => attention(engine, { q, cache, pastKey: q } as { q: typeof q; cache: KeyValueCache }),
      'pastKey: unknown input',
    ],
  ];
  const before = await cache.save();
  for (const [work, message] of refused) await rejects(work(), message);
  assert.equal(await cache.save(), before);
  await cache.dispose();
});

test('what a window has forgotten is neither taken back nor asked for', async () => {
  const engine = await sharedEngine('simd');
  const cache = await createCache(engine, { headDim: 8, window: 10, sinks: 2 });
  await cache.append({ ...many, lengths: [12] });
  await cache.truncate(11);
  await cache.append(many);
  await rejects(
    cache.truncate(40),
    'truncate: given 40 of 41 tokens, but the window has overwritten what came before them',
  );
  const two = gaussian([1, 1, 2, 8], 6);
  await rejects(
    attention(engine, { q: two, cache }),
    'q: given 2 queries, expected 1: the window has forgotten tokens',
  );
  await rejects(
    attention(engine, { q, cache }, { leftWindowSize: 3 }),
    'leftWindowSize: given 3, but the window of the cache',
  );
  await rejects(attention(engine, { q, cache, mask: gaussian([5], 1) }), 'mask: expected none');
  await cache.dispose();
});

test('a cache of another engine, or one that was disposed of, is refused', async () => {
  const engine = await sharedEngine('simd');
  const before = usage(engine);
  const cache = await createCache(engine, { headDim: 8 });
  await withEngine({}, async (other) => {
    await rejects(attention(other, { q, cache }), 'cache: expected a cache of this engine', TypeError);
  });
  assert.ok(cache.bytes > 0 && usage(engine) - before >= cache.bytes);
  await cache.dispose();
  assert.is(cache.bytes, 0);
  assert.is(usage(engine), before);
  const calls = [
    cache.append(token),
    cache.step({ ...token, q }),
    cache.truncate(0),
    cache.reorder([0]),
    cache.clone(),
    cache.save(),
    attention(engine, { q, cache }),
  ];
  for (const call of calls) await rejects(call, 'cache: it was disposed of');
  await cache.dispose();
});

test('it doubles its room when that is used up, and says what it needs before it takes anything', async () => {
  await withEngine({ memoryLimit: 2 ** 20 }, async (engine) => {
    const empty = usage(engine);
    await rejects(
      createCache(engine, { headDim: 64, capacity: 2 ** 20 }),
      'memory: this call needs 512 MiB, the limit is 1.0 MiB',
      MemoryLimitError,
    );
    assert.is(engine.memory.peak, empty);
    const cache = await createCache(engine, { headDim: 64, capacity: 3 });
    const next = { k: gaussian([1, 1, 1, 64], 1), v: gaussian([1, 1, 1, 64], 2) };
    const capacities = new Set<number>();
    let failure: Error | undefined;
    while (!failure) {
      const { lengths, bytes } = cache;
      const before = usage(engine);
      await cache.append(next).catch((error: Error) => {
        failure = error;
        assert.equal([cache.lengths, cache.bytes], [lengths, bytes]);
        assert.is(engine.memory.peak, before);
      });
      capacities.add(cache.capacity);
    }
    assert.instance(failure, MemoryLimitError);
    assert.match(
      failure!.message,
      /^memory: this call needs 768 KiB, the limit is 1\.0 MiB, of which \d+ KiB are in use$/,
    );
    assert.equal([...capacities], [3, 6, 12, 24, 48, 96, 192, 384, 768]);
    await cache.truncate(100);
    const { output } = await attention(engine, { q: gaussian([1, 1, 1, 64], 3), cache });
    assert.ok(output.data.every(Number.isFinite));
    await cache.dispose();
    assert.is(usage(engine), empty);
  });
});

async function saved(engine: Engine, options: Partial<CacheOptions> = {}) {
  const cache = await createCache(engine, { headDim: 8, ...options });
  await cache.append({ ...many, lengths: [20] });
  await cache.append(token);
  const { output } = await attention(engine, { q, cache });
  const bytes = await cache.save();
  await cache.dispose();
  return { bytes, output };
}

for (const from of tiers) {
  for (const to of tiers) {
    test(`saved by ${from}, loaded by ${to}`, async () => {
      for (const options of [{}, { window: 6, sinks: 1 }]) {
        const { bytes, output } = await saved(await sharedEngine(from), options);
        const engine = await sharedEngine(to, 2);
        const cache = await loadCache(engine, bytes);
        assert.equal(cache.lengths, [21]);
        const loaded = await attention(engine, { q, cache });
        if (from === to) assert.ok(sameBits(loaded.output.data, output.data));
        assert.equal(await cache.save(), bytes);
        await cache.append(many);
        assert.equal(cache.lengths, [51]);
        await cache.dispose();
      }
    });
  }
}

test('damaged, cut and foreign bytes are refused, and nothing is taken', async () => {
  const engine = await sharedEngine('simd');
  const { bytes } = await saved(engine);
  const before = usage(engine);
  for (let at = 0; at < bytes.length; at += at < 60 ? 1 : 29) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1 << (at % 8);
    await rejects(loadCache(engine, damaged), /^cache: /, CacheFileError);
  }
  for (const length of [0, 1, 4, 43, 47, 48, 51, bytes.length - 1]) {
    await rejects(loadCache(engine, bytes.slice(0, length)), /^cache: /, CacheFileError);
  }
  await rejects(
    loadCache(engine, new Uint8Array(1000)),
    'cache: these bytes are not a cache of hw2',
    CacheFileError,
  );
  const later = bytes.slice();
  later[4] = 2;
  await rejects(loadCache(engine, later), 'cache: given version 2, expected 1', CacheFileError);
  assert.is(engine.memory.peak, before);
  // Lengths that no cache has, with a right checksum; together they are as many tokens as there are.
  for (const lengths of [
    [-1, 10],
    [4.5, 4.5],
    [Number.NaN, 9],
    [1e300, 9],
  ]) {
    const cache = await createCache(engine, { headDim: 2, batches: 2 });
    await cache.append({ k: gaussian([2, 1, 5, 2], 1), v: gaussian([2, 1, 5, 2], 2), lengths: [4, 5] });
    const forged = await cache.save();
    await cache.dispose();
    const view = new DataView(forged.buffer);
    for (const [batch, length] of lengths.entries()) view.setFloat64(40 + 8 * batch, length, true);
    view.setUint32(forged.length - 4, crc32(forged.subarray(0, -4)), true);
    await rejects(
      loadCache(engine, forged),
      /^cache: (no cache has this header: lengths: given|given)/,
      CacheFileError,
    );
  }
});

test('lists that are none are refused by name', async () => {
  const cache = await createCache(await sharedEngine('simd'), { headDim: 2, batches: 2 });
  const [k, v] = [gaussian([2, 1, 5, 2], 1), gaussian([2, 1, 5, 2], 2)];
  const list = { length: 2 } as never;
  await rejects(cache.append({ k, v, lengths: list }), 'lengths: expected an array, got object');
  await rejects(cache.append({ k, v, lengths: ['1', '1'] as never }), 'lengths: given "1", expected');
  await rejects(cache.truncate(list), 'truncate: expected an array, got object');
  await rejects(cache.reorder(list), 'reorder: expected an array, got object');
  await cache.append({ k, v, lengths: Int32Array.of(1, 5) as never });
  assert.equal(cache.lengths, [1, 5]);
  await cache.dispose();
});

test('more sequences than a call of a function takes arguments', async () => {
  const engine = await sharedEngine('simd');
  const batches = 150_000;
  const cache = await createCache(engine, { headDim: 1, batches, capacity: 1 });
  const x = { data: Float32Array.from({ length: batches }, (_, i) => i % 7), dims: [batches, 1, 1, 1] };
  const { output } = await cache.step({ q: x, k: x, v: x });
  assert.ok(output.data.every((value, i) => Math.abs(value - x.data[i]!) <= 1e-6));
  await cache.truncate(1);
  const loaded = await loadCache(engine, await cache.save());
  assert.is(loaded.lengths.length, batches);
  for (const one of [cache, loaded]) await one.dispose();
});

test('options of linear attention, and copies of keys, are refused by name', async () => {
  const engine = await sharedEngine('simd');
  const cache = await createCache(engine, { headDim: 8 });
  await cache.append(many);
  for (const name of ['order', 'centroids', 'near', 'measureError', 'present']) {
    const options = { [name]: name === 'present' || name === 'measureError' ? true : 1 };
    await rejects(attention(engine, { q, cache }, options), `${name}: expected none with a cache`, TypeError);
    await rejects(cache.step({ q, ...token }, options as never), `${name}: expected none`, TypeError);
  }
  assert.equal(cache.lengths, [30]);
  await cache.dispose();
});

test.run();
