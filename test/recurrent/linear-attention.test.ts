import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EngineTensor } from '#engine/attention/engine-tensor.js';
import { linearAttention } from '#engine/recurrent/linear-attention.js';

import { type Floats, sameBits, slice } from '../attention/tensors.js';
import { type Engine, sharedEngine, testEngines, testTiers, tiers } from '../tiers.js';
import { type CallShape, type FloatInputs, randomCall, relativeDifference, VARIANTS } from './calls.js';

const test = suite('linear attention by rules');

async function compare(engine: Engine, shape: CallShape, tolerance = 3e-6): Promise<void> {
  const { inputs, attributes, expected } = randomCall(shape);
  const { output, presentState } = await linearAttention(engine, inputs, attributes);
  const errors = [
    relativeDifference(output.data, expected.output),
    relativeDifference(presentState.data, expected.state),
  ];
  assert.ok(
    errors.every((error) => error <= tolerance),
    `${JSON.stringify(shape)}: output ${errors[0]}, state ${errors[1]}`,
  );
}

for (const { rule, byKey, name } of VARIANTS) {
  testTiers(test, `${name}: borders of chunks`, async (engine) => {
    for (const tokens of [1, 2, 4, 5, 8, 9, 17, 23, 24, 25, 48, 49, 63, 64, 65, 127, 129]) {
      await compare(engine, { rule, byKey, tokens, dk: 16, dv: 24, past: tokens % 2 > 0 });
    }
  });

  testEngines(test, `${name}: odd sizes, batches and groups of heads`, async (engine) => {
    for (const [dk, dv, kvHeads, group] of [
      [1, 1, 1, 1],
      [3, 5, 2, 3],
      [7, 17, 3, 1],
      [9, 8, 1, 4],
      [130, 33, 1, 2],
    ] as const) {
      for (const tokens of [3, 70]) {
        const shape = { rule, byKey, tokens, dk, dv, kvHeads, group, batches: 2, seed: dk };
        await compare(engine, { ...shape, past: true, sharedBeta: kvHeads === 2 });
      }
    }
  });

  testTiers(test, `${name}: cut anywhere and continued, it is one call`, async (engine) => {
    const { inputs, attributes, expected } = randomCall({ rule, byKey, tokens: 140, dk: 5, dv: 6 });
    const once = Array.from({ length: 139 }, (_, i) => [i + 1]);
    for (const cuts of [...once, [3, 67, 131], [2, 4, 6, 8, 70, 71]]) {
      let pastState: Floats | undefined;
      const outputs: number[] = [];
      for (const [i, from] of [0, ...cuts].entries()) {
        const rows = tokensOf(inputs, from, cuts[i] ?? 140);
        const result = await linearAttention(engine, { ...rows, pastState }, attributes);
        outputs.push(...result.output.data);
        pastState = result.presentState as Floats;
      }
      const errors = [
        relativeDifference(outputs, expected.output),
        relativeDifference(pastState!.data, expected.state),
      ];
      assert.ok(Math.max(...errors) <= 3e-6, `${cuts}: ${errors}`);
    }
  });
}

/** Tokens [from, to) of every input. */
function tokensOf(inputs: FloatInputs, from: number, to: number): FloatInputs {
  const cut = Object.entries(inputs).map(([name, tensor]) => [name, slice(tensor, 1, from, to)]);
  return Object.fromEntries(cut) as FloatInputs;
}

testTiers(test, '8,192 tokens with decays down to −8 a token and rates up to 2', async (engine) => {
  for (const { rule, byKey } of VARIANTS) {
    await compare(engine, { rule, byKey, tokens: 8192, dk: 12, dv: 4, lowestDecay: -8 }, 1e-5);
  }
});

testTiers(test, 'the number of threads changes no bit', async (engine) => {
  for (const kvHeads of [1, 3, 4, 10]) {
    const batches = kvHeads === 3 ? 2 : 1;
    const shape = { rule: 'gated_delta', tokens: 100, dk: 9, dv: 70, kvHeads, batches } as const;
    const { inputs, attributes } = randomCall(shape);
    const { output, presentState } = await linearAttention(engine, inputs, attributes);
    for (const threads of [2, 3]) {
      const other = await linearAttention(await sharedEngine(engine.tier, threads), inputs, attributes);
      assert.ok(sameBits(other.output.data as Float32Array, output.data as Float32Array));
      assert.ok(sameBits(other.presentState.data as Float32Array, presentState.data as Float32Array));
    }
  }
});

test('all tiers with fused products give the same bits', async () => {
  const fused = tiers.filter((tier) => tier !== 'simd');
  for (const { rule, byKey } of VARIANTS) {
    for (const lowestDecay of [-0.1, -2, -20]) {
      const { inputs, attributes } = randomCall({ rule, byKey, tokens: 90, dk: 13, dv: 27, lowestDecay });
      const [first, ...others] = await Promise.all(
        fused.map(async (tier) => linearAttention(await sharedEngine(tier), inputs, attributes)),
      );
      for (const { output, presentState } of others) {
        assert.ok(sameBits(output.data as Float32Array, first!.output.data as Float32Array));
        assert.ok(sameBits(presentState.data as Float32Array, first!.presentState.data as Float32Array));
      }
    }
  }
});

testEngines(test, 'tensors of the engine are read and written where they are', async (engine) => {
  const { inputs, attributes, expected } = randomCall({
    rule: 'gated_delta',
    tokens: 70,
    kvHeads: 2,
    past: true,
  });
  const state = new EngineTensor(engine, inputs.pastState!.dims);
  state.data.set(inputs.pastState!.data);
  const out = new EngineTensor(engine, [1, 70, 16]);
  engine.arena.resetPeak();
  const before = engine.arena.peak;
  const given = { ...inputs, pastState: state };
  const { output, presentState } = await linearAttention(engine, given, {
    ...attributes,
    out,
    outState: state,
  });
  assert.is(output, out);
  assert.is(presentState, state);
  assert.ok(relativeDifference(out.data, expected.output) <= 3e-6);
  assert.ok(relativeDifference(state.data, expected.state) <= 3e-6);
  out.release();
  state.release();
  engine.arena.resetPeak();
  assert.ok(engine.arena.peak < before);
});

testTiers(test, 'no tokens leave the state as it was', async (engine) => {
  const { inputs, attributes } = randomCall({ rule: 'delta', tokens: 0, past: true });
  const { output, presentState } = await linearAttention(engine, inputs, attributes);
  assert.equal(output.dims, [1, 0, 8]);
  assert.equal(presentState.data, inputs.pastState!.data);
});

test.run();
