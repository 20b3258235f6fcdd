import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine, type Engine } from '#engine/runtime/engine.js';
import { readLjspeech } from '#hw2/data/ljspeech.js';
import { readWav } from '#hw2/data/wav-file.js';
import { characterErrors, type ErrorCount, errorRate } from '#hw2/metrics/error-rate.js';
import { inspectModel } from '#hw2/onnx/inspect.js';
import { judge } from '#hw2/speech/comparison.js';
import type { System } from '#hw2/speech/model/recognizer.js';
import { openRecognizer, partnerMetadata, shippedFolder } from '#hw2/speech/models.js';
import { spectrogramOf } from '#hw2/speech/spectrogram.js';
import { transcribe } from '#hw2/speech/transcribe.js';
import { Random } from '#hw2/statistics/random.js';

const SENTENCES = 12;
const test = suite<{ engine: Engine }>('the recognizers that come along');
test.before(async (context) => {
  context.engine = await createEngine();
});
test.after(({ engine }) => engine.dispose());

const clips = await readLjspeech(resolve(import.meta.dirname, '../../../models/asr-test'));
const systems: System[] = [
  { decoder: 'lstm' },
  { decoder: 'attention' },
  { decoder: 'attention', encoderAttention: 'taylor' },
];
for (const { decoder, encoderAttention } of systems) {
  const folder = shippedFolder(decoder, encoderAttention);
  test(`${folder.replace(/.*asr\W/, '')}: most of a few sentences is heard right, by our kernels the same`, async ({
    engine,
  }) => {
    const native = await openRecognizer(folder);
    const own = await openRecognizer(folder, { engine });
    assert.is(native.decoder, decoder);
    assert.is(native.encoderAttention, encoderAttention ?? 'exact');
    const few = clips.slice(0, SENTENCES);
    const expected = await judge(native, few, 1);
    assert.ok(expected.score.characterErrorRate < 0.25, `CER ${expected.score.characterErrorRate}`);
    const found = await judge(own, few, 1);
    assert.equal(
      found.clips.map(({ predicted }) => predicted),
      expected.clips.map(({ predicted }) => predicted),
    );
    assert.ok(Math.abs(found.score.loss - expected.score.loss) < 1e-4);
    assert.ok(native.calibration, 'its confidence is calibrated');
    assert.ok(expected.calibrationError < 0.2, `calibration error ${expected.calibrationError}`);
    await Promise.all([native.release(), own.release()]);
  });
}

test('noise and a melody are no speech to them', async () => {
  const random = new Random(12);
  const seconds = 3;
  const sounds: Record<string, (t: number) => number> = {
    noise: () => random.uniform(-0.1, 0.1),
    melody: (t) => 0.2 * Math.sin(2 * Math.PI * 220 * 2 ** ([0, 4, 7, 12][Math.floor(2 * t) % 4]! / 12) * t),
  };
  const recognizer = await openRecognizer(shippedFolder('attention'));
  for (const [name, at] of Object.entries(sounds)) {
    const samples = Float32Array.from({ length: seconds * 22_050 }, (_, i) => at(i / 22_050));
    const spectrogram = spectrogramOf({ samples, sampleRate: 22_050 }, recognizer.frontEnd);
    const { isSpeech, text } = await transcribe(recognizer, { spectrogram, isSilent: false }, 5);
    assert.not.ok(isSpeech, `${name}: ${text}`);
  }
  await recognizer.release();
});

test('at −20 dB they hear about as much', async () => {
  const recognizer = await openRecognizer(shippedFolder('attention'));
  const rates: number[] = [];
  for (const gain of [1, 0.1]) {
    const errors: ErrorCount[] = [];
    for (const { audio, normalised } of clips.slice(0, SENTENCES)) {
      const { samples, sampleRate } = await readWav(audio);
      const quiet = { samples: samples.map((x) => gain * x), sampleRate };
      const spectrogram = spectrogramOf(quiet, recognizer.frontEnd);
      const { text } = await transcribe(recognizer, { spectrogram, isSilent: false }, 1);
      errors.push(characterErrors(normalised.toLowerCase(), text));
    }
    rates.push(errorRate(errors));
  }
  assert.ok(rates[1]! < rates[0]! + 0.1, `CER ${rates.join(', at −20 dB ')}`);
  await recognizer.release();
});

test('their decoders name the encoders that they were trained with', async () => {
  for (const folder of [
    shippedFolder('lstm'),
    shippedFolder('attention'),
    shippedFolder('attention', 'taylor'),
  ]) {
    const [encoder, decoder] = await Promise.all(
      ['encoder.onnx', 'decoder.onnx'].map((name) => readFile(join(folder, name))),
    );
    const { metadata } = inspectModel(decoder!, folder);
    for (const [key, value] of Object.entries(partnerMetadata(encoder!))) assert.is(metadata[key], value);
  }
});

test.run();
