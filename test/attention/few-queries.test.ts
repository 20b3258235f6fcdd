import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { testEngines, testTiers } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { callOf, type Drawn, drawnCall, onceEach } from './random-call.js';
import { difference, gaussian, inRoundings, lengths, randomMask, sameBits, slice } from './tensors.js';

const test = suite('few queries');

// Lengths that end a vector, a block of 128 keys or a part of 512, and those around them.
const LENGTHS = [1, 3, 5, 63, 65, 127, 128, 129, 511, 512, 513, 1025];
const DIMS = [1, 2, 3, 5, 16, 31, 63, 65, 80, 128, 512];

const cases = LENGTHS.flatMap((keys, i) =>
  (
    [
      [1, 2, 1],
      [1, 1, 4],
      [3, 1, 3],
      [6, 2, 2],
      [1, 2, 7],
      [1, 1, 21],
    ] as const
  ).map(([queries, kvHeads, group]) => {
    const [headDim, valueDim] = [DIMS[i % DIMS.length]!, DIMS[(3 * i + queries) % DIMS.length]!];
    const inputs = {
      q: gaussian([1, kvHeads * group, queries, headDim], i),
      k: gaussian([1, kvHeads, keys, headDim], 100 + i),
      v: gaussian([1, kvHeads, keys, valueDim], 200 + i),
    };
    const name = `${queries} × ${keys}, dims ${headDim}, ${valueDim}`;
    return { name, inputs, expected: naiveAttention(inputs).output };
  }),
);

testEngines(test, 'odd lengths and dimensions, grouped heads', async (engine) => {
  for (const { name, inputs, expected } of cases) {
    const error = difference((await attention(engine, inputs)).output.data, expected);
    assert.ok(error <= 1e-6, `${name}: off by ${error}`);
  }
});

const referenceOf = onceEach((drawn: Drawn) => {
  const { inputs, options } = callOf(drawn);
  const { output, rounding } = naiveAttention(inputs, options);
  return { output, rounding: rounding.output };
});

testTiers(test, 'random calls with everything that the operator may be given', async (engine) => {
  const few = drawnCall.map(({ shape, attributes }) => {
    const past = attributes.past * 30;
    return {
      shape: { ...shape, queries: (shape.queries % 6) + 1, keys: shape.keys * 4 },
      attributes: { ...attributes, past },
    };
  });
  // A single query of large groups, whose rows lie in lanes.
  const grouped = few.map(({ shape, attributes }) => ({
    shape: { ...shape, queries: 1, group: 6 + 3 * shape.group },
    attributes,
  }));
  for (const drawnCalls of [few, grouped]) {
    await fc.assert(
      fc.asyncProperty(drawnCalls, async (drawn) => {
        const { inputs, options } = callOf(drawn);
        const { output } = await attention(engine, inputs, options);
        const expected = referenceOf(drawn);
        const error = inRoundings(output.data, expected.output, expected.rounding);
        assert.ok(error <= 1, `off by ${error} of what rounding allows`);
      }),
      { numRuns: 40, seed: 13 },
    );
  }
});

testEngines(test, 'a query gives the same bits alone, and beside others', async (engine) => {
  const q = gaussian([1, 6, 5, 37], 1);
  const [k, v] = [gaussian([1, 2, 700, 37], 2), gaussian([1, 2, 700, 41], 3)];
  const together = await attention(engine, { q, k, v, nonpadKvSeqlen: lengths(700) }, { isCausal: true });
  for (let i = 0; i < 5; i++) {
    const keys = 700 - 4 + i;
    const alone = await attention(
      engine,
      { q: slice(q, 2, i, i + 1), k, v, nonpadKvSeqlen: lengths(keys) },
      { isCausal: true },
    );
    for (let head = 0; head < 6; head++) {
      const row = together.output.data.slice((head * 5 + i) * 41, (head * 5 + i + 1) * 41);
      assert.ok(
        sameBits(row, alone.output.data.slice(head * 41, (head + 1) * 41)),
        `query ${i}, head ${head}`,
      );
    }
  }
});

testEngines(test, 'keys and values beyond a query cannot be seen, whatever they hold', async (engine) => {
  const inputs = {
    q: gaussian([1, 4, 3, 16], 1),
    k: gaussian([1, 2, 600, 16], 2),
    v: gaussian([1, 2, 600, 16], 3),
  };
  const call = { ...inputs, nonpadKvSeqlen: lengths(520) };
  const expected = await attention(engine, call, { isCausal: true });
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    // Padding, and the position of the last query, which the two before it do not see.
    for (const head of [0, 1]) {
      for (const tensor of [inputs.k, inputs.v])
        tensor.data.fill(value, (head * 600 + 519) * 16, (head + 1) * 600 * 16);
    }
    const { output } = await attention(engine, call, { isCausal: true });
    for (let row = 0; row < 12; row++) {
      const [actual, before] = [output, expected.output].map(({ data }) =>
        data.slice(16 * row, 16 * row + 16),
      );
      if (row % 3 < 2) assert.ok(sameBits(actual!, before!), `row ${row}`);
      else
        assert.ok(
          actual!.every((x) => !Number.isFinite(x)),
          `row ${row}`,
        );
    }
  }
});

testEngines(test, 'scores in the millions, and a mask that hides a whole part', async (engine) => {
  for (const size of [1e6, 1e13, 1e30]) {
    const inputs = {
      q: gaussian([1, 2, 1, 4], 7, size),
      k: gaussian([1, 1, 900, 4], 8),
      v: gaussian([1, 1, 900, 4], 9),
    };
    for (let i = 0; i < inputs.k.data.length; i++) inputs.k.data[i] = Math.round(inputs.k.data[i]! * 2) / 2;
    const { output } = await attention(engine, inputs);
    assert.ok(difference(output.data, naiveAttention(inputs).output) <= 1e-6, String(size));
  }
  const inputs = {
    q: gaussian([1, 2, 2, 8], 1),
    k: gaussian([1, 2, 1100, 8], 2),
    v: gaussian([1, 2, 1100, 8], 3),
  };
  const mask = randomMask([2, 1, 1100], 4);
  (mask.data as Uint8Array).fill(0, 500, 1100);
  const { output } = await attention(engine, { ...inputs, mask });
  assert.ok(difference(output.data, naiveAttention({ ...inputs, mask }).output) <= 1e-6);
});

testEngines(test, 'long sums keep their digits', async (engine) => {
  const L = 200_000;
  const ones = { data: new Float32Array(L * 4).fill(0.3), dims: [1, 1, L, 4] };
  const { output } = await attention(engine, { q: gaussian([1, 1, 1, 4], 1), k: ones, v: ones });
  assert.ok(difference(output.data, new Float32Array(4).fill(0.3)) <= 5e-7, String(output.data));
});

test.run();
