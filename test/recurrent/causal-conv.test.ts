import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EngineTensor } from '#engine/attention/engine-tensor.js';
import { type CausalConvInputs, causalConv } from '#engine/recurrent/causal-conv.js';
import { runOperator, runtime } from '../attention/onnx-runtime.js';
import { type Floats, floats, gaussian, slice } from '../attention/tensors.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testEngines, testTiers } from '../tiers.js';
import { relativeDifference } from './calls.js';

const test = suite('causal convolution');

interface Shape {
  batches: number;
  channels: number;
  length: number;
  taps: number;
  bias: boolean;
  past: boolean;
  silu: boolean;
  seed: number;
}

type Inputs = { [Name in keyof CausalConvInputs]: Floats };

function inputsOf({ batches, channels, length, taps, bias, past, seed }: Shape): Inputs {
  return {
    input: gaussian([batches, channels, length], seed),
    weight: gaussian([channels, 1, taps], seed + 1),
    ...(bias && { bias: gaussian([channels], seed + 2) }),
    ...(past && { pastState: gaussian([batches, channels, taps - 1], seed + 3) }),
  };
}

/** In float64, from the standard's text. */
function naive({ input, weight, bias, pastState }: Inputs, silu: boolean) {
  const [batches, channels, length] = input.dims as [number, number, number];
  const taps = weight.dims[2]!;
  const output: number[] = [];
  const state: number[] = [];
  for (let row = 0; row < batches * channels; row++) {
    const past = pastState
      ? [...pastState.data.subarray(row * (taps - 1), (row + 1) * (taps - 1))]
      : Array(taps - 1).fill(0);
    const x = [...past, ...input.data.subarray(row * length, (row + 1) * length)];
    const channel = row % channels;
    for (let t = 0; t < length; t++) {
      let sum = bias ? bias.data[channel]! : 0;
      for (let j = 0; j < taps; j++) sum += weight.data[channel * taps + j]! * x[t + j]!;
      output.push(silu ? sum / (1 + Math.exp(-sum)) : sum);
    }
    state.push(...x.slice(x.length - (taps - 1)));
  }
  return { output, state };
}

const shape = fc.record({
  batches: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 5 }),
  length: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 2040, max: 2060 })),
  taps: fc.integer({ min: 1, max: 9 }),
  bias: fc.boolean(),
  past: fc.boolean(),
  silu: fc.boolean(),
  seed: fc.nat(1e6),
});

testEngines(test, 'what the formula gives in float64, and the last inputs as state', async (engine) => {
  const property = fc.asyncProperty(shape, async (given) => {
    const inputs = inputsOf(given);
    const expected = naive(inputs, given.silu);
    const activation = given.silu ? 'silu' : 'none';
    const { output, presentState } = await causalConv(engine, inputs, { activation });
    assert.equal(output.dims, inputs.input.dims);
    assert.equal(presentState.dims, [given.batches, given.channels, given.taps - 1]);
    assert.ok(relativeDifference(output.data, expected.output) <= 1e-6);
    assert.equal(Array.from(presentState.data), expected.state);
  });
  await fc.assert(property, { numRuns: 30, seed: 4 });
});

testTiers(test, 'cut anywhere and continued in place, it is one call', async (engine) => {
  const inputs = inputsOf({
    batches: 2,
    channels: 3,
    length: 40,
    taps: 4,
    bias: true,
    past: false,
    silu: true,
    seed: 5,
  });
  const expected = naive(inputs, true);
  const state = new EngineTensor(engine, [2, 3, 3]);
  state.data.fill(0);
  const found = new Float64Array(expected.output.length);
  const cuts = [0, 1, 2, 4, 11, 12, 33, 40];
  for (const [i, to] of cuts.slice(1).entries()) {
    const from = cuts[i]!;
    const part = { ...inputs, input: slice(inputs.input, 2, from, to), pastState: state };
    const { output } = await causalConv(engine, part, { activation: 'swish', outState: state });
    output.data.forEach((x, at) => {
      found[Math.floor(at / (to - from)) * 40 + from + (at % (to - from))] = x;
    });
  }
  assert.ok(relativeDifference(found, expected.output) <= 1e-6);
  assert.equal(Array.from(state.data), expected.state);
  state.release();
});

