import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { clusterKeys } from '#engine/attention/cluster-keys.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testEngines, testTiers } from '../tiers.js';
import { clustersOf, heaps, shifted } from './clustered.js';
import { expansionReference } from './expansion.js';
import { assertSameEverywhere } from './same-everywhere.js';
import { difference, type Floats, floats, gaussian, lengths, sizeOf } from './tensors.js';

const test = suite('expansions about centroids');

/** The formula in float64, once for all engines that make the same clusters. */
const references = new Map<string, number[]>();
function remembered(key: string, compute: () => number[]): number[] {
  const known = references.get(key) ?? compute();
  references.set(key, known);
  return known;
}

const CALLS = [
  { batch: 1, heads: 1, kvHeads: 1, Lq: 37, Lk: 150, D: 8, Dv: 8, centroids: 6 },
  { batch: 2, heads: 4, kvHeads: 2, Lq: 17, Lk: 61, D: 7, Dv: 5, centroids: 9 },
  { batch: 1, heads: 1, kvHeads: 1, Lq: 1, Lk: 9, D: 1, Dv: 1, centroids: 2 },
  { batch: 1, heads: 1, kvHeads: 1, Lq: 70, Lk: 400, D: 20, Dv: 33, centroids: 67 },
  { batch: 1, heads: 2, kvHeads: 2, Lq: 65, Lk: 233, D: 100, Dv: 36, centroids: 3 },
  { batch: 1, heads: 1, kvHeads: 1, Lq: 5, Lk: 29, D: 300, Dv: 270, centroids: 4 },
];
for (const { batch, heads, kvHeads, Lq, Lk, D, Dv, centroids } of CALLS) {
  testEngines(
    test,
    `${batch}×${heads}/${kvHeads}×${Lq}×${Lk}×${D}×${Dv}, ${centroids} centroids`,
    async (engine) => {
      const size = 1 / D ** 0.25;
      const inputs = {
        q: shifted(heaps([batch, heads, Lq, D], 1, size), 0.5 * size),
        k: heaps([batch, kvHeads, Lk, D], 5, size),
        v: shifted(gaussian([batch, kvHeads, Lk, Dv], 9), 1),
      };
      const { labels, meanQuery } = await clustersOf(engine, inputs, centroids);
      for (const [order, near, subtractMeanQuery] of [
        [0, 0, true],
        [1, 0, true],
        [1, 0, false],
        [0, 0.3, true],
        [1, 0.5, false],
        [2, 0, false],
        [2, 0.3, true],
      ] as const) {
        // Where a head has 300 numbers, each cluster's state of order 2 takes 100 MB.
        if (order === 2 && D === 300) continue;
        const { output, warnings } = await attention(engine, inputs, {
          method: 'taylor',
          centroids,
          order,
          near,
          subtractMeanQuery,
        });
        assert.equal(warnings, []);
        const expected = remembered(
          JSON.stringify([order, near, subtractMeanQuery, labels, [...meanQuery]]),
          () =>
            Array.from({ length: batch * heads }, (_, head) => {
              const index = Math.floor((head * kvHeads) / heads);
              return expansionReference({
                ...{
                  D,
                  Dv,
                  order,
                  labels: labels[index]!,
                  scale: 1 / Math.sqrt(D),
                  near: Math.floor(near * Lk),
                },
                q: inputs.q.data.subarray(head * Lq * D, (head + 1) * Lq * D),
                k: inputs.k.data.subarray(index * Lk * D, (index + 1) * Lk * D),
                v: inputs.v.data.subarray(index * Lk * Dv, (index + 1) * Lk * Dv),
                meanQuery: subtractMeanQuery
                  ? meanQuery.subarray(index * D, (index + 1) * D)
                  : new Float64Array(D),
              });
            }).flat(),
        );
        const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        const error = difference(output.data, expected) / largest;
        assert.ok(error <= 3e-6, `order ${order}, near ${near}: off by ${error}`);
      }
    },
  );
}

const inputs = {
  q: shifted(heaps([1, 2, 90, 12], 1, 0.8), 0.4),
  k: heaps([1, 2, 260, 12], 5, 0.8),
  v: gaussian([1, 2, 260, 12], 9),
};

