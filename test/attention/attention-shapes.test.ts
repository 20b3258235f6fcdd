import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionOptions, attention } from '#engine/attention/attention.js';
import { featureDim } from '#engine/attention/feature-map.js';
import type { Engine } from '#engine/runtime/engine.js';
import { testEngines, testTiers } from '../tiers.js';
import { naiveAttention, subtractMean } from './naive.js';
import { difference, type Floats, gaussian } from './tensors.js';

const test = suite('every small shape');
const SIZES = Array.from({ length: 17 }, (_, i) => i + 1);
// Sizes that end a tile, a panel, a block of 64 queries, a block of 128 keys or a chunk of 64, and those around them.
const EDGES = [31, 32, 33, 63, 64, 65, 127, 128, 129, 191, 193, 256, 257];

interface Case {
  name: string;
  inputs: { q: Floats; k: Floats; v: Floats };
  options: AttentionOptions;
  expected: Float64Array;
}

function caseOf(
  queries: number,
  keys: number,
  headDim: number,
  valueDim: number,
  options: AttentionOptions,
): Case {
  // Keeps the denominators of linear attention away from 0.
  const sigma = options.method === 'taylor' ? 0.5 : 1;
  const inputs = {
    q: gaussian([1, 2, queries, headDim], queries, sigma),
    k: gaussian([1, 1, keys, headDim], 100 + keys, sigma),
    v: gaussian([1, 1, keys, valueDim], 200 + keys),
  };
  const centred = options.method === 'taylor' && !options.isCausal;
  const { output } = naiveAttention(centred ? { ...inputs, k: subtractMean(inputs.k) } : inputs, options);
  const name = `${JSON.stringify(options)} ${queries} × ${keys}, dims ${headDim}, ${valueDim}`;
  return { name, inputs, options, expected: output };
}

/** Every pair of sizes, with a third and a fourth that also take every value. */
const pairs = SIZES.flatMap((a) =>
  SIZES.map((b) => [a, b, ((a * 5 + b * 7) % 17) + 1, ((a * 3 + b * 11) % 17) + 1] as const),
);

/** Each once, for all engines. */
const once = (make: () => Case[]) => {
  let cases: Case[] | undefined;
  return async (engine: Engine) => {
    cases ??= make();
    for (const { name, inputs, options, expected } of cases) {
      const { output } = await attention(engine, inputs, options);
      const error = difference(output.data, expected);
      assert.ok(error <= (options.method === 'taylor' ? 2e-6 : 1e-6), `${name}: off by ${error}`);
    }
  };
};

testTiers(
  test,
  'lengths of queries and keys from 1 to 17',
  once(() =>
    pairs.flatMap(([a, b, c, d]) => [false, true].map((isCausal) => caseOf(a, b, c, d, { isCausal }))),
  ),
);

testTiers(
  test,
  'head and value dimensions from 1 to 17',
  once(() => pairs.map(([a, b, c]) => caseOf(c, 18, a, b, {}))),
);

for (const isCausal of [false, true]) {
  testTiers(
    test,
    `linear attention, ${isCausal ? 'causal' : 'dense'}: lengths and dimensions from 1 to 17`,
    once(() => pairs.map(([a, b, c, d]) => caseOf(a, b, c, d, { method: 'taylor', order: 2, isCausal }))),
  );
}

testTiers(
  test,
  'linear attention: every order',
  once(() => {
    // Odd orders only of few keys in which no denominator comes near 0.
    const small = pairs.filter(([a, b]) => (a + b) % 6 === 0);
    return [1, 3, 4].flatMap((order) =>
      small.map(([a, b, c, d]) => caseOf(a, b, (c % 6) + 1, d, { method: 'taylor', order })),
    );
  }),
);

testEngines(
  test,
  'lengths around every block size',
  once(() =>
    EDGES.flatMap((queries, i) => {
      const keys = EDGES[(i * 5 + 3) % EDGES.length]!;
      return (['exact', 'taylor'] as const).flatMap((method) =>
        [false, true].map((isCausal) => caseOf(queries, keys, 6, 5, { method, isCausal })),
      );
    }),
  ),
);

testTiers(
  test,
  'the head dimensions of real models, up to the largest',
  once(() =>
    [32, 64, 80, 96, 100, 128, 255, 256, 257, 511, 512].map((dim) => caseOf(9, 140, dim, 513 - dim, {})),
  ),
);

const wide = [
  { inputs: wideInputs(512, 3), order: 2 },
  { inputs: wideInputs(300, 512), order: 1 },
];
function wideInputs(headDim: number, valueDim: number) {
  const [q, k] = [gaussian([1, 2, 9, headDim], 1, 0.2), gaussian([1, 1, 20, headDim], 2, 0.2)];
  return { q, k, v: gaussian([1, 1, 20, valueDim], 3) };
}
testTiers(test, 'linear attention of the largest heads', async (engine) => {
  for (const { inputs, order } of wide) {
    for (const isCausal of [false, true]) {
      const options = { method: 'taylor', order, isCausal } as const;
      const { output } = await attention(engine, inputs, options);
      const k = isCausal ? inputs.k : subtractMean(inputs.k);
      const error = difference(output.data, naiveAttention({ ...inputs, k }, options).output);
      // Sums of 131,841 and 301 features: a random walk of rounding errors.
      const rounding = 4 * Math.sqrt(featureDim(inputs.q.dims[3]!, order)) * 2 ** -24;
      assert.ok(error <= rounding, `order ${order}, causal ${isCausal}: off by ${error}`);
    }
  }
});

test.run();
