import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { createCache } from '#engine/attention/cache.js';
import { testEngines } from '../tiers.js';
import { runOperator, runtime } from './onnx-runtime.js';
import { difference, type Floats, floats, gaussian } from './tensors.js';

const test = suite('GroupQueryAttention of onnxruntime-node');

const int32 = (dims: readonly number[], ...values: number[]) => ({
  type: 'int32',
  data: Int32Array.from(values),
  dims,
});

/** [1, H, n, D] as [1, n, H·D]. */
function flat({ data, dims }: Floats): Floats {
  const [, heads, length, dim] = dims as [number, number, number, number];
  return floats([1, length, heads * dim], (i) => {
    const [row, head] = [Math.floor(i / dim / heads), Math.floor(i / dim) % heads];
    return data[(head * length + row) * dim + (i % dim)]!;
  });
}

const CASES = [
  // keys before, heads, heads of the keys, dimension, attributes
  [1, 2, 2, 8, {}],
  [3, 8, 2, 16, {}],
  [63, 4, 1, 64, { scale: 0.3 }],
  [511, 6, 3, 80, { softcap: 2 }],
  [1300, 4, 4, 64, {}],
] as const;

for (const [past, heads, kvHeads, D, attributes] of CASES) {
  if (!runtime) break;
  const q = gaussian([1, heads, 1, D], past);
  const [pastKey, pastValue] = [
    gaussian([1, kvHeads, past, D], past + 1),
    gaussian([1, kvHeads, past, D], past + 2),
  ];
  const [k, v] = [gaussian([1, kvHeads, 1, D], past + 3), gaussian([1, kvHeads, 1, D], past + 4)];
  let expected: Float32Array | undefined;
  testEngines(test, `a step after ${past} keys, ${heads} heads on ${kvHeads}`, async (engine) => {
    if (!expected) {
      const feeds = {
        ...{ query: flat(q), key: flat(k), value: flat(v), pastKey, pastValue },
        ...{ last: int32([1], past), total: int32([], past + 1) },
      };
      const floatAttributes = Object.entries(attributes).map(([name, float]) => [name, { float }]);
      const operator = {
        ...{ opType: 'GroupQueryAttention', domain: 'com.microsoft', opset: 1 },
        inputs: Object.keys(feeds),
        outputs: ['output', 'presentKey', 'presentValue'],
        attributes: { num_heads: heads, kv_num_heads: kvHeads, ...Object.fromEntries(floatAttributes) },
      };
      expected = (await runOperator(operator, feeds)).output!.data;
    }
    const cache = await createCache(engine, { headDim: D, kvHeads, capacity: 1 });
    await cache.append({ k: pastKey, v: pastValue });
    const { output } = await cache.step({ q, k, v }, attributes);
    assert.ok(difference(output.data, expected) <= 4e-6);
    const again = await attention(engine, { q, cache }, attributes);
    assert.equal(again.output, output);
    await cache.dispose();
  });
}

test.run();