testEngines(test, 'one centroid is the series about the mean key', async (engine) => {
  for (const order of [1, 2, 3]) {
    const [one, mean] = await Promise.all([
      attention(engine, inputs, { method: 'taylor', order, centroids: 1 }),
      attention(engine, inputs, { method: 'taylor', order }),
    ]);
    assert.equal(one!.output.data, mean!.output.data);
  }
  // The kernel of expansions gives the same, where it is made to by a share of near keys that no key is in.
  const asExpansion = { centroids: 1, near: 1e-9, subtractMeanQuery: false };
  const [one, series] = await Promise.all([
    attention(engine, inputs, { method: 'taylor', order: 2, ...asExpansion }),
    attention(engine, inputs, { method: 'taylor', order: 2 }),
  ]);
  const error = difference(one!.output.data, series!.output.data);
  assert.ok(error <= 2e-6, `order 2: ${error}`);
  // Without the variance in its weights, which one cluster alone does not need, order 1 is the same either way.
  const expanded = await attention(engine, inputs, { method: 'taylor', order: 0, centroids: 1 });
  const mean = floats([2 * 12], (i) => {
    let total = 0;
    for (let key = 0; key < 260; key++)
      total += inputs.v.data[(Math.floor(i / 12) * 260 + key) * 12 + (i % 12)]! / 260;
    return total;
  });
  const { output } = await attention(
    engine,
    { ...inputs, q: floats(inputs.q.dims, () => 0) },
    { method: 'taylor', order: 0, centroids: 1 },
  );
  assert.ok(difference(output.data.subarray(0, 12), mean.data.subarray(0, 12)) <= 1e-6);
  assert.ok(expanded.output.data.every(Number.isFinite));
});

testEngines(test, 'the clusters of the keys can be asked for', async (engine) => {
  for (const centroids of [1, 7, 300]) {
    const { data, dims } = await clusterKeys(engine, inputs.k, centroids);
    assert.equal(dims, [1, 2, 260]);
    assert.equal([...data], (await clustersOf(engine, inputs, centroids)).labels.flat());
  }
  // Keys of one cluster weigh the same in an expansion of order 0: with values that name the keys, the output says so.
  const names = floats([1, 2, 260, 260], (i) => Number(i % 260 === Math.floor(i / 260) % 260));
  const { data } = await clusterKeys(engine, inputs.k, 7);
  const options = { method: 'taylor', centroids: 7, order: 0, subtractMeanQuery: false } as const;
  const { output } = await attention(engine, { ...inputs, v: names }, options);
  const first = output.data.subarray(0, 260);
  const weights = new Map<number, number>();
  first.forEach((weight, key) => {
    const known = weights.get(data[key]!) ?? weight;
    weights.set(data[key]!, known);
    assert.is(weight, known);
  });
  assert.ok(weights.size > 1);
});

