import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError } from '#hw2/data/error.js';
import { writeSafetensors } from '#hw2/data/safetensors.js';
import { formatTrainingFile, parseTrainingFile } from '#hw2/data/training-file.js';

const test = suite('training file');

const expected = { vectors: ['parameters', 'best'], figures: ['loss'] };
const whole = {
  vectors: { parameters: Float32Array.of(1, 2), best: Float32Array.of(3, 4), losses: Float32Array.of(5) },
  identity: '{"data":"x"}',
  steps: 7,
  curve: [{ loss: 0.5 }],
  metadata: { note: 'π' },
};

test('what is written is read back', () => {
  assert.equal(parseTrainingFile(formatTrainingFile(whole), 'run', expected), whole);
});

test('what is missing or damaged is named', () => {
  const vector = (...data: number[]) => ({
    type: 'float32' as const,
    data: Float32Array.from(data),
    dims: [data.length],
  });
  const tensors = { parameters: vector(1, 2), best: vector(3, 4) };
  const texts: Record<string, string> = { identity: '{}', steps: '1', curve: '[]' };
  const without = (name: string) => Object.fromEntries(Object.entries(texts).filter(([key]) => key !== name));
  const float64 = { type: 'float64' as const, data: Float64Array.of(3, 4), dims: [2] };
  for (const [changed, metadata, message] of [
    [{ ...tensors, best: vector(3) }, texts, 'best has 1 elements, parameters 2'],
    [{ parameters: tensors.parameters }, texts, 'it has no best'],
    [{ best: tensors.best }, texts, 'it has no parameters'],
    [{ ...tensors, best: float64 }, texts, 'best is float64'],
    [tensors, without('identity'), 'what was trained'],
    [tensors, without('steps'), 'how many steps'],
    [tensors, { ...texts, steps: '1e999' }, 'how many steps'],
    [tensors, { ...texts, curve: '[' }, 'its curve'],
    [tensors, { ...texts, curve: '{"length":1}' }, 'its curve'],
    [tensors, { ...texts, curve: '[null]' }, 'its curve'],
    [tensors, { ...texts, curve: '[{"loss":null}]' }, 'its curve'],
  ] as const) {
    const bytes = writeSafetensors({ tensors: new Map(Object.entries(changed)), metadata });
    assert.throws(
      () => parseTrainingFile(bytes, 'run', expected),
      (error: Error) =>
        error instanceof DataError && /^run: /.test(error.message) && error.message.includes(message),
    );
  }
});

test.run();
