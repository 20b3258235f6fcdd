import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { createCache, type KeyValueCache } from '#engine/attention/cache.js';
import type { Tokens } from '#engine/attention/cache-shapes.js';
import type { Engine } from '#engine/runtime/engine.js';
import { testEngines, testTiers } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { difference, type Floats, floats, gaussian, sameBits, slice } from './tensors.js';

const test = suite('cache of keys and values');

const [B, HQ, HKV, D, DV, L] = [2, 6, 2, 9, 7, 130];
const q = gaussian([B, HQ, L, D], 1);
const k = gaussian([B, HKV, L, D], 2);
const v = gaussian([B, HKV, L, DV], 3);
const SHAPE = { batches: B, kvHeads: HKV, headDim: D, valueDim: DV };
const rows = (tensor: Floats, from: number, to: number) => slice(tensor, 2, from, to);
const tokens = (from: number, to: number): Tokens => ({ k: rows(k, from, to), v: rows(v, from, to) });

/** Steps through tokens [from, to) by pieces of `size`, and returns the outputs, row by row of each head. */
async function stepThrough(cache: KeyValueCache, from: number, to: number, size: number): Promise<Floats> {
  const data = new Float32Array(B * HQ * (to - from) * DV);
  for (let at = from; at < to; at += size) {
    const end = Math.min(to, at + size);
    const { output } = await cache.step({ q: rows(q, at, end), ...tokens(at, end) });
    for (let i = 0; i < output.data.length; i++) {
      const [head, row] = [Math.floor(i / DV / (end - at)), Math.floor(i / DV) % (end - at)];
      data[(head * (to - from) + at - from + row) * DV + (i % DV)] = output.data[i]!;
    }
  }
  return { type: 'float32', data, dims: [B, HQ, to - from, DV] };
}

const causal = naiveAttention({ q, k, v }, { isCausal: true }).output;

testEngines(test, 'fed in any pieces, it answers as one causal call does', async (engine) => {
  let one: Floats | undefined;
  for (const size of [1, 3, 5, 63, 65, L]) {
    const cache = await createCache(engine, { ...SHAPE, capacity: 1 });
    const output = await stepThrough(cache, 0, L, size);
    assert.ok(difference(output.data, causal) <= 1e-6, `pieces of ${size}`);
    assert.equal(cache.lengths, [L, L]);
    // Up to six queries are computed by the same sums in the same order.
    if (size === 1) one = output;
    if (size <= 5) assert.ok(sameBits(output.data, one!.data), `pieces of ${size}`);
    await cache.dispose();
  }
});

testEngines(test, 'attention to a cache is attention to its tensors, bit for bit', async (engine) => {
  const cache = await createCache(engine, { ...SHAPE, capacity: 200 });
  for (const size of [1, 5, 64, 60]) await cache.append(tokens(cache.lengths[0]!, cache.lengths[0]! + size));
  const mask = gaussian([1, 1, 20, L], 9);
  for (const queries of [1, 20]) {
    for (const options of [
      {},
      { isCausal: true, softcap: 3, logSumExp: true },
      { leftWindowSize: 40, qkMatmulOutputMode: 2 },
    ] as const) {
      const last = rows(q, L - queries, L);
      const lengths = { type: 'int64', data: BigInt64Array.from([L, L], BigInt), dims: [2] };
      const given = queries > 1 ? { mask } : {};
      const expected = await attention(engine, { q: last, k, v, nonpadKvSeqlen: lengths, ...given }, options);
      const actual = await attention(engine, { q: last, cache, ...given }, options);
      assert.equal(actual, expected);
    }
  }
  await cache.dispose();
});