test('clusters are asked of what has keys, in words', async () => {
  const engine = await sharedEngine('simd', 1);
  const three = { ...inputs.k, dims: [2, 260, 12] };
  await rejects(clusterKeys(engine, three, 4), /^k: given dims \[2, 260, 12\], expected \[batch, heads/);
  await rejects(clusterKeys(engine, inputs.k, 0), /^centroids: given 0, expected a whole number/);
  await rejects(clusterKeys(engine, {} as never, 4), /^k: /);
});

testEngines(test, 'as many centroids as keys, or all keys near, is softmax attention', async (engine) => {
  const exact = await attention(engine, inputs);
  for (const options of [
    { centroids: 260 },
    { centroids: 4096 },
    { centroids: 20, near: 1 },
    { centroids: 1, near: 1 },
  ]) {
    for (const order of [0, 1, 2]) {
      const { output } = await attention(engine, inputs, { method: 'taylor', order, ...options });
      const error = difference(output.data, exact.output.data);
      assert.ok(error <= 3e-6, `${JSON.stringify(options)}, order ${order}: ${error}`);
    }
  }
});

testTiers(test, 'near keys that fill whole blocks of the kernel count, too', async (engine) => {
  for (const keys of [287, 288, 289, 576, 1152]) {
    const call = {
      q: shifted(gaussian([1, 1, 20, 8], 1, 2), 1),
      k: heaps([1, 1, keys, 8], 2),
      v: gaussian([1, 1, keys, 8], 3),
    };
    const exact = await attention(engine, call);
    const { output } = await attention(engine, call, { method: 'taylor', centroids: 9, order: 0, near: 1 });
    const error = difference(output.data, exact.output.data);
    assert.ok(error <= 3e-6, `${keys} keys: ${error}`);
  }
});

testTiers(test, 'of keys of few kinds each is a centroid, however many there are of it', async (engine) => {
  const kinds = heaps([13, 8], 3);
  const k = floats([1, 1, 3000, 8], (i) => kinds.data[((Math.floor(i / 8) * 7) % 13) * 8 + (i % 8)]!);
  const call = { q: shifted(gaussian([1, 1, 50, 8], 1), 1), k, v: gaussian(k.dims, 2) };
  const exact = await attention(engine, call);
  const { output } = await attention(engine, call, { method: 'taylor', centroids: 13, order: 0 });
  const error = difference(output.data, exact.output.data);
  assert.ok(error <= 3e-6, `${error}`);
});

testTiers(test, 'more centroids, a higher order and more near keys come closer', async (engine) => {
  const exact = await attention(engine, inputs);
  const distance = async (options: object) => {
    const { output } = await attention(engine, inputs, { method: 'taylor', ...options });
    return (
      Math.hypot(...output.data.map((x, i) => x - exact.output.data[i]!)) / Math.hypot(...exact.output.data)
    );
  };
  const order0 = await distance({ centroids: 7, order: 0 });
  assert.ok(order0 < (await distance({ centroids: 2, order: 0 })));
  const order1 = await distance({ centroids: 7, order: 1 });
  assert.ok(order1 < order0);
  assert.ok((await distance({ centroids: 7, order: 2 })) < order1);
  assert.ok(
    (await distance({ centroids: 40, order: 0, near: 0.3 })) < (await distance({ centroids: 40, order: 0 })),
  );
  assert.ok(
    (await distance({ centroids: 7 })) < (await distance({ centroids: 7, subtractMeanQuery: false })),
    'the mean query',
  );
});

testTiers(test, 'the order of the keys does not matter', async (engine) => {
  const shuffle = (tensor: Floats) =>
    floats(tensor.dims, (i) => {
      const [head, key, d] = [Math.floor(i / (260 * 12)), Math.floor(i / 12) % 260, i % 12];
      return tensor.data[(head * 260 + ((key * 77) % 260)) * 12 + d]!;
    });
  for (const options of [
    { centroids: 10 },
    { centroids: 30, order: 0, near: 0.2 },
    { centroids: 10, order: 2 },
  ]) {
    const [one, other] = await Promise.all([
      attention(engine, inputs, { method: 'taylor', ...options }),
      attention(
        engine,
        { ...inputs, k: shuffle(inputs.k), v: shuffle(inputs.v) },
        { method: 'taylor', ...options },
      ),
    ]);
    assert.ok(difference(one!.output.data, other!.output.data) <= 2e-6);
  }
});

test('neither threads nor the width of vectors change a bit', async () => {
  for (const order of [1, 2])
    await assertSameEverywhere(inputs, { method: 'taylor', centroids: 24, near: 0.2, order });
});

testEngines(test, 'scores of ten thousand give numbers', async (engine) => {
  for (const size of [1e2, 1e4, 1e6]) {
    const large = { ...inputs, q: floats(inputs.q.dims, (i) => size * inputs.q.data[i]!) };
    for (const options of [
      { centroids: 16 },
      { centroids: 16, order: 0, near: 0.2 },
      { centroids: 3, subtractMeanQuery: false },
      { centroids: 16, order: 2 },
      { centroids: 3, order: 2, near: 0.2, subtractMeanQuery: false },
    ]) {
      const { output, warnings } = await attention(engine, large, { method: 'taylor', ...options });
      assert.ok(output.data.every(Number.isFinite), `${size}, ${JSON.stringify(options)}`);
      assert.equal(warnings, []);
    }
  }
});

testEngines(
  test,
  'NaN in a query stays in its row, in a key or value it reaches them all and is warned of',
  async (engine) => {
    for (const [near, order] of [
      [0, 1],
      [0.2, 1],
      [0.2, 2],
    ]) {
      const q = floats(inputs.q.dims, (i) => (Math.floor(i / 12) === 33 ? Number.NaN : inputs.q.data[i]!));
      const options = { method: 'taylor', centroids: 12, near, order } as const;
      const { output, warnings } = await attention(engine, { ...inputs, q }, options);
      assert.ok(output.data.every((x, i) => Number.isNaN(x) === (Math.floor(i / 12) === 33)));
      assert.match(warnings.join(), /NaN or infinity/);
      for (const name of ['k', 'v'] as const) {
        const bad = floats(inputs[name].dims, (i) => (i === 100 ? Number.NaN : inputs[name].data[i]!));
        const result = await attention(engine, { ...inputs, [name]: bad }, options);
        const reached = (i: number) => i < 90 * 12 && (name === 'k' || i % 12 === 100 % 12);
        assert.ok(
          result.output.data.every((x, i) => Number.isNaN(x) === reached(i)),
          name,
        );
        assert.match(result.warnings.join(), /NaN or infinity/);
      }
    }
  },
);

testEngines(test, 'no key, one key, equal keys, fewer keys than centroids, padding', async (engine) => {
  const options = { method: 'taylor', centroids: 8, near: 0.25 } as const;
  const none = { q: inputs.q, k: gaussian([1, 2, 0, 12], 1), v: gaussian([1, 2, 0, 12], 1) };
  assert.ok((await attention(engine, none, options)).output.data.every((x) => x === 0));
  for (const [k, v] of [
    [gaussian([1, 2, 1, 12], 1), gaussian([1, 2, 1, 12], 2)],
    [floats([1, 2, 50, 12], (i) => i % 12), gaussian([1, 2, 50, 12], 2)],
    [floats([1, 2, 50, 12], (i) => Math.floor(i / 12) % 3), gaussian([1, 2, 50, 12], 2)],
    [gaussian([1, 2, 5, 12], 1), gaussian([1, 2, 5, 12], 2)],
  ] as const) {
    const [expansion, exact] = await Promise.all([
      attention(engine, { q: inputs.q, k, v }, options),
      attention(engine, { q: inputs.q, k, v }),
    ]);
    const error = difference(expansion!.output.data, exact!.output.data);
    assert.ok(error <= 2e-6, `keys ${k.dims}, the first ${[...k.data.subarray(0, 3)]}: ${error}`);
  }
  const padded = { q: inputs.q, k: inputs.k, v: inputs.v, nonpadKvSeqlen: lengths(101) };
  const cut = (tensor: Floats) =>
    floats([1, 2, 101, 12], (i) => tensor.data[Math.floor(i / (101 * 12)) * 260 * 12 + (i % (101 * 12))]!);
  const [one, other] = await Promise.all([
    attention(engine, padded, options),
    attention(
      engine,
      { q: inputs.q, k: cut(inputs.k), v: cut(inputs.v) },
      { ...options, near: 0.25 * (260 / 101) },
    ),
  ]);
  assert.ok(difference(one!.output.data, other!.output.data) <= 2e-6);
});

testTiers(test, 'constant values keep their digits over many keys', async (engine) => {
  const L = 20000;
  const call = {
    q: gaussian([1, 1, 64, 4], 1),
    k: heaps([1, 1, L, 4], 2, 0.5),
    v: floats([1, 1, L, 2], (i) => (i % 2 ? 0.7 : 3)),
  };
  for (const options of [
    { centroids: 2 },
    { centroids: 300 },
    { centroids: 30, order: 0, near: 0.5 },
    { centroids: 2, order: 2 },
  ]) {
    const { output } = await attention(engine, call, { method: 'taylor', ...options });
    const error = difference(output.data, floats(output.dims, (i) => (i % 2 ? 0.7 : 3)).data);
    assert.ok(error <= 2e-6, `${JSON.stringify(options)}: ${error}`);
  }
});

const REFUSED: [object, object, string][] = [
  [{}, { centroids: 0 }, 'centroids: given 0, expected a whole number from 1 to 4096'],
  [{}, { centroids: 1.5 }, 'centroids: given 1.5, expected a whole number from 1 to 4096'],
  [{}, { centroids: 8, near: 1.1 }, 'near: given 1.1, expected a number from 0 to 1'],
  [{}, { centroids: 8, near: Number.NaN }, 'near: given NaN, expected a number from 0 to 1'],
  [{}, { centroids: 8, order: 3 }, 'order: given 3, expected 0, 1 or 2 about centroids'],
  [{}, { centroids: 8, subtractMeanKey: true }, 'subtractMeanKey: centroids are subtracted instead'],
  [{}, { centroids: 8, softcap: 1 }, 'softcap: linear attention has no form for it'],
];
for (const [extra, options, message] of REFUSED) {
  test(`refused: ${message}`, async () => {
    const engine = await sharedEngine('simd');
    await rejects(
      attention(engine, { ...inputs, ...extra }, { method: 'taylor', ...options }),
      message,
      RangeError,
    );
  });
}

test('refused: clusters that take more than a state may, before anything is taken', async () => {
  const engine = await sharedEngine('simd');
  engine.arena.resetPeak();
  const before = engine.arena.peak;
  const wide = gaussian([1, 16, 4, 256], 1);
  await rejects(
    attention(engine, { q: wide, k: wide, v: wide }, { method: 'taylor', centroids: 4096 }),
    /^centroids: given 4096, which for order 1 take .* GiB; expected at most \d\.0 GiB$/,
    RangeError,
  );
  await rejects(
    attention(engine, { q: wide, k: wide, v: wide }, { method: 'taylor', centroids: 4, order: 2 }),
    /^centroids: given 4, which for order 2 take \d\.\d GiB; expected at most 2\.0 GiB$/,
    RangeError,
  );
  assert.is(engine.arena.peak, before);
  assert.is(sizeOf(wide.dims), 16 * 4 * 256);
});

test.run();
