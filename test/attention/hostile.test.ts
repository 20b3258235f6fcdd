import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { rejects } from '../rejects.js';
import { sharedEngine } from '../tiers.js';
import { floats, gaussian, lengths } from './tensors.js';

const test = suite('hostile input');
type Loose = Record<string, unknown>;
const tensor = (...dims: number[]) => gaussian(dims, 1);
const good = { q: tensor(2, 4, 3, 8), k: tensor(2, 2, 5, 8), v: tensor(2, 2, 5, 6) };
const flat = { q: tensor(2, 3, 32), k: tensor(2, 5, 16), v: tensor(2, 5, 12) };
const heads = { qNumHeads: 4, kvNumHeads: 2 };
const past = { pastKey: tensor(2, 2, 7, 8), pastValue: tensor(2, 2, 7, 6) };
const rates = { exact: 1e10, taylor: 1e10 };
const bytes = (...dims: number[]) => ({ data: new Uint8Array(dims.reduce((a, b) => a * b, 1)), dims });

/** Input, options, and the message, or how it begins: the argument, what was given and what was expected. */
const CASES: [inputs: Loose, options: Loose, message: string][] = [
  [{ ...good, q: undefined }, {}, 'q: expected a tensor { data, dims }, got undefined'],
  [{ ...good, k: null }, {}, 'k: expected a tensor { data, dims }, got null'],
  [{ ...good, v: 7 }, {}, 'v: expected a tensor { data, dims }, got number'],
  [{ ...good, q: { data: good.q.data } }, {}, 'q: expected a tensor { data, dims }, got object'],
  [{ ...good, q: { ...good.q, type: 'int8' } }, {}, 'q: given type int8, expected float32 or float16'],
  [
    { ...good, q: { data: new Float64Array(192), dims: good.q.dims } },
    {},
    'q: given type Float64Array, expected float32 or float16',
  ],
  [
    { ...good, k: { type: 'float16', data: new Uint8Array(160), dims: good.k.dims } },
    {},
    'k: type float16 is held in Float16Array or Uint16Array, got Uint8Array',
  ],
  [
    { ...good, q: { ...good.q, dims: [2, 4, 3, 9] } },
    {},
    'q: dims [2, 4, 3, 9] hold 216 elements, data has 192',
  ],
  [
    { ...good, q: { ...good.q, dims: [2, 4, -3, -8] } },
    {},
    'q: given dims [2, 4, -3, -8], expected whole numbers from 0',
  ],
  [
    { ...good, q: { ...good.q, dims: [2, 4, 1.5, 16] } },
    {},
    'q: given dims [2, 4, 1.5, 16], expected whole numbers from 0',
  ],
  [
    { ...good, q: { ...good.q, dims: [2, 4, Number.NaN, 8] } },
    {},
    'q: given dims [2, 4, NaN, 8], expected whole numbers from 0',
  ],
  [
    { ...good, q: { ...good.q, dims: [8, 24] } },
    {},
    'q, k, v: given 2, 4 and 4 dimensions, expected the same number',
  ],
  [
    { q: tensor(4, 8), k: tensor(4, 8), v: tensor(4, 8) },
    {},
    'q: given dims [4, 8], expected [batch, heads, length, dim] or [batch, length, heads·dim]',
  ],
  [good, { qNumHeads: 3 }, 'qNumHeads: given 3, but q has 4 heads'],
  [good, { kvNumHeads: 4 }, 'kvNumHeads: given 4, but k has 2 heads'],
  [flat, { kvNumHeads: 2 }, 'qNumHeads: needed, because q has three dimensions'],
  [flat, { qNumHeads: 4 }, 'kvNumHeads: needed, because k has three dimensions'],
  [flat, { ...heads, qNumHeads: 0 }, 'qNumHeads: given 0, expected a whole number from 1'],
  [flat, { ...heads, qNumHeads: 2.5 }, 'qNumHeads: given 2.5, expected a whole number from 1'],
  [flat, { ...heads, qNumHeads: 5 }, 'q: last dimension 32 is not a multiple of qNumHeads 5'],
  [flat, { qNumHeads: 8, kvNumHeads: 2 }, 'k: headDim 8, expected 4 as in q'],
  [{ ...good, k: tensor(1, 2, 5, 8) }, {}, 'k: batch 1, expected 2 as in q'],
  [{ ...good, v: tensor(3, 2, 5, 6) }, {}, 'v: batch 3, expected 2 as in q'],
  [{ ...good, v: tensor(2, 4, 5, 6) }, {}, 'v: head count 4, expected 2 as in k'],
  [{ ...good, v: tensor(2, 2, 4, 6) }, {}, 'v: length 4, expected 5 as in k'],
  [{ ...good, k: tensor(2, 2, 5, 7) }, {}, 'k: headDim 7, expected 8 as in q'],
  [
    { q: tensor(1, 1, 1, 513), k: tensor(1, 1, 1, 513), v: tensor(1, 1, 1, 1) },
    {},
    'headDim: given 513, expected 1 to 512',
  ],
  [
    { q: tensor(1, 1, 1, 0), k: tensor(1, 1, 1, 0), v: tensor(1, 1, 1, 1) },
    {},
    'headDim: given 0, expected 1 to 512',
  ],
  [
    { q: tensor(1, 1, 1, 1), k: tensor(1, 1, 1, 1), v: tensor(1, 1, 1, 513) },
    {},
    'valueDim: given 513, expected 1 to 512',
  ],
  [
    { q: tensor(2, 3, 3, 8), k: good.k, v: good.v },
    {},
    'q: 3 heads, expected a positive multiple of the 2 heads of k',
  ],
  [
    { q: tensor(2, 0, 3, 8), k: good.k, v: good.v },
    {},
    'q: 0 heads, expected a positive multiple of the 2 heads of k',
  ],
  [
    { q: tensor(0, 1, 2 ** 31, 1), k: tensor(0, 1, 2 ** 31, 1), v: tensor(0, 1, 2 ** 31, 1) },
    {},
    'k: 2147483648 rows, expected at most 2147418112',
  ],
  [
    { ...good, pastKey: past.pastKey },
    {},
    'pastValue: missing, expected both pastKey and pastValue or neither',
  ],
  [
    { ...good, pastValue: past.pastValue },
    {},
    'pastKey: missing, expected both pastKey and pastValue or neither',
  ],
  [
    { ...good, ...past, nonpadKvSeqlen: lengths(1, 2) },
    {},
    'nonpadKvSeqlen: cannot be given together with pastKey and pastValue',
  ],
  [
    { ...good, ...past, pastKey: tensor(2, 2, 7, 6) },
    {},
    'pastKey: given dims [2, 2, 7, 6], expected [2, 2, 7, 8]',
  ],
  [
    { ...good, ...past, pastValue: tensor(2, 2, 6, 6) },
    {},
    'pastValue: given dims [2, 2, 6, 6], expected [2, 2, 7, 6]',
  ],
  [
    { ...good, ...past, pastKey: tensor(2, 7, 16) },
    {},
    'pastKey: given dims [2, 7, 16], expected [2, 2, 16, 8]',
  ],
  [
    { ...good, mask: tensor(3, 6) },
    {},
    'mask: given dims [3, 6], expected dims that broadcast to [2, 4, 3, 5], the last at most 5',
  ],
  [
    { ...good, mask: tensor(2, 5) },
    {},
    'mask: given dims [2, 5], expected dims that broadcast to [2, 4, 3, 5], the last at most 5',
  ],
  [
    { ...good, mask: tensor() },
    {},
    'mask: given dims [], expected dims that broadcast to [2, 4, 3, 5], the last at most 5',
  ],
  [
    { ...good, mask: tensor(1, 1, 1, 1, 5) },
    {},
    'mask: given dims [1, 1, 1, 1, 5], expected dims that broadcast to [2, 4, 3, 5], the last at most 5',
  ],
  [
    { ...good, mask: lengths(1, 2, 3, 4, 5) },
    {},
    'mask: given type int64, expected bool or float32 or float16',
  ],
  [{ ...good, nonpadKvSeqlen: lengths(1) }, {}, 'nonpadKvSeqlen: given dims [1], expected [2]'],
  [{ ...good, nonpadKvSeqlen: lengths(1, 6) }, {}, 'nonpadKvSeqlen: given 6, expected 0 to 5'],
  [{ ...good, nonpadKvSeqlen: lengths(-1, 5) }, {}, 'nonpadKvSeqlen: given -1, expected 0 to 5'],
  [{ ...good, nonpadKvSeqlen: bytes(2) }, {}, 'nonpadKvSeqlen: given type bool, expected int64 or int32'],
  [good, { scale: Number.NaN }, 'scale: given NaN, expected a finite number'],
  [good, { scale: Number.POSITIVE_INFINITY }, 'scale: given Infinity, expected a finite number'],
  [good, { scale: 1e39 }, 'scale: given 1e+39, expected a magnitude of at most 1.70e+38'],
  [good, { softcap: '1' }, 'softcap: given "1", expected a number from 0'],
  [good, { softcap: 1e39 }, 'softcap: given 1e+39, expected 0 or 1.18e-38 to 1.70e+38'],
  [good, { softcap: 1e-45 }, 'softcap: given 1e-45, expected 0 or 1.18e-38 to 1.70e+38'],
  [null as unknown as Loose, {}, 'inputs: expected an object { q, k, v }, got null'],
  [undefined as unknown as Loose, {}, 'inputs: expected an object { q, k, v }, got undefined'],
  [good, null as unknown as Loose, 'options: expected an object, got null'],
  [good, { softcap: -1 }, 'softcap: given -1, expected a number from 0'],
  [good, { softcap: Number.POSITIVE_INFINITY }, 'softcap: given Infinity, expected a number from 0'],
  [good, { leftWindowSize: -2 }, 'leftWindowSize: given -2, expected a whole number from -1'],
  [good, { rightWindowSize: 0.5 }, 'rightWindowSize: given 0.5, expected a whole number from -1'],
  [good, { method: 'linear' }, 'method: given "linear", expected "exact", "taylor" or "auto"'],
  [good, { qkMatmulOutputMode: 4 }, 'qkMatmulOutputMode: given 4, expected 0, 1, 2 or 3'],
  [
    { ...good, ...past, pastKey: null },
    {},
    'pastKey: missing, expected both pastKey and pastValue or neither',
  ],
  [{ ...good, mask: false }, {}, 'mask: expected a tensor { data, dims }, got boolean'],
  [{ ...good, nonpadKvSeqlen: 0 }, {}, 'nonpadKvSeqlen: expected a tensor { data, dims }, got number'],
  [good, { scale: '1' }, 'scale: given "1", expected a finite number'],
  [good, { isCausal: 'false' }, 'isCausal: given "false", expected true or false'],
  [good, { logSumExp: {} }, 'logSumExp: given an object, expected true or false'],
  [good, { out: 0 }, 'out: expected an EngineTensor of this engine'],
  [good, { method: 'taylor', near: '0.5' }, 'near: given "0.5", expected a number from 0 to 1'],
  [good, { method: 'taylor', initialState: {} }, 'initialState: expected what createState or loadState made'],
  [
    good,
    { method: 'auto', rates, centroids: '8' },
    'centroids: given "8", expected a whole number from 1 to 4096',
  ],
  [good, { method: 'auto', rates, near: Number.NaN }, 'near: given NaN, expected a number from 0 to 1'],
  [
    good,
    { method: 'auto', rates, subtractMeanQuery: 1 },
    'subtractMeanQuery: given 1, expected true or false',
  ],
  [good, { method: 'auto', rates: {} }, 'rates: given exact undefined, expected what calibrate measured'],
  [good, { causal: true }, 'causal: unknown option, expected one of qNumHeads'],
  [{ ...good, attnMask: bytes(5) }, {}, 'attnMask: unknown input, expected one of q, k, v, mask'],
];