testEngines(test, 'batches of different lengths', async (engine) => {
  const cache = await createCache(engine, SHAPE);
  await cache.append({ ...tokens(0, 40), lengths: [40, 17] });
  await cache.append({ ...tokens(40, 60), lengths: [3, 20] });
  assert.equal(cache.lengths, [43, 37]);
  const last = { q: rows(q, 70, 71), ...tokens(70, 71) };
  const { output } = await cache.step(last);
  const order = [
    [...range(0, 43), 70],
    [...range(0, 17), ...range(40, 60), 70],
  ];
  for (const batch of [0, 1]) {
    const pick = (tensor: Floats) => pickRows(slice(tensor, 0, batch, batch + 1), order[batch]!);
    const expected = naiveAttention({ q: slice(last.q, 0, batch, batch + 1), k: pick(k), v: pick(v) }).output;
    assert.ok(difference(output.data.slice(batch * HQ * DV, (batch + 1) * HQ * DV), expected) <= 1e-6);
  }
  await cache.dispose();
});

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
function pickRows({ data, dims }: Floats, order: readonly number[]): Floats {
  const [batches, heads, count, dim] = dims as [number, number, number, number];
  return floats([batches, heads, order.length, dim], (i) => {
    const [head, row] = [Math.floor(i / dim / order.length), order[Math.floor(i / dim) % order.length]!];
    return data[(head * count + row) * dim + (i % dim)]!;
  });
}

/** Attention where a query at position p sees the first `sinks` tokens and those after p − window. */
function windowed(window: number, sinks: number): Float64Array {
  const data = Uint8Array.from({ length: L * L }, (_, i) => {
    const [p, j] = [Math.floor(i / L), i % L];
    return +(j <= p && (j < sinks || j > p - window));
  });
  return naiveAttention({ q, k, v, mask: { data, dims: [L, L] } }).output;
}

for (const [window, sinks] of [
  [1, 0],
  [7, 0],
  [16, 4],
  [40, 1],
] as const) {
  const expected = windowed(window, sinks);
  testEngines(test, `a window of ${window} with ${sinks} sinks is a mask`, async (engine) => {
    for (const size of [1, 5, 33, L]) {
      const cache = await createCache(engine, { ...SHAPE, window, sinks, capacity: 2 });
      const output = await stepThrough(cache, 0, L, size);
      const error = difference(output.data, expected);
      assert.ok(error <= 1e-6, `pieces of ${size}: off by ${error}`);
      assert.equal(cache.lengths, [L, L]);
      assert.is(cache.capacity, window + sinks);
      // The last query again, of what is there.
      const { output: last } = await attention(engine, { q: rows(q, L - 1, L), cache });
      assert.ok(difference(last.data, rows(output, L - 1, L).data) <= 1e-6);
      await cache.dispose();
    }
  });
}

testEngines(test, 'what truncate takes back is as if it had never been, whatever it held', async (engine) => {
  const cache = await createCache(engine, SHAPE);
  await cache.append(tokens(0, 50));
  const nan = floats([B, HKV, 30, D], () => Number.NaN);
  await cache.append({ k: nan, v: floats([B, HKV, 30, DV], () => Number.POSITIVE_INFINITY) });
  await cache.truncate(50);
  assert.equal(cache.lengths, [50, 50]);
  for (const size of [1, 64]) {
    const rebuilt = await createCache(engine, SHAPE);
    await rebuilt.append(tokens(0, 50));
    const last = rows(q, 50 - size > 0 ? 50 - size : 0, 50);
    assert.equal(
      await attention(engine, { q: last, cache }),
      await attention(engine, { q: last, cache: rebuilt }),
    );
    await rebuilt.dispose();
  }
  await cache.truncate([20, 50]);
  await cache.truncate(30);
  assert.equal(cache.lengths, [20, 30]);
  await cache.truncate(0);
  const { output } = await attention(engine, { q: rows(q, 0, 1), cache });
  assert.ok(output.data.every((x) => x === 0));
  await cache.dispose();
});

