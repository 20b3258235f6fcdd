import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { testEngines, testTiers } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { difference, gaussian, lengths } from './tensors.js';

const test = suite('scores');
const inputs = {
  q: gaussian([2, 4, 70, 8], 1),
  k: gaussian([2, 2, 140, 8], 2),
  v: gaussian([2, 2, 140, 8], 3),
  mask: gaussian([70, 133], 4),
  nonpadKvSeqlen: lengths(100, 140),
};

testEngines(test, 'each mode is its own step: scale, softcap, mask, softmax', async (engine) => {
  const options = { softcap: 1.5, isCausal: true, leftWindowSize: 60 };
  const expected = naiveAttention(inputs, options);
  const plain = await attention(engine, inputs, options);
  for (const mode of [0, 1, 2, 3] as const) {
    const { output, qkMatmulOutput } = await attention(engine, inputs, {
      ...options,
      qkMatmulOutputMode: mode,
    });
    assert.equal(qkMatmulOutput!.dims, [2, 4, 70, 140]);
    assert.ok(difference(qkMatmulOutput!.data, expected.scores[mode]!) <= 1e-6, `mode ${mode}`);
    assert.equal(output, plain.output, 'asking for scores does not change the output');
  }
  assert.is(plain.qkMatmulOutput, undefined);
});

testTiers(test, 'the softcap comes before the mask, and is tanh', async (engine) => {
  for (const softcap of [0.01, 1, 50, 1e6]) {
    for (const sigma of [0.01, 1, 30]) {
      const call = {
        q: gaussian([1, 1, 20, 8], 5, sigma),
        k: gaussian([1, 1, 30, 8], 6),
        v: gaussian([1, 1, 30, 8], 7),
      };
      const { qkMatmulOutput } = await attention(engine, call, { softcap, qkMatmulOutputMode: 1 });
      const [scaled, capped] = naiveAttention(call, { softcap }).scores;
      qkMatmulOutput!.data.forEach((score, i) => {
        // A few ULP of tanh, and those of the score where tanh passes them on.
        const allowed =
          6e-7 * Math.abs(capped![i]!) + 3e-7 * sigma * Math.min(1, Math.abs(capped![i]! / scaled![i]!));
        assert.ok(Math.abs(score - capped![i]!) <= allowed, `cap ${softcap}, score ${scaled![i]}: ${score}`);
      });
    }
  }
});

testTiers(test, 'no score is beyond the softcap', async (engine) => {
  const call = {
    q: gaussian([1, 1, 20, 8], 5, 1e4),
    k: gaussian([1, 1, 30, 8], 6, 1e4),
    v: gaussian([1, 1, 30, 8], 7),
  };
  const { qkMatmulOutput } = await attention(engine, call, { softcap: 2, qkMatmulOutputMode: 1 });
  assert.ok(qkMatmulOutput!.data.every((score) => Math.abs(score) === 2));
});

test.run();
