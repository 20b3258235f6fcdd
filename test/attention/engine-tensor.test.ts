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

testEngines(test, 'as output over an input of the same call: what another output holds', async (engine) => {
  const [L, D] = [150, 32];
  const source = { q: gaussian([1, 2, L, D], 4), k: gaussian([1, 2, L, D], 5), v: gaussian([1, 2, L, D], 6) };
  for (const options of [
    {},
    { isCausal: true },
    { qkMatmulOutputMode: 3 },
    { method: 'taylor' },
    { method: 'taylor', isCausal: true },
    { method: 'taylor', measureError: true },
    { method: 'taylor', centroids: 4, near: 0.25, measureError: true },
  ] as const) {
    const expected = await attention(engine, source, options);
    for (const name of ['q', 'k', 'v'] as const) {
      const tensors = {
        q: EngineTensor.from(engine, source.q),
        k: EngineTensor.from(engine, source.k),
        v: EngineTensor.from(engine, source.v),
      };
      const { output, qkMatmulOutput, error } = await attention(engine, tensors, {
        ...options,
        out: tensors[name],
      });
      assert.is(output, tensors[name]);
      assert.equal([...output.data], [...expected.output.data], `out is ${name}, ${JSON.stringify(options)}`);
      assert.equal(qkMatmulOutput, expected.qkMatmulOutput);
      assert.equal(error, expected.error);
      for (const tensor of Object.values(tensors)) tensor.release();
    }
  }
});

test("released, it is refused, and its memory is another one's", async () => {
  await withEngine({}, async (engine) => {
    const first = new EngineTensor(engine, [1, 1, 4, 4]);
    first.release();
    const second = new EngineTensor(engine, [1, 1, 4, 4]);
    second.data.fill(2);
    assert.throws(() => first.release(), 'EngineTensor: it was released');
    const third = new EngineTensor(engine, [1, 1, 4, 4]);
    third.data.fill(3);
    assert.is(second.data[0], 2);
    assert.throws(() => first.data, 'EngineTensor: it was released');
    await rejects(attention(engine, { q: first, k: second, v: second }), 'EngineTensor: it was released');
    await rejects(attention(engine, { q: second, k: second, v: second }, { out: first }), 'it was released');
    await attention(engine, { q: second, k: second, v: third });
  });
});

test('dims that are none are refused, and the engine works on', async () => {
  await withEngine({}, async (engine) => {
    for (const dims of [[Number.NaN], [-1], [1.5], [2, Number.POSITIVE_INFINITY], null, 'four'])
      assert.throws(
        () => new EngineTensor(engine, dims as number[]),
        /^dims: given .*, expected whole numbers from 0$/,
      );
    await attention(engine, inputs);
  });
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
  assert.throws(() => tensor.release(), 'EngineTensor: it was released');
});

test('a view of memory that moves during the call is refused by name, and nothing is kept', async () => {
  await withEngine({}, async (engine) => {
    const tensor = new EngineTensor(engine, [1, 1, 1000, 64]);
    const view = () => ({ data: tensor.data, dims: tensor.dims });
    const small = { data: new Float32Array(64), dims: [1, 1, 1, 64] };
    const used = () => {
      engine.memory.resetPeak();
      return engine.memory.peak;
    };
    const before = used();
    await rejects(attention(engine, { q: view(), k: small, v: small }), /^q: its array is gone/, TypeError);
    const wide = new EngineTensor(engine, [engine.arena.buffer.byteLength / 4]);
    const wideView = { data: wide.data, dims: wide.dims };
    assert.throws(() => EngineTensor.from(engine, wideView), /^tensor: its array is gone/);
    wide.release();
    assert.is(used(), before);
    // As it is now, it is read.
    await attention(engine, { q: view(), k: small, v: small });
  });
});

test.run();
