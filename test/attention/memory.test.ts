import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionOptions, attention } from '#engine/attention/attention.js';
import type { AttentionInputs } from '#engine/attention/call.js';
import { MemoryLimitError } from '#engine/runtime/memory.js';
import { rejects } from '../rejects.js';
import { type Engine, withEngine } from '../tiers.js';
import { gaussian, randomMask } from './tensors.js';

const test = suite('memory limit');
const inputs = {
  q: gaussian([1, 2, 2000, 32], 1),
  k: gaussian([1, 2, 2000, 32], 2),
  v: gaussian([1, 2, 2000, 32], 3),
};

const usage = (engine: Engine) => {
  engine.arena.resetPeak();
  return engine.arena.peak;
};

const CALLS: [string, AttentionInputs, AttentionOptions, needs: string][] = [
  // q, k, v and the output, 500 KiB each, and 256 KiB for the thread's scratch memory.
  ['operands', inputs, {}, '2.5 MiB'],
  ['scores', inputs, { qkMatmulOutputMode: 0 }, '33.0 MiB'],
  ['a mask', { ...inputs, mask: randomMask([2, 2000, 2000], 4) }, {}, '10.1 MiB'],
  ['the state of linear attention', inputs, { method: 'taylor', order: 4 }, '33.3 MiB'],
];

for (const [name, given, options, needs] of CALLS) {
  test(`a call beyond it says what it needs and takes nothing: ${name}`, async () => {
    await withEngine({ memoryLimit: 2 ** 20 }, async (engine) => {
      const before = usage(engine);
      const size = engine.arena.memory.buffer.byteLength;
      const message = `memory: this call needs ${needs}, the limit is 1.0 MiB`;
      await rejects(attention(engine, given, options), message, MemoryLimitError);
      assert.is(engine.arena.peak, before, 'nothing was taken');
      assert.is(engine.arena.memory.buffer.byteLength, size);
      const small = gaussian([1, 1, 10, 8], 1);
      await attention(engine, { q: small, k: small, v: small });
    });
  });
}

test('whatever the limit, a call works or fails as a whole, and leaves the memory as it was', async () => {
  const small = {
    q: gaussian([1, 2, 100, 16], 1),
    k: gaussian([1, 1, 300, 16], 2),
    v: gaussian([1, 1, 300, 16], 3),
  };
  const calls: AttentionOptions[] = [
    {},
    { qkMatmulOutputMode: 3 },
    { present: true },
    { method: 'taylor' },
    { method: 'taylor', isCausal: true },
    { method: 'taylor', centroids: 9, near: 0.2 },
    { method: 'taylor', centroids: 9, near: 0.2, order: 2 },
  ];
  for (const options of calls) {
    let failed = 0;
    let worked = 0;
    for (let pages = 4; pages <= 52; pages += 4) {
      for (const threads of [1, 2]) {
        await withEngine({ threads, memoryLimit: pages * 65536 }, async (engine) => {
          const before = usage(engine);
          try {
            await attention(engine, small, options);
            worked++;
          } catch (error) {
            assert.instance(error, MemoryLimitError);
            assert.match(
              (error as Error).message,
              /^memory: this call needs [\d.]+ \w+, the limit is [\d.]+ [KM]iB/,
            );
            failed++;
          }
          assert.is(usage(engine), before, `${JSON.stringify(options)}, ${pages} pages`);
        });
      }
    }
    assert.ok(failed > 0 && worked > 0, `${JSON.stringify(options)}: ${failed} failed, ${worked} worked`);
  }
});

test('the scratch memory of exact attention does not grow with its length', async () => {
  const extra = async (length: number) =>
    withEngine({}, async (engine) => {
      const tensor = gaussian([1, 1, length, 8], 1);
      engine.arena.resetPeak();
      const before = engine.arena.peak;
      await attention(engine, { q: tensor, k: tensor, v: tensor });
      return engine.arena.peak - before - 4 * 4 * tensor.data.length;
    });
  assert.is(await extra(4000), await extra(1000));
  assert.ok((await extra(1000)) < 65536);
});

test.run();
