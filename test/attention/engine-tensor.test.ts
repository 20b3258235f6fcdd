import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { EngineTensor } from '#engine/attention/engine-tensor.js';
import { MemoryLimitError } from '#engine/runtime/memory.js';
import { rejects } from '../rejects.js';
import { sharedEngine, testEngines, withEngine } from '../tiers.js';
import { gaussian } from './tensors.js';

const test = suite('EngineTensor');
const inputs = {
  q: gaussian([1, 2, 70, 8], 1),
  k: gaussian([1, 2, 90, 8], 2),
  v: gaussian([1, 2, 90, 8], 3),
};

testEngines(test, 'as inputs and output: the same bits, and no memory but scratch', async (engine) => {
  for (const options of [{}, { method: 'taylor' }, { present: true, qkMatmulOutputMode: 3 }] as const) {
    const expected = await attention(engine, inputs, options);
    const placed = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, dims }]) => {
        const tensor = new EngineTensor(engine, dims);
        tensor.data.set(data);
        return [name, tensor] as const;
      }),
    ) as unknown as Record<keyof typeof inputs, EngineTensor>;
    const out = new EngineTensor(engine, [1, 2, 70, 8]);
    const { output, ...rest } = await attention(engine, placed, { ...options, out });
    assert.is(output, out);
    assert.equal([...output.data], [...expected.output.data]);
    assert.equal(rest.presentKey, expected.presentKey);
    assert.equal(rest.qkMatmulOutput, expected.qkMatmulOutput);
    for (const tensor of [...Object.values(placed), out]) tensor.release();
  }
});

test('its data can be read after the memory has grown', async () => {
  await withEngine({}, async (engine) => {
    const tensor = new EngineTensor(engine, [3]);
    tensor.data.set([1, 2, 3]);
    engine.arena.allocate(2 ** 24);
    assert.equal([...tensor.data], [1, 2, 3]);
  });
});

test('an output of other dims, of another engine or of no engine is refused', async () => {
  const engine = await sharedEngine('simd');
  await withEngine({}, async (other) => {
    const wrong = new EngineTensor(engine, [1, 2, 8, 70]);
    await rejects(
      attention(engine, inputs, { out: wrong }),
      'out: given dims [1, 2, 8, 70], expected [1, 2, 70, 8]',
      RangeError,
    );
    wrong.release();
    const foreign = new EngineTensor(other, [1, 2, 70, 8]);
    await rejects(
      attention(engine, inputs, { out: foreign }),
      'out: expected an EngineTensor of this engine',
      TypeError,
    );
    const plain = gaussian([1, 2, 70, 8], 1) as unknown as EngineTensor;
    await rejects(
      attention(engine, inputs, { out: plain }),
      'out: expected an EngineTensor of this engine',
      TypeError,
    );
  });
});

test('a tensor of another engine is an input like any other', async () => {
  const engine = await sharedEngine('simd');
  const expected = await attention(engine, inputs);
  await withEngine({}, async (other) => {
    const q = new EngineTensor(other, inputs.q.dims);
    q.data.set(inputs.q.data);
    assert.equal((await attention(engine, { ...inputs, q })).output, expected.output);
  });
});

test('beyond the limit it takes nothing', async () => {
  await withEngine({ memoryLimit: 2 ** 20 }, async (engine) => {
    assert.throws(
      () => new EngineTensor(engine, [1024, 1024]),
      (error: Error) =>
        error instanceof MemoryLimitError && error.message.startsWith('memory: this call needs 4.0 MiB'),
    );
    new EngineTensor(engine, [128, 1024]).release();
  });
});

test('released twice, it says so', async () => {
  const tensor = new EngineTensor(await sharedEngine('simd'), [4]);
  tensor.release();
  assert.throws(() => tensor.release(), 'not allocated');
});

test.run();
