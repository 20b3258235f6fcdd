import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EngineTensor } from '#engine/attention/engine-tensor.js';
import { bfloat16ToNumber, toBfloat16, toFloat16 } from '#engine/attention/half-precision.js';
import { float16ToNumber, type Tensor } from '#engine/attention/tensor.js';
import { linearAttention } from '#engine/recurrent/linear-attention.js';
import { MemoryLimitError } from '#engine/runtime/memory.js';
import { floats } from '../attention/tensors.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testTiers, withEngine } from '../tiers.js';
import { randomCall, relativeDifference } from './calls.js';
import { naiveLinearAttention } from './naive.js';

const test = suite('arguments of linear attention');
const { inputs: good, attributes } = randomCall({
  rule: 'gated_delta',
  tokens: 6,
  batches: 2,
  kvHeads: 2,
  group: 2,
});
const zeros = (...dims: number[]) => floats(dims, () => 0);

// biome-ignore format: one case a line
const CASES: [inputs: object, attributes: object, message: string][] = [
  [{ query: undefined }, {}, 'query: expected a tensor { data, dims }, got undefined'],
  [{ query: zeros(2, 4, 6, 8) }, {}, 'query: given dims [2, 4, 6, 8], expected [batch, tokens, heads·dim]'],
  [{ query: zeros(2, 6, 33) }, {}, 'query: last dimension 33, expected a positive multiple of qNumHeads 4'],
  [{ query: zeros(2, 6, 0) }, {}, 'query: last dimension 0, expected a positive multiple of qNumHeads 4'],
  [{ key: zeros(2, 5, 16) }, {}, 'key: given dims [2, 5, 16], expected [2, 6, 16]'],
  [{ value: zeros(1, 6, 16) }, {}, 'value: given dims [1, 6, 16], expected [2, 6, 16]'],
  [{ value: zeros(2, 6, 15) }, {}, 'value: last dimension 15, expected a positive multiple of kvNumHeads 2'],
  [{ pastState: zeros(2, 2, 8, 7) }, {}, 'pastState: given dims [2, 2, 8, 7], expected [2, 2, 8, 8]'],
  [{ decay: undefined }, {}, 'decay: missing, updateRule "gated_delta" needs it'],
  [{ beta: undefined }, {}, 'beta: missing, updateRule "gated_delta" needs it'],
  [{}, { updateRule: 'delta' }, 'decay: given, but updateRule "delta" has none'],
  [{}, { updateRule: 'gated' }, 'beta: given, but updateRule "gated" has none'],
  [{ decay: zeros(2, 6, 4) }, {}, 'decay: given dims [2, 6, 4], expected [2, 6, 2] or [2, 6, 16]'],
  [{ beta: zeros(2, 6, 3) }, {}, 'beta: given dims [2, 6, 3], expected [2, 6, 2] or [2, 6, 1]'],
  [{ beta: { type: 'bool', data: new Uint8Array(24), dims: [2, 6, 2] } }, {}, 'beta: given type bool, expected float32 or float16 or bfloat16'],
  [{}, { updateRule: 'deltanet' }, 'updateRule: given "deltanet", expected one of linear, gated, delta, gated_delta'],
  [{}, { qNumHeads: 3 }, 'qNumHeads: given 3, expected a multiple of kvNumHeads 2'],
  [{}, { qNumHeads: undefined }, 'qNumHeads: given undefined, expected a whole number from 1'],
  [{}, { kvNumHeads: 0 }, 'kvNumHeads: given 0, expected a whole number from 1'],
  [{}, { scale: Number.NaN }, 'scale: given NaN, expected a finite number'],
  [{}, { scale: 1e39 }, 'scale: given 1e+39, expected a magnitude of at most 1.70e+38'],
  [{ decay: null }, {}, 'decay: missing, updateRule "gated_delta" needs it'],
  [{ beta: null }, {}, 'beta: missing, updateRule "gated_delta" needs it'],
  [{ pastState: 0 }, {}, 'pastState: expected a tensor { data, dims }, got number'],
  [{}, { outState: '' }, 'outState: expected an EngineTensor of this engine'],
  [{}, { chunkSize: 0 }, 'chunkSize: given 0, expected a whole number from 1'],
  [{}, { heads: 2 }, 'heads: unknown option, expected one of qNumHeads'],
  [{ q: zeros(1) }, {}, 'q: unknown input, expected one of query, key, value'],
  [{}, { out: { data: new Float32Array(1), dims: [1] } }, 'out: expected an EngineTensor of this engine'],
];

for (const [inputs, given, message] of CASES) {
  test(message, async () => {
    const engine = await sharedEngine('simd');
    engine.arena.resetPeak();
    const before = engine.arena.peak;
    const error = await rejects(
      linearAttention(engine, { ...good, ...inputs }, { ...attributes, ...given }),
      message,
    );
    assert.ok(['TypeError', 'RangeError'].includes(error.name), error.name);
    assert.is(engine.arena.peak, before, 'memory was taken');
  });
}

test('a tensor for the state has its shape', async () => {
  const engine = await sharedEngine('simd');
  const outState = new EngineTensor(engine, [2, 2, 8, 9]);
  await rejects(
    linearAttention(engine, good, { ...attributes, outState }),
    'outState: given dims [2, 2, 8, 9], expected [2, 2, 8, 8]',
    RangeError,
  );
  outState.release();
});

