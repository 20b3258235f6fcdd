import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { testTiers } from '../tiers.js';
import { runOperator, runtime } from './onnx-runtime.js';
import { difference, gaussian } from './tensors.js';

const test = suite('com.microsoft.MultiHeadAttention of onnxruntime-node');

const shape = fc.record({
  seed: fc.nat(1e6),
  batches: fc.integer({ min: 1, max: 2 }),
  heads: fc.integer({ min: 1, max: 4 }),
  queries: fc.integer({ min: 1, max: 90 }),
  keys: fc.integer({ min: 1, max: 300 }),
  headDim: fc.integer({ min: 1, max: 70 }),
  valueDim: fc.integer({ min: 1, max: 70 }),
  isCausal: fc.boolean(),
  bias: fc.boolean(),
});

if (runtime) {
  testTiers(test, 'random shapes', async (engine) => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        async ({ seed, batches, heads, queries, headDim, valueDim, isCausal, ...rest }) => {
          // Its causal form aligns the last query with the last key; with as many of each it is the standard's.
          const keys = isCausal ? queries : rest.keys;
          const feeds = {
            q: gaussian([batches, queries, heads * headDim], seed),
            k: gaussian([batches, keys, heads * headDim], seed + 1),
            v: gaussian([batches, keys, heads * valueDim], seed + 2),
            ...(rest.bias && { mask: gaussian([1, heads, queries, keys], seed + 3) }),
          };
          const { output: expected } = await runOperator(
            {
              opType: 'MultiHeadAttention',
              domain: 'com.microsoft',
              opset: 1,
              inputs: ['q', 'k', 'v', undefined, undefined, rest.bias ? 'mask' : undefined],
              outputs: ['output'],
              attributes: { num_heads: heads, unidirectional: Number(isCausal) },
            },
            feeds,
          );
          const { output } = await attention(engine, feeds, {
            qNumHeads: heads,
            kvNumHeads: heads,
            isCausal,
          });
          assert.equal(output.dims, expected!.dims);
          const error = difference(output.data, expected!.data);
          // Scores of N(0, 1) entries at the default scale stay below 6.
          assert.ok(error <= 2e-6, `off by ${error}`);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });
}

test.run();