for (const [inputs, options, message] of CASES) {
  test(message, async () => {
    const engine = await sharedEngine('simd');
    engine.arena.resetPeak();
    const before = engine.arena.peak;
    const error = await rejects(attention(engine, inputs as unknown as typeof good, options), message);
    assert.ok(['TypeError', 'RangeError'].includes(error.name), error.name);
    assert.not.match(error.message, '\n');
    assert.is(engine.arena.peak, before, 'memory was taken');
  });
}

test('a window or a scale that is large but whole is taken', async () => {
  const engine = await sharedEngine('simd');
  const expected = await attention(engine, good);
  for (const size of [5, 8, 9, 1000, 2 ** 31, 2 ** 53]) {
    const { output } = await attention(engine, good, { leftWindowSize: size, rightWindowSize: size });
    assert.equal(output.data, expected.output.data, String(size));
  }
});

test('undefined is as good as absent', async () => {
  const engine = await sharedEngine('simd');
  const expected = await attention(engine, good);
  const inputs = {
    ...good,
    mask: undefined,
    pastKey: undefined,
    pastValue: undefined,
    nonpadKvSeqlen: undefined,
  };
  const none = {
    scale: undefined,
    softcap: undefined,
    isCausal: undefined,
    method: undefined,
    order: undefined,
  };
  const { output } = await attention(engine, inputs, none);
  assert.equal(output.data, expected.output.data);
  assert.equal(
    (await attention(engine, { ...good, mask: floats([5], () => 0) })).output.data,
    expected.output.data,
  );
});

test.run();
