import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError } from '#hw2/data/error.js';
import { inspectModel } from '#hw2/onnx/inspect.js';
import { Session } from '#hw2/onnx/session.js';
import { alignmentOf } from '#hw2/speech/alignment.js';
import { alignmentModel } from '#hw2/speech/model/alignment.js';
import { decoders } from '#hw2/speech/model/recognizer.js';
import { openRecognizer } from '#hw2/speech/models.js';
import { readSound } from '#hw2/speech/sound.js';
import { listenTo } from '#hw2/speech/transcribe.js';

const root = resolve(import.meta.dirname, '../../..');
const audio = join(root, 'models/asr-test/wavs/everyday-01.wav');

for (const decoder of decoders) {
  const folder = join(root, 'models/asr', decoder);

  test(`${decoder}: every symbol has weights that sum to 1, and the places listened to go on through the sound`, async () => {
    const recognizer = await openRecognizer(folder);
    const sound = await readSound(audio, recognizer.frontEnd);
    const { listened, transcript } = await listenTo(recognizer, sound, 5);
    const { spectrogram, symbols, weights } = await alignmentOf(recognizer, sound.spectrogram, listened!);
    await recognizer.release();
    assert.is(symbols.slice(0, -1).join(''), transcript.text);
    const positions = weights.length / symbols.length;
    assert.is(positions, spectrogram.length / 80 / 2);
    const places = symbols.map((_, i) => {
      const row = weights.subarray(i * positions, (i + 1) * positions);
      const sum = row.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - 1) < 1e-5, `${symbols[i]}: ${sum}`);
      return row.indexOf(Math.max(...row)) / positions;
    });
    // Speech is written in its order: places correlate with the numbers of the symbols.
    assert.ok(correlation(places) > 0.9, `${correlation(places)}`);
  });

  test(`${decoder}: where it listens for a symbol depends on the symbols before alone`, async () => {
    const path = join(folder, 'decoder.onnx');
    const { weights: held } = inspectModel(await readFile(path), path);
    const recognizer = await openRecognizer(folder);
    const { sound } = await recognizer.listen((await readSound(audio, recognizer.frontEnd)).spectrogram);
    await recognizer.release();
    const weightsOf = async (tokens: number[]) => {
      const session = await Session.create(alignmentModel(held, decoder, tokens.length, path));
      const data = BigInt64Array.from(tokens, BigInt);
      const found = await session.run({
        tokens: { type: 'int64', data, dims: [1, tokens.length] },
        ...sound,
      });
      await session.release();
      return found.weights!;
    };
    const [short, long] = [await weightsOf([0, 28, 16]), await weightsOf([0, 28, 16, 13, 4, 9, 30])];
    const [, heads, , positions] = short.dims as [number, number, number, number];
    for (let head = 0; head < heads; head++)
      for (let i = 0; i < 3 * positions; i++)
        assert.ok(
          Math.abs(
            Number(short.data[head * 3 * positions + i]) - Number(long.data[head * 7 * positions + i]),
          ) < 1e-6,
        );
  });
}

test('a model without the parameters of a decoder is named', () => {
  assert.throws(
    () => alignmentModel(new Map(), 'lstm', 3, 'here.onnx'),
    (error: unknown) => error instanceof DataError && /^here\.onnx: its decoder has no/.test(error.message),
  );
});

/** Pearson's, of values with their positions. */
function correlation(values: readonly number[]): number {
  const mean = (of: readonly number[]) => of.reduce((a, b) => a + b) / of.length;
  const x = values.map((_, i) => i - (values.length - 1) / 2);
  const y = values.map((value) => value - mean(values));
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, one, i) => sum + one * b[i]!, 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

test.run();