if (runtime) {
  testTiers(test, 'com.microsoft.CausalConvWithState of onnxruntime-node gives the same', async (engine) => {
    const property = fc.asyncProperty(shape, async (given) => {
      if (given.length === 0 || given.taps === 1) return;
      const inputs = inputsOf(given);
      const activation = given.silu ? 'silu' : 'none';
      const names = ['input', 'weight', 'bias', 'pastState'] as const;
      const operator = {
        opType: 'CausalConvWithState',
        domain: 'com.microsoft',
        opset: 1,
        inputs: names.map((name) => (inputs[name] ? name : undefined)),
        outputs: ['output', 'state'],
        attributes: { activation },
      };
      const expected = await runOperator(operator, Object.fromEntries(Object.entries(inputs)));
      const { output, presentState } = await causalConv(engine, inputs, { activation });
      assert.ok(relativeDifference(output.data, expected.output!.data) <= 1e-6);
      assert.equal(presentState.data, expected.state!.data);
    });
    await fc.assert(property, { numRuns: 20, seed: 6 });
  });
}

testTiers(test, 'SiLU of what is large, infinite or NaN', async (engine) => {
  const values = [
    0,
    -0,
    1e-30,
    30,
    -30,
    88,
    -88,
    100,
    -100,
    1e30,
    -1e30,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ];
  const input = floats([1, 1, values.length], (i) => values[i]!);
  const weight = floats([1, 1, 1], () => 1);
  const { output } = await causalConv(engine, { input, weight }, { activation: 'silu' });
  values.forEach((x, i) => {
    const expected = x / (1 + Math.exp(-x));
    const actual = output.data[i]!;
    if (Number.isFinite(expected)) {
      assert.ok(
        Math.abs(actual - expected) <= (3e-7 + 1e-7 * Math.abs(x)) * Math.abs(expected) + 1e-37,
        `${actual} for ${expected}`,
      );
    } else assert.ok(Object.is(actual, expected), `${actual} for ${expected}`);
  });
});

const good = { input: floats([2, 3, 5], () => 0), weight: floats([3, 1, 4], () => 0) };
// biome-ignore format: one case a line
const CASES: [inputs: object, options: object, message: string][] = [
  [{ input: undefined }, {}, 'input: expected a tensor { data, dims }, got undefined'],
  [{ input: floats([3, 5], () => 0) }, {}, 'input: given dims [3, 5], expected [batch, channels, length]'],
  [{ weight: floats([2, 1, 4], () => 0) }, {}, 'weight: given dims [2, 1, 4], expected [3, 1, k], k from 1'],
  [{ weight: floats([3, 1, 0], () => 0) }, {}, 'weight: given dims [3, 1, 0], expected [3, 1, k], k from 1'],
  [{ bias: floats([4], () => 0) }, {}, 'bias: given dims [4], expected [3]'],
  [{ pastState: floats([2, 3, 4], () => 0) }, {}, 'pastState: given dims [2, 3, 4], expected [2, 3, 3]'],
  [{}, { activation: 'relu' }, 'activation: given "relu", expected one of none, silu, swish'],
  [{ x: good.input }, {}, 'x: unknown input, expected one of input, weight, bias, pastState'],
];
for (const [inputs, options, message] of CASES) {
  test(message, async () => {
    const engine = await sharedEngine('simd');
    engine.arena.resetPeak();
    const before = engine.arena.peak;
    await rejects(causalConv(engine, { ...good, ...inputs }, options), message);
    assert.is(engine.arena.peak, before, 'memory was taken');
  });
}

test.run();