testTiers(test, 'results over inputs of the same call: what other tensors hold', async (engine) => {
  // As many numbers in the state as in the tokens, so that each input can be overwritten by each result.
  const [L, H, D] = [64, 2, 64];
  const inputs = randomCall({ rule: 'gated_delta', tokens: L, kvHeads: H, dk: D, dv: D, past: true }).inputs;
  const options = { qNumHeads: H, kvNumHeads: H } as const;
  const expected = await linearAttention(engine, inputs, options);
  for (const result of ['out', 'outState'] as const) {
    const dims = result === 'out' ? [1, L, H * D] : [1, H, D, D];
    for (const name of ['query', 'key', 'value', 'pastState'] as const) {
      const placed = new EngineTensor(engine, dims);
      placed.data.set(inputs[name]!.data as Float32Array);
      const own = {
        dims: inputs[name]!.dims,
        get data() {
          return placed.data;
        },
      };
      const given = await linearAttention(
        engine,
        { ...inputs, [name]: own },
        { ...options, [result]: placed },
      );
      assert.equal([...given.output.data], [...expected.output.data], `${result} is ${name}`);
      assert.equal([...given.presentState.data], [...expected.presentState.data], `${result} is ${name}`);
      placed.release();
    }
  }
  const both = new EngineTensor(engine, [1, L, H * D]);
  const state = { dims: [1, H, D, D], data: both.data } as unknown as EngineTensor;
  await rejects(
    linearAttention(engine, inputs, { ...options, out: both, outState: state }),
    'outState: shares memory with out, expected another tensor',
  );
  both.release();
});

test('beyond the limit, nothing is taken', async () => {
  await withEngine({ memoryLimit: 2 ** 20 }, async (engine) => {
    const { inputs, attributes: large } = randomCall({ rule: 'linear', tokens: 100_000, dk: 1, dv: 1 });
    const before = engine.arena.peak;
    await rejects(linearAttention(engine, inputs, large), 'memory: this call needs', MemoryLimitError);
    assert.is(engine.arena.peak, before);
  });
});

testTiers(test, 'scale is a factor of the outputs, and 0 stands for the default', async (engine) => {
  const { output } = await linearAttention(engine, good, attributes);
  const zero = await linearAttention(engine, good, { ...attributes, scale: 0, chunkSize: 16 });
  assert.equal(zero.output.data, output.data);
  const scaled = await linearAttention(engine, good, { ...attributes, scale: -3 });
  const expected = Float64Array.from(output.data, (x) => x * -3 * Math.sqrt(8));
  assert.ok(relativeDifference(scaled.output.data, expected) <= 1e-6);
  const { updateRule: _, ...rest } = attributes;
  assert.equal((await linearAttention(engine, good, rest)).output.data, output.data);
});

const FORMATS = [
  ['float16', toFloat16, float16ToNumber, 2 ** -11],
  ['bfloat16', toBfloat16, bfloat16ToNumber, 2 ** -8],
] as const;

for (const [type, narrow, widen, precision] of FORMATS) {
  testTiers(test, `${type} is widened, and results have the types of query and past`, async (engine) => {
    const { inputs, attributes: given } = randomCall({ rule: 'gated_delta', tokens: 70, past: true });
    const half = (tensor: Tensor): Tensor => ({
      type,
      data: Uint16Array.from(tensor.data as Float32Array, narrow),
      dims: tensor.dims,
    });
    const wide = (tensor: Tensor) =>
      floats(tensor.dims, (i) => widen((half(tensor).data as Uint16Array)[i]!));
    const map = (change: (tensor: Tensor) => Tensor) => ({
      ...{ query: change(inputs.query), key: change(inputs.key), value: change(inputs.value) },
      ...{ decay: change(inputs.decay!), beta: change(inputs.beta!) },
    });
    const past = inputs.pastState!;
    const expected = naiveLinearAttention({ ...map(wide), pastState: past }, given);
    const result = await linearAttention(engine, { ...map(half), pastState: past }, given);
    assert.equal([result.output.type, result.presentState.type], [type, 'float32']);
    const output = Float64Array.from(result.output.data, widen);
    expected.output.forEach((x, i) => {
      assert.ok(Math.abs(output[i]! - x) <= precision * Math.abs(x) + 1e-5, `${output[i]} for ${x}`);
    });
    assert.ok(relativeDifference(result.presentState.data, expected.state) <= 3e-6);
    const fresh = await linearAttention(engine, map(half), given);
    assert.is(fresh.presentState.type, type);
  });

  test(`${type}: every number is rounded to itself, and what lies between to the nearer, or the even one`, () => {
    for (let bits = 0; bits < 65536; bits++) {
      const x = widen(bits);
      if (Number.isNaN(x)) assert.ok(Number.isNaN(widen(narrow(x))));
      else assert.is(narrow(x), bits);
      const next = widen(bits + 1);
      if (bits === 0xffff || !Number.isFinite(x) || !Number.isFinite(next)) continue;
      const middle = (x + next) / 2;
      assert.is(narrow(middle), bits % 2 === 0 ? bits : bits + 1, `half-way above ${x}`);
    }
  });
}

test.run();
