import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionOptions, attention } from '#engine/attention/attention.js';
import { EngineTensor } from '#engine/attention/engine-tensor.js';
import type { PackedInputs } from '#engine/attention/packed.js';
import type { Tensor } from '#engine/attention/tensor.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testEngines, withEngine } from '../tiers.js';
import { naiveAttention, subtractMean } from './naive.js';
import { assertSameEverywhere } from './same-everywhere.js';
import { difference, type Floats, floats, gaussian } from './tensors.js';

const test = suite('packed sequences');
const [HQ, HKV, D, DV] = [4, 2, 6, 5];
// Lengths around vectors and blocks, and sequences without queries or keys.
const QUERIES = [1, 63, 0, 7, 130, 3, 0];
const KEYS = [65, 63, 4, 0, 130, 511, 0];

const starts = (lengths: readonly number[]): Tensor & { data: Int32Array } => ({
  type: 'int32',
  data: Int32Array.from([0, ...lengths.map((_, i) => sum(lengths.slice(0, i + 1)))]),
  dims: [lengths.length + 1],
});
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

const q = gaussian([sum(QUERIES), HQ, D], 1, 0.5);
const k = gaussian([sum(KEYS), HKV, D], 2, 0.5);
const v = gaussian([sum(KEYS), HKV, DV], 3);
const packed = { q, k, v, cuSeqlensQ: starts(QUERIES), cuSeqlensK: starts(KEYS) };

/** Rows of one sequence as [1, heads, length, dim]. */
function sequence({ data, dims }: Floats, first: number, length: number): Floats {
  const [, heads, dim] = dims as [number, number, number];
  return floats([1, heads, length, dim], (i) => {
    const [head, row] = [Math.floor(i / dim / length), Math.floor(i / dim) % length];
    return data[((first + row) * heads + head) * dim + (i % dim)]!;
  });
}

const CALLS: AttentionOptions[] = [
  {},
  { isCausal: true, logSumExp: true },
  { leftWindowSize: 20, rightWindowSize: 3, softcap: 2, scale: 0.7 },
  { method: 'taylor' },
  { method: 'taylor', order: 2, isCausal: true },
];

for (const options of CALLS) {
  testEngines(test, `each is a call of its own: ${JSON.stringify(options)}`, async (engine) => {
    const { output, logSumExp } = await attention(engine, packed, options);
    assert.equal(output.dims, [sum(QUERIES), HQ, DV]);
    for (let s = 0; s < QUERIES.length; s++) {
      const [query, key] = [sum(QUERIES.slice(0, s)), sum(KEYS.slice(0, s))];
      const one = {
        q: sequence(q, query, QUERIES[s]!),
        k: sequence(k, key, KEYS[s]!),
        v: sequence(v, key, KEYS[s]!),
      };
      const alone = await attention(engine, one, options);
      const part = sequence(output as Floats, query, QUERIES[s]!);
      assert.equal(part.data, alone.output.data, `sequence ${s}`);
      const isCentred = options.method === 'taylor' && !options.isCausal && KEYS[s]! > 0;
      const expected = naiveAttention(isCentred ? { ...one, k: subtractMean(one.k) } : one, options);
      assert.ok(difference(part.data, expected.output) <= 2e-6, `sequence ${s}`);
      for (let head = 0; head < HQ && logSumExp; head++) {
        const from = head * sum(QUERIES) + query;
        assert.equal(
          logSumExp.data.slice(from, from + QUERIES[s]!),
          alone.logSumExp!.data.slice(head * QUERIES[s]!, (head + 1) * QUERIES[s]!),
        );
      }
    }
  });
}

testEngines(
  test,
  'tensors of the engine and float16, self-attention by one list of lengths',
  async (engine) => {
    const x = gaussian([20, HQ, D], 5);
    const cuSeqlensQ = starts([3, 17]);
    const expected = await attention(engine, { q: x, k: x, v: x, cuSeqlensQ }, { isCausal: true });
    const placed = EngineTensor.from(engine, x);
    const out = new EngineTensor(engine, [20, HQ, D]);
    const { output } = await attention(
      engine,
      { q: placed, k: placed, v: placed, cuSeqlensQ },
      { isCausal: true, out },
    );
    assert.is(output, out);
    assert.equal([...out.data], [...expected.output.data]);
    for (const tensor of [placed, out]) tensor.release();
    const half: Tensor = {
      type: 'float16',
      data: Uint16Array.from({ length: 20 * HQ * D }, (_, i) => 0x3000 + i),
      dims: x.dims,
    };
    const single = await attention(engine, { q: half, k: half, v: half, cuSeqlensQ });
    assert.ok(single.output.data.every(Number.isFinite));
  },
);

