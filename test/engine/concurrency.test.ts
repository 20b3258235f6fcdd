import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionResult, attention } from '#engine/attention/attention.js';
import { createEngine } from '#engine/runtime/engine.js';
import { gaussian } from '../attention/tensors.js';
import { rejects } from '../rejects.js';
import { testEngines } from '../tiers.js';

const test = suite('concurrent calls');
const call = (seed: number) => ({
  q: gaussian([1, 4, 200, 16], seed),
  k: gaussian([1, 4, 200, 16], seed + 1),
  v: gaussian([1, 4, 200, 16], seed + 2),
});

testEngines(test, 'calls made at once give what they give one after the other', async (engine) => {
  const seeds = [10, 20, 30, 40, 50, 60];
  const method = (i: number) => (['exact', 'taylor'] as const)[i % 2]!;
  const expected: AttentionResult[] = [];
  for (const [i, seed] of seeds.entries())
    expected.push(await attention(engine, call(seed), { method: method(i) }));
  for (let round = 0; round < 5; round++) {
    const results = await Promise.all(
      seeds.map((seed, i) => attention(engine, call(seed), { method: method(i) })),
    );
    results.forEach(({ output }, i) => {
      assert.equal(output.data, expected[i]!.output.data);
    });
  }
});

testEngines(test, 'a call that fails does not harm its neighbours', async (engine) => {
  const bad = { ...call(1), k: gaussian([1, 4, 200, 15], 1) };
  const [first, failed, last] = await Promise.allSettled([
    attention(engine, call(1)),
    attention(engine, bad),
    attention(engine, call(1)),
  ]);
  assert.is(failed!.status, 'rejected');
  assert.equal(first, last);
});

test('dispose waits for the calls in flight and refuses those that come after it', async () => {
  for (const threads of [1, 2]) {
    const engine = await createEngine({ tier: 'simd', threads });
    const before = [attention(engine, call(1)), attention(engine, call(1))];
    const disposed = engine.dispose();
    const after = rejects(attention(engine, call(1)), 'disposed');
    const [a, b] = await Promise.all(before);
    assert.equal(a!.output.data, b!.output.data);
    await Promise.all([disposed, after]);
  }
});

test('two engines work side by side', async () => {
  const engines = await Promise.all([1, 2].map((threads) => createEngine({ tier: 'simd', threads })));
  const results = await Promise.all([...engines, ...engines].map((engine) => attention(engine, call(7))));
  for (const { output } of results) assert.equal(output.data, results[0]!.output.data);
  await Promise.all(engines.map((engine) => engine.dispose()));
});

test.run();