testEngines(test, 'reorder and clone equal caches that were built so', async (engine) => {
  const four = { ...SHAPE, batches: 4, headDim: 5, valueDim: 5 };
  const [k4, v4, q4] = [
    gaussian([4, HKV, 30, 5], 4),
    gaussian([4, HKV, 30, 5], 5),
    gaussian([4, HQ, 1, 5], 6),
  ];
  const cache = await createCache(engine, four);
  await cache.append({ k: k4, v: v4, lengths: [30, 20, 10, 25] });
  const clone = await cache.clone();
  const before = await attention(engine, { q: q4, cache });
  let order = [0, 1, 2, 3];
  for (const indices of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 1, 0, 2],
    [2, 2, 2, 2],
  ]) {
    await cache.reorder(indices);
    order = indices.map((index) => order[index]!);
    assert.equal(
      cache.lengths,
      order.map((batch) => [30, 20, 10, 25][batch]),
    );
    // The same query for all, so that only the cache differs.
    const pick = (tensor: Floats) =>
      floats(tensor.dims, (i) => {
        const size = tensor.data.length / 4;
        return tensor.data[order[Math.floor(i / size)]! * size + (i % size)]!;
      });
    const { output } = await attention(engine, { q: pick(q4), cache });
    assert.equal(output.data, pick(before.output as Floats).data);
  }
  assert.equal(await attention(engine, { q: q4, cache: clone }), before);
  // Copies do not share rows: what one batch appends, the others do not see.
  await cache.append({ k: k4, v: v4, lengths: [1, 0, 0, 0] });
  assert.equal(cache.lengths, [
    order.map((batch) => [30, 20, 10, 25][batch])[0]! + 1,
    ...order.slice(1).map((batch) => [30, 20, 10, 25][batch]),
  ]);
  await Promise.all([cache.dispose(), clone.dispose()]);
});

testTiers(test, 'three-dimensional tokens and queries', async (engine) => {
  const flat = (tensor: Floats) => {
    const [batches, heads, length, dim] = tensor.dims as [number, number, number, number];
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
  const four = await createCache(engine, { ...SHAPE, window: 20 });
  const three = await createCache(engine, { ...SHAPE, window: 20 });
  for (const [from, to] of [
    [0, 15],
    [15, 40],
    [40, 41],
  ] as const) {
    const expected = await four.step({ q: rows(q, from, to), ...tokens(from, to) }, { logSumExp: true });
    const actual = await three.step(
      { q: flat(rows(q, from, to)), k: flat(rows(k, from, to)), v: flat(rows(v, from, to)) },
      { qNumHeads: HQ, logSumExp: true },
    );
    assert.equal(actual.output.dims, [B, to - from, HQ * DV]);
    assert.equal(actual.output.data, flat(expected.output as Floats).data);
    assert.equal(actual.logSumExp, expected.logSumExp);
  }
  await Promise.all([four.dispose(), three.dispose()]);
});

async function peakOf(engine: Engine, work: () => Promise<unknown>): Promise<number> {
  engine.memory.resetPeak();
  const before = engine.memory.peak;
  await work();
  return engine.memory.peak - before;
}

testTiers(test, '10,000 steps through a window take no more memory than one', async (engine) => {
  const cache = await createCache(engine, { headDim: 4, window: 32, sinks: 2, capacity: 34 });
  const token = { q: gaussian([1, 1, 1, 4], 1), k: gaussian([1, 1, 1, 4], 2), v: gaussian([1, 1, 1, 4], 3) };
  const prompt = { k: gaussian([1, 1, 34, 4], 2), v: gaussian([1, 1, 34, 4], 3) };
  await cache.append(prompt);
  const { bytes } = cache;
  const first = await peakOf(engine, () => cache.step(token));
  const all = await peakOf(engine, async () => {
    for (let i = 0; i < 10_000; i++) await cache.step(token);
  });
  assert.is(all, first);
  assert.is(cache.bytes, bytes);
  assert.equal(cache.lengths, [10_035]);
  await cache.dispose();
});

test.run();
