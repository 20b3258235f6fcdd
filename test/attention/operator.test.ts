import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { testEngines } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { callOf, drawnCall } from './random-call.js';
import { difference } from './tensors.js';

const test = suite('operator');

// A score of magnitude s carries an error of about s·2^-23 into its weight; |v| stays below 5 and scores below 20.
const TOLERANCE = 3e-6;

testEngines(test, 'random calls give what the formula gives in float64', async (engine) => {
  await fc.assert(
    fc.asyncProperty(drawnCall, async (drawn) => {
      const { inputs, options } = callOf(drawn);
      const expected = naiveAttention(inputs, options);
      const { output } = await attention(engine, inputs, options);
      assert.equal(output.dims, expected.dims);
      const error = difference(output.data, expected.output);
      assert.ok(error <= TOLERANCE, `off by ${error}`);
    }),
    { numRuns: 150, seed: 23 },
  );
});

test.run();
