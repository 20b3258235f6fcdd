import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionOptions, attention } from '#engine/attention/attention.js';
import { sharedEngine, tiers, withEngine } from '../tiers.js';
import { gaussian, lengths, randomMask, sameBits } from './tensors.js';

const test = suite('same bits');
const inputs = {
  q: gaussian([2, 4, 200, 37], 1),
  k: gaussian([2, 2, 333, 37], 2),
  v: gaussian([2, 2, 333, 41], 3),
};
const mask = randomMask([200, 333], 4);
const nonpadKvSeqlen = lengths(250, 333);
const few = {
  q: gaussian([2, 6, 3, 37], 5),
  k: gaussian([2, 2, 1300, 37], 6),
  v: gaussian([2, 2, 1300, 41], 7),
};
const CALLS: [string, object, AttentionOptions][] = [
  ['exact', inputs, {}],
  ['exact, causal, softcap', inputs, { isCausal: true, softcap: 3 }],
  ['exact, mask, padding, scores', { ...inputs, mask, nonpadKvSeqlen }, { qkMatmulOutputMode: 3 }],
  ['exact, few queries', few, {}],
  [
    'exact, few queries, causal, window',
    { ...few, nonpadKvSeqlen: lengths(1300, 7) },
    { isCausal: true, leftWindowSize: 900 },
  ],
  ['linear', inputs, { method: 'taylor' }],
  ['linear, order 1, padding', { ...inputs, nonpadKvSeqlen }, { method: 'taylor', order: 1 }],
  ['linear, causal', inputs, { method: 'taylor', isCausal: true }],
];

for (const [name, given, options] of CALLS) {
  for (const tier of tiers) {
    test(`any number of threads: ${name} (${tier})`, async () => {
      const expected = await attention(await sharedEngine(tier), given as typeof inputs, options);
      for (const threads of [2, 3, 5]) {
        await withEngine({ tier, threads }, async (engine) => {
          const actual = await attention(engine, given as typeof inputs, options);
          assert.ok(sameBits(actual.output.data, expected.output.data), `${threads} threads`);
          assert.is(actual.smallestDenominator, expected.smallestDenominator);
        });
      }
    });
  }

  if (tiers.includes('relaxed') && tiers.includes('wide')) {
    test(`relaxed and wide: ${name}`, async () => {
      const results = [];
      for (const tier of ['relaxed', 'wide'] as const) {
        results.push(await attention(await sharedEngine(tier), given as typeof inputs, options));
      }
      const [relaxed, wide] = results;
      assert.ok(sameBits(relaxed!.output.data, wide!.output.data), 'output');
      if (relaxed!.qkMatmulOutput)
        assert.ok(sameBits(relaxed!.qkMatmulOutput.data, wide!.qkMatmulOutput!.data), 'scores');
    });
  } else test.skip(`relaxed and wide, which this runtime cannot compile: ${name}`, () => {});
}

test('a call gives the same twice, whatever the memory held before', async () => {
  await withEngine({}, async (engine) => {
    for (const [name, given, options] of CALLS) {
      const first = await attention(engine, given as typeof inputs, options);
      const address = engine.arena.allocate(2 ** 23);
      engine.arena.bytes(address, 2 ** 23).fill(0xff);
      engine.arena.release(address);
      const second = await attention(engine, given as typeof inputs, options);
      assert.ok(sameBits(first.output.data, second.output.data), name);
    }
  });
});

test.run();
