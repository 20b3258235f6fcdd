import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { testEngines } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { callOf, type Drawn, drawnCall, onceEach } from './random-call.js';
import { inRoundings } from './tensors.js';

const test = suite('operator');

const referenceOf = onceEach((drawn: Drawn) => {
  const { inputs, options } = callOf(drawn);
  const { output, dims, rounding } = naiveAttention(inputs, options);
  return { output, dims, rounding: rounding.output };
});

testEngines(test, 'random calls give what the formula gives in float64', async (engine) => {
  await fc.assert(
    fc.asyncProperty(drawnCall, async (drawn) => {
      const { inputs, options } = callOf(drawn);
      const expected = referenceOf(drawn);
      const { output } = await attention(engine, inputs, options);
      assert.equal(output.dims, expected.dims);
      const error = inRoundings(output.data, expected.output, expected.rounding);
      assert.ok(error <= 1, `off by ${error} of what rounding allows`);
    }),
    { numRuns: 150, seed: 23 },
  );
});

test.run();
