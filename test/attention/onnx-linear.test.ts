import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { featureDim, featureMap } from '#engine/attention/feature-map.js';
import { testTiers } from '../tiers.js';
import { runOperator, runtime } from './onnx-runtime.js';
import { difference, type Floats, floats, gaussian } from './tensors.js';

const test = suite('com.microsoft.LinearAttention of onnxruntime-node');

/** φ of every head's row of [B, L, H·D], times a factor: [B, L, H·M]. */
function features({ data, dims }: Floats, heads: number, order: number, factor: number): Floats {
  const [batches, rows, hidden] = dims as [number, number, number];
  const headDim = hidden / heads;
  const phi = Array.from({ length: batches * rows * heads }, (_, i) => {
    return [
      ...featureMap(
        data.subarray(i * headDim, (i + 1) * headDim).map((x) => x * factor),
        order,
      ),
    ];
  });
  const flat = phi.flat();
  return floats([batches, rows, heads * featureDim(headDim, order)], (i) => flat[i]!);
}

/** Values with a column of ones beside each head's: its attention is the denominator. */
function withOnes({ data, dims }: Floats, heads: number): Floats {
  const [batches, rows, hidden] = dims as [number, number, number];
  const dim = hidden / heads;
  return floats([batches, rows, heads * (dim + 1)], (i) => {
    const d = i % (dim + 1);
    return d === dim ? 1 : data[Math.floor(i / (dim + 1)) * dim + d]!;
  });
}

const shape = fc.record({
  seed: fc.nat(1e6),
  batches: fc.integer({ min: 1, max: 2 }),
  kvHeads: fc.integer({ min: 1, max: 2 }),
  group: fc.integer({ min: 1, max: 2 }),
  length: fc.integer({ min: 1, max: 150 }),
  headDim: fc.integer({ min: 1, max: 9 }),
  valueDim: fc.integer({ min: 1, max: 20 }),
  // Even orders only: their denominators are at least 1/2 a key, so that both sides keep their digits.
  order: fc.constantFrom(2, 4),
});

if (runtime) {
  testTiers(test, 'causal linear attention is its recurrence over explicit features', async (engine) => {
    await fc.assert(
      fc.asyncProperty(shape, async ({ seed, batches, kvHeads, group, length, headDim, valueDim, order }) => {
        const heads = kvHeads * group;
        const q = gaussian([batches, length, heads * headDim], seed);
        const k = gaussian([batches, length, kvHeads * headDim], seed + 1);
        const v = gaussian([batches, length, kvHeads * valueDim], seed + 2);
        const scale = 1 / Math.sqrt(headDim);
        const { output: sums } = await runOperator(
          {
            opType: 'LinearAttention',
            domain: 'com.microsoft',
            opset: 1,
            inputs: ['q', 'k', 'v'],
            outputs: ['output', 'state'],
            attributes: {
              q_num_heads: heads,
              kv_num_heads: kvHeads,
              update_rule: 'linear',
              scale: { float: 1 },
            },
          },
          { q: features(q, heads, order, scale), k: features(k, kvHeads, order, 1), v: withOnes(v, kvHeads) },
        );
        const options = {
          method: 'taylor',
          order,
          isCausal: true,
          qNumHeads: heads,
          kvNumHeads: kvHeads,
        } as const;
        const { output } = await attention(engine, { q, k, v }, options);
        const expected = floats(output.dims, (i) => {
          const row = Math.floor(i / valueDim) * (valueDim + 1);
          return sums!.data[row + (i % valueDim)]! / sums!.data[row + valueDim]!;
        });
        const error = difference(output.data, expected.data);
        // Two float32 sums of up to 715 features that partly cancel.
        assert.ok(error <= 1e-5, `off by ${error}`);
      }),
      { numRuns: 20, seed: 2 },
    );
  });
}

test.run();
