import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DecodingContender } from '#hw2/bench/decoding/contender.js';
import { hw2Decoding, OURS } from '#hw2/bench/decoding/hw2.js';
import { decodingPeers } from '#hw2/bench/decoding/peers.js';
import { decodingRace } from '#hw2/bench/decoding/race.js';
import { decodingMarkdown, decodingRows, fastestPeer } from '#hw2/bench/decoding/summary.js';
import { createNative } from '#hw2/bench/peers/native.js';
import { createWeb } from '#hw2/bench/peers/web.js';
import { runtime } from '../attention/onnx-runtime.js';
import { sharedEngine } from '../tiers.js';

const test = suite('decoding, by turns');
const OPTIONS = { rounds: 2, seconds: 0, warmUp: 1, turn: 1 };
/** The state of linear attention takes part with one head alone. */
const ofManyHeads = [OURS.tensors, OURS.step, OURS.bfloat16, OURS.int8];
const problem = { keys: 40, heads: 4, kvHeads: 4, D: 8, threads: 1, tier: 'simd' } as const;

test('all contenders take the same step and agree with float64', async () => {
  if (!runtime) return;
  const engine = await sharedEngine('simd');
  for (const kvHeads of [4, 2]) {
    const contenders = [...hw2Decoding(engine, problem), ...decodingPeers('ort', createNative)];
    const race = await decodingRace(engine, contenders, { ...problem, kvHeads }, OPTIONS);
    const names = race.entries.map(({ contender }) => contender);
    // Groups of heads are beyond MultiHeadAttention.
    const expected = [
      'Attention-23',
      'Attention-23 with past',
      'MultiHeadAttention',
      'MultiHeadAttention with past',
      'GroupQueryAttention with past',
    ]
      .filter((name) => kvHeads === 4 || !name.startsWith('Multi'))
      .map((name) => `ort ${name}`);
    assert.equal(names, [...ofManyHeads, ...expected]);
    assert.equal(race.absent.length, kvHeads === 4 ? 0 : 2);
    for (const { seconds, ratio, bytes, maxAbsError, contender } of race.entries) {
      assert.is(seconds.length, 2);
      assert.ok(ratio.low <= ratio.value && ratio.value <= ratio.high);
      assert.ok(
        bytes > 0 && maxAbsError <= (contender === OURS.int8 || contender === OURS.bfloat16 ? 2e-2 : 1e-6),
      );
    }
    assert.is(race.read.bytes, 2 * 4 * kvHeads * 40 * 8);
    assert.ok(fastestPeer(race)!.contender.startsWith('ort '));
    assert.is(decodingRows(race).length, race.entries.length);
    assert.match(decodingMarkdown([race]), /^## 40 keys, 4\/[24] heads, D 8, threads 1, simd\n/);
  }
});

test('every operator of onnxruntime-web takes the same step', async () => {
  const engine = await sharedEngine('simd');
  const { entries, absent } = await decodingRace(
    engine,
    decodingPeers('ort-web', createWeb),
    problem,
    OPTIONS,
  );
  assert.equal(absent, []);
  assert.is(entries.length, 5);
});

test('linear attention takes part with one head, against its own formula', async () => {
  const engine = await sharedEngine('simd');
  const one = { ...problem, heads: 1, kvHeads: 1 };
  const race = await decodingRace(engine, hw2Decoding(engine, one), one, OPTIONS);
  const { entries, absent } = race;
  assert.equal(absent, []);
  assert.equal(
    entries.map(({ contender }) => contender),
    [...ofManyHeads, OURS.state, OURS.stateTwice],
  );
});

test('a prompt is computed from arrays of float32 and of float16', async () => {
  const engine = await sharedEngine('simd');
  const prompt = { ...problem, queries: 40 };
  const { entries, absent } = await decodingRace(engine, hw2Decoding(engine, prompt), prompt, OPTIONS);
  assert.equal(absent, []);
  assert.equal(
    entries.map(({ contender, bytes }) => [contender, bytes]),
    [
      [OURS.arrays, 2 * 4 * 4 * 40 * 8],
      [OURS.halves, 2 * 2 * 4 * 40 * 8],
    ],
  );
  // It was float16 indeed: its digits are fewer.
  assert.ok(entries[0]!.maxAbsError < 1e-6 && entries[1]!.maxAbsError > 1e-5);
});

test('an output that is off float64 gets no time', async () => {
  const engine = await sharedEngine('simd');
  const wrong: DecodingContender = {
    name: 'wrong',
    tolerance: 1e-5,
    open: async () => ({
      bytes: 1,
      run: async () => {},
      output: () => new Float32Array(32).fill(1),
      release: async () => {},
    }),
  };
  const { entries, absent } = await decodingRace(
    engine,
    [...hw2Decoding(engine, problem), wrong],
    problem,
    OPTIONS,
  );
  assert.equal(
    entries.map(({ contender }) => contender),
    ofManyHeads,
  );
  assert.match(absent[0]!.reason, /^its output is off by \S+, more than 0\.00001$/);
});

test.run();
