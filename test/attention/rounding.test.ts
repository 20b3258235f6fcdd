import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { testTiers } from '../tiers.js';
import { naiveAttention } from './naive.js';
import { difference, gaussian, slice } from './tensors.js';

const test = suite('rounding');
const LENGTH = 4096;
const DIM = 64;
const inputs = {
  q: gaussian([1, 1, LENGTH, DIM], 1),
  k: gaussian([1, 1, LENGTH, DIM], 2),
  v: gaussian([1, 1, LENGTH, DIM], 3),
};

// Rows from every part of the sequence, the first and the last of it among them.
const ROWS = [0, 1, 63, 64, 1000, 2047, 2048, 3333, 4031, 4032, 4095];

for (const isCausal of [false, true]) {
  const expected = ROWS.map((row) => {
    const keys = isCausal ? row + 1 : LENGTH;
    const [k, v] = [slice(inputs.k, 2, 0, keys), slice(inputs.v, 2, 0, keys)];
    return naiveAttention({ q: slice(inputs.q, 2, row, row + 1), k, v }).output;
  });
  testTiers(test, `Gaussian input, 4,096 × 64${isCausal ? ', causal' : ''}`, async (engine) => {
    const { output } = await attention(engine, inputs, { isCausal });
    const errors = ROWS.map((row, i) =>
      difference(output.data.slice(row * DIM, (row + 1) * DIM), expected[i]!),
    );
    // Causal, the first rows are of order 1, where a float32 is itself off by 1.2e-7.
    const limit = isCausal ? 6e-7 : 3e-7;
    assert.ok(Math.max(...errors) <= limit, `off by ${errors}`);
  });
}

testTiers(test, 'many wide queries, of which a task takes more at once', async (engine) => {
  const [L, D] = [2200, 256];
  const call = {
    q: gaussian([1, 1, L, D], 10),
    k: gaussian([1, 1, 30, D], 11),
    v: gaussian([1, 1, 30, D], 12),
  };
  const { output, qkMatmulOutput } = await attention(engine, call, { qkMatmulOutputMode: 0 });
  for (const row of [0, 255, 256, 1000, 2047, 2048, 2199]) {
    const expected = naiveAttention({ ...call, q: slice(call.q, 2, row, row + 1) });
    const error = difference(output.data.slice(row * D, (row + 1) * D), expected.output);
    assert.ok(error <= 1e-6, `row ${row} is off by ${error}`);
    const scores = qkMatmulOutput!.data.slice(row * 30, (row + 1) * 30);
    assert.ok(difference(scores, expected.scores[0]!) <= 2e-6, `scores of row ${row}`);
  }
});

testTiers(test, 'scores in the hundreds keep what float32 keeps of them', async (engine) => {
  const call = {
    q: gaussian([1, 1, 40, 16], 4, 10),
    k: gaussian([1, 1, 200, 16], 5, 10),
    v: gaussian([1, 1, 200, 16], 6),
  };
  const { output } = await attention(engine, call);
  const error = difference(output.data, naiveAttention(call).output);
  // A score of 400 is off by up to 16·2^-24·400, and moves its weight by as much.
  assert.ok(error <= 4e-4, `off by ${error}`);
});

testTiers(test, 'scores in the millions leave the queries beside them alone', async (engine) => {
  const [L, D] = [300, 4];
  for (const size of [1e6, 1e7, 1e13, 1e30]) {
    const call = {
      q: gaussian([1, 1, 24, D], 7),
      k: gaussian([1, 1, L, D], 8),
      v: gaussian([1, 1, L, D], 9),
    };
    // Every third query is far from the keys; its scores differ by more than 100, or are equal.
    const q = call.q.data as Float32Array;
    for (let i = 0; i < q.length; i++) if (Math.floor(i / D) % 3 === 0) q[i]! *= 2 * size;
    for (let i = 0; i < L * D; i++) call.k.data[i] = Math.round(call.k.data[i]! * 2) / 2;
    const { output } = await attention(engine, call);
    const error = difference(output.data, naiveAttention(call).output);
    assert.ok(error <= 1e-6, `off by ${error} at ${size}`);
  }
});

test.run();
