import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linearAttention } from '#engine/recurrent/linear-attention.js';
import { runOperator, runtime } from '../attention/onnx-runtime.js';
import { testTiers } from '../tiers.js';
import { randomCall, relativeDifference } from './calls.js';

const test = suite('linear attention against com.microsoft.LinearAttention of onnxruntime-node');

const shape = fc.record({
  seed: fc.nat(1e6),
  rule: fc.constantFrom('linear', 'gated', 'delta', 'gated_delta'),
  tokens: fc.integer({ min: 1, max: 150 }),
  batches: fc.integer({ min: 1, max: 2 }),
  kvHeads: fc.integer({ min: 1, max: 3 }),
  group: fc.integer({ min: 1, max: 3 }),
  dk: fc.integer({ min: 1, max: 20 }),
  dv: fc.integer({ min: 1, max: 40 }),
  byKey: fc.boolean(),
  sharedBeta: fc.boolean(),
  past: fc.boolean(),
  lowestDecay: fc.constantFrom(-0.1, -1, -8),
});

if (runtime) {
  testTiers(test, 'the same outputs and the same state', async (engine) => {
    const property = fc.asyncProperty(shape, async (given) => {
      const { inputs, attributes } = randomCall(given);
      const names = ['query', 'key', 'value', 'pastState', 'decay', 'beta'] as const;
      const feeds = Object.fromEntries(Object.entries(inputs));
      const expected = await runOperator(
        {
          opType: 'LinearAttention',
          domain: 'com.microsoft',
          opset: 1,
          inputs: names.map((name) => (inputs[name] ? name : undefined)),
          outputs: ['output', 'state'],
          attributes: {
            q_num_heads: attributes.qNumHeads,
            kv_num_heads: attributes.kvNumHeads,
            update_rule: given.rule,
          },
        },
        feeds,
      );
      const { output, presentState } = await linearAttention(engine, inputs, attributes);
      assert.equal(output.dims, [...expected.output!.dims]);
      assert.equal(presentState.dims, [...expected.state!.dims]);
      const errors = [
        relativeDifference(output.data, expected.output!.data),
        relativeDifference(presentState.data, expected.state!.data),
      ];
      assert.ok(Math.max(...errors) <= 5e-6, `off by ${errors}`);
    });
    await fc.assert(property, { numRuns: 40, seed: 3 });
  });
}

test.run();
