import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { testTiers } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { runOperator, runtime } from './onnx-runtime.js';
import { onceEach } from './random-call.js';
import { gaussian, inRoundings } from './tensors.js';

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

type Drawn = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function callOf({ seed, batches, heads, queries, headDim, valueDim, isCausal, ...rest }: Drawn) {
  // Its causal form aligns the last query with the last key; with as many of each it is the standard's.
  const keys = isCausal ? queries : rest.keys;
  const inputs = {
    q: gaussian([batches, queries, heads * headDim], seed),
    k: gaussian([batches, keys, heads * headDim], seed + 1),
    v: gaussian([batches, keys, heads * valueDim], seed + 2),
    ...(rest.bias && { mask: gaussian([1, heads, queries, keys], seed + 3) }),
  };
  return { inputs, options: { qNumHeads: heads, kvNumHeads: heads, isCausal } };
}

const roundingOf = onceEach((drawn: Drawn) => {
  const { inputs, options } = callOf(drawn);
  return naiveAttention(inputs, options).rounding.output;
});

if (runtime) {
  testTiers(test, 'random shapes', async (engine) => {
    await fc.assert(
      fc.asyncProperty(shape, async (drawn) => {
        const { inputs, options } = callOf(drawn);
        const { output: expected } = await runOperator(
          {
            opType: 'MultiHeadAttention',
            domain: 'com.microsoft',
            opset: 1,
            inputs: ['q', 'k', 'v', undefined, undefined, drawn.bias ? 'mask' : undefined],
            outputs: ['output'],
            attributes: { num_heads: drawn.heads, unidirectional: Number(drawn.isCausal) },
          },
          inputs,
        );
        const { output } = await attention(engine, inputs, options);
        assert.equal(output.dims, expected!.dims);
        // Two float32 computations, each as far from the truth as rounding allows.
        const error = inRoundings(output.data, expected!.data, roundingOf(drawn)) / 2;
        assert.ok(error <= 1, `off by ${error} of what rounding allows`);
      }),
      { numRuns: 60, seed: 1 },
    );
  });
}

test.run();
