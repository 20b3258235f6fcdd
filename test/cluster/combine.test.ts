import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Merger, type Partial } from '#hw2/cluster/tasks/partial.js';

function combine(parts: readonly Partial[]): Partial {
  const rows = parts[0]!.logSumExp.length;
  const merger = new Merger(rows, parts[0]!.output.length / rows);
  for (const part of parts) merger.add(part);
  return merger.finish();
}

/** softmax(scores)·values and ln Σ exp(score) of one row, in float64. */
function attend(scores: readonly number[], values: readonly number[]): { output: number; logSumExp: number } {
  const largest = Math.max(...scores);
  if (largest === Number.NEGATIVE_INFINITY) return { output: 0, logSumExp: largest };
  const weights = scores.map((score) => Math.exp(score - largest));
  const total = weights.reduce((a, b) => a + b, 0);
  return {
    output: weights.reduce((sum, weight, i) => sum + weight * values[i]!, 0) / total,
    logSumExp: largest + Math.log(total),
  };
}

const part = ({ output, logSumExp }: { output: number; logSumExp: number }): Partial => ({
  output: Float32Array.of(output),
  logSumExp: Float32Array.of(logSumExp),
});

const score = fc.oneof(fc.double({ min: -80, max: 80, noNaN: true }), fc.constant(Number.NEGATIVE_INFINITY));
const key = fc.record({ score, value: fc.double({ min: -1, max: 1, noNaN: true }) });

test('parts of the keys combine to attention over all of them, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.array(key, { maxLength: 6 }), { minLength: 1, maxLength: 5 }), (parts) => {
      const whole = attend(
        parts.flat().map((each) => each.score),
        parts.flat().map((each) => each.value),
      );
      const combined = combine(
        parts.map((keys) =>
          part(
            attend(
              keys.map((each) => each.score),
              keys.map((each) => each.value),
            ),
          ),
        ),
      );
      assert.ok(Math.abs(combined.output[0]! - whole.output) < 1e-5);
      const expected = Math.fround(whole.logSumExp);
      assert.ok(
        combined.logSumExp[0] === expected || Math.abs(combined.logSumExp[0]! - expected) < 1e-5,
        `${combined.logSumExp[0]} against ${expected}`,
      );
    }),
  );
});

test('rows without a key are zeros in any number of parts, and do not touch the others', () => {
  const empty = { output: Float32Array.of(0, 0), logSumExp: Float32Array.of(Number.NEGATIVE_INFINITY) };
  assert.equal(combine([empty, empty]), empty);
  const full = { output: Float32Array.of(1, -2), logSumExp: Float32Array.of(3) };
  assert.equal(combine([empty, full, empty]), full);
});

test('scores of any size neither overflow nor vanish', () => {
  const of = (logSumExp: number, output: number) => part({ output, logSumExp });
  assert.equal(combine([of(1e30, 1), of(-1e30, 2)]).output, Float32Array.of(1));
  assert.equal(combine([of(-5e4, 1), of(-5e4, 3)]).output, Float32Array.of(2));
});

test.run();