test('threads share the sequences of a call and change nothing', () =>
  assertSameEverywhere(packed, { isCausal: true, leftWindowSize: 200 }));

testEngines(test, 'out may be an input: no sequence reads what another one has written', async (engine) => {
  const x = gaussian([20, HQ, D], 6);
  // The first sequence writes rows that are keys of the second.
  const lists = { cuSeqlensQ: starts([17, 3]), cuSeqlensK: starts([3, 17]) };
  for (const method of ['exact', 'taylor'] as const) {
    const expected = await attention(engine, { q: x, k: x, v: x, ...lists }, { method });
    const placed = EngineTensor.from(engine, x);
    const inputs = { q: placed, k: placed, v: placed, ...lists };
    const { output } = await attention(engine, inputs, { method, out: placed });
    assert.equal([...output.data], [...expected.output.data], method);
    placed.release();
  }
});

const BAD: [change: object, options: object, message: string][] = [
  [{ q: gaussian([4, 24], 1) }, {}, 'q: given dims [4, 24], expected [total, heads, dim]'],
  [{ cuSeqlensQ: undefined }, {}, 'cuSeqlensQ: expected a tensor { data, dims }, got undefined'],
  [
    { cuSeqlensQ: { ...starts(QUERIES), dims: [2, 4] } },
    {},
    'cuSeqlensQ: given dims [2, 4], expected [sequences + 1]',
  ],
  [
    { cuSeqlensQ: { data: new Float32Array(3), dims: [3] } },
    {},
    'cuSeqlensQ: given type float32, expected int32',
  ],
  [{ cuSeqlensQ: starts([204, 1]) }, {}, 'cuSeqlensQ: ends with 205, expected 204, the rows of q'],
  [
    { cuSeqlensK: { data: Int32Array.from([1, 773]), dims: [2] } },
    {},
    'cuSeqlensK: begins with 1, expected 0',
  ],
  [
    { cuSeqlensK: { data: Int32Array.from([0, 9, 8, 773]), dims: [4] } },
    {},
    'cuSeqlensK: given 8 after 9, expected numbers that do not fall',
  ],
  [{ cuSeqlensK: starts([773]) }, {}, 'cuSeqlensK: given 2 numbers, expected 8 as in cuSeqlensQ'],
  [{ cuSeqlensK: undefined }, {}, 'cuSeqlensK: missing, but k has 773 rows and q 204'],
  [{ v: gaussian([772, HKV, DV], 1) }, {}, 'v: length 772, expected 773 as in k'],
  [{ v: gaussian([773, 1, DV], 1) }, {}, 'v: head count 1, expected 2 as in k'],
  [{ k: gaussian([773, HKV, 7], 1) }, {}, 'k: headDim 7, expected 6 as in q'],
  [{ q: gaussian([204, 3, D], 1) }, {}, 'q: 3 heads, expected a positive multiple of the 2 heads of k'],
  [{ mask: gaussian([4], 1) }, {}, 'mask: unknown input, expected one of q, k, v, cuSeqlensQ, cuSeqlensK'],
  [{ cuSeqlensK: 0 }, {}, 'cuSeqlensK: expected a tensor { data, dims }, got number'],
  [{}, { out: Number.NaN }, 'out: expected an EngineTensor of this engine'],
  [{}, { qNumHeads: 4 }, 'qNumHeads: expected none with packed sequences'],
  [{}, { method: 'auto' }, 'method: given "auto", expected "exact" or "taylor" with packed sequences'],
  [{}, { softcap: -1 }, 'softcap: given -1, expected a number from 0'],
];
for (const [change, options, message] of BAD) {
  test(`refused: ${message}`, async () => {
    const engine = await sharedEngine('simd');
    const before = engine.memory.peak;
    await rejects(attention(engine, { ...packed, ...change } as PackedInputs, options), message);
    assert.is(engine.memory.peak, before);
  });
}

test('beyond the limit of memory it says what it needs, and takes nothing', async () => {
  await withEngine({ memoryLimit: 2 ** 20 }, async (engine) => {
    const x = gaussian([3000, 2, 32], 1);
    const message = 'memory: this call needs 2.9 MiB, the limit is 1.0 MiB';
    await rejects(attention(engine, { q: x, k: x, v: x, cuSeqlensQ: starts([3000]) }), message);
  });
});

test.run();
