import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { createEngine } from '#engine/runtime/engine.js';
import { gaussian } from '../attention/tensors.js';
import { rejects } from '../rejects.js';
import { openEngine, testEngines, withEngine } from '../tiers.js';

const test = suite('engine');
const inputs = {
  q: gaussian([1, 2, 70, 8], 1),
  k: gaussian([1, 2, 90, 8], 2),
  v: gaussian([1, 2, 90, 8], 3),
};

test('options out of range are refused by name', async () => {
  for (const threads of [0, -1, 1.5, 257, Number.NaN, '2' as unknown as number]) {
    await rejects(
      createEngine({ threads }),
      `threads: given ${typeof threads === 'string' ? '"2"' : threads}, expected a whole number from 1 to 256`,
      RangeError,
    );
  }
  for (const memoryLimit of [0, 131071, 2 ** 32 + 1, Number.NaN]) {
    await rejects(
      createEngine({ memoryLimit }),
      `memoryLimit: given ${memoryLimit}, expected bytes from 131072`,
      RangeError,
    );
  }
  await rejects(createEngine({ tier: 'AVX' as 'simd' }), 'tier: given "AVX"', RangeError);
});

test('defaults: one thread, memory that is not shared', async () => {
  const engine = await openEngine();
  assert.is(engine.threads, 1);
  assert.not.instance(engine.arena.memory.buffer, SharedArrayBuffer);
  await engine.dispose();
});

test('without SharedArrayBuffer it computes on one thread and says so once', async () => {
  const warnings: string[] = [];
  const original = globalThis.SharedArrayBuffer;
  Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
  try {
    const engine = await createEngine({
      tier: 'simd',
      threads: 2,
      onWarning: (message) => warnings.push(message),
    });
    assert.is(engine.threads, 1);
    await attention(engine, inputs);
    await attention(engine, inputs);
    await engine.dispose();
  } finally {
    globalThis.SharedArrayBuffer = original;
  }
  assert.is(warnings.length, 1);
  assert.match(warnings[0]!, 'SharedArrayBuffer');
});

testEngines(test, 'a call leaves the memory as it found it', async (engine) => {
  engine.arena.resetPeak();
  const before = engine.arena.peak;
  for (const method of ['exact', 'taylor'] as const) {
    await attention(engine, inputs, { method });
    assert.ok(engine.arena.peak > before, 'it used some');
    engine.arena.resetPeak();
    assert.is(engine.arena.peak, before, method);
  }
});

test('addresses above 2 GiB work, with one thread and with two', async () => {
  for (const threads of [1, 2]) {
    await withEngine({ threads }, async (engine) => {
      const expected = await attention(engine, inputs);
      // Never touched, so the host commits none of it.
      engine.arena.allocate(2.5 * 2 ** 30);
      const high = await attention(engine, inputs);
      assert.equal(high.output.data, expected.output.data);
      const taylor = await attention(engine, inputs, { method: 'taylor' });
      assert.ok(taylor.output.data.every(Number.isFinite));
    });
  }
});

test('after dispose, calls are rejected, and dispose can be called again', async () => {
  const engine = await createEngine({ tier: 'simd', threads: 2 });
  await attention(engine, inputs);
  await engine.dispose();
  await rejects(attention(engine, inputs), 'disposed');
  await engine.dispose();
});

test.run();
