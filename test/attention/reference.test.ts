import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { testTiers } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { difference, floats, gaussian } from './tensors.js';

// The kernel goes on with the reference of the online softmax that it has while scores permit. These do not.
const test = suite('reference of the online softmax');
const QUERIES = 20;
const KEYS = 1500;

/** Query t has the scores (1, −1, 0, ½)[t mod 4] · of(key). */
function call(of: (key: number) => number, size = 1) {
  const first = (element: (row: number) => number) => (i: number) => (i % 4 === 0 ? element(i / 4) : 0);
  return {
    q: floats(
      [1, 1, QUERIES, 4],
      first((t) => [1, -1, 0, 0.5][t % 4]!),
    ),
    k: floats([1, 1, KEYS, 4], first(of)),
    v: gaussian([1, 1, KEYS, 3], 1, size),
  };
}

const PROFILES: Record<string, (key: number) => number> = {
  'rise without end': (key) => key / 8,
  'rise in leaps': (key) => 40 * Math.floor(key / 300),
  'leap in the last key': (key) => (key === KEYS - 1 ? 250 : key % 7),
  'leap in the middle, and never again': (key) => (key === 934 ? 90 : key % 5),
  'leap by a little more than is put up with': (key) => (key < 900 ? 0 : 4.5),
  swing: (key) => 60 * Math.sin(key / 150),
};

for (const [name, of] of Object.entries(PROFILES)) {
  testTiers(test, `scores that ${name}`, async (engine) => {
    for (const isCausal of [false, true]) {
      const given = call(of);
      const { output } = await attention(engine, given, { scale: 1, isCausal });
      const error = difference(output.data, naiveAttention(given, { scale: 1, isCausal }).output);
      // A score of 300 is off by up to 300·2^-24, and moves its weight by as much.
      assert.ok(error <= 5e-5, `off by ${error}${isCausal ? ', causal' : ''}`);
    }
  });
}

testTiers(test, 'values of 1e33 do not overflow on the way', async (engine) => {
  const given = call((key) => (key < 600 ? 0 : 2), 1e33);
  const { output } = await attention(engine, given, { scale: 1 });
  const expected = naiveAttention(given, { scale: 1 }).output;
  assert.ok(difference(output.data, expected) <= 1e27, 'off');
});

testTiers(test, 'scores that move by steps of any height, anywhere', async (engine) => {
  const step = fc.tuple(fc.integer({ min: 1, max: KEYS - 1 }), fc.integer({ min: -400, max: 400 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const given = call((key) =>
        steps.reduce((sum, [at, height]) => (key >= at ? sum + height : sum), key % 3),
      );
      const { output } = await attention(engine, given, { scale: 1 });
      const error = difference(output.data, naiveAttention(given, { scale: 1 }).output);
      assert.ok(error <= 5e-4, `off by ${error}`);
    }),
    { numRuns: 12, seed: 11, endOnFailure: true },
  );
});

test.run();
