import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readLjspeech } from '#hw2/data/ljspeech.js';
import { readWav } from '#hw2/data/wav-file.js';
import { decodeTokens, encodeText } from '#hw2/speech/text.js';

const clips = await readLjspeech(resolve(import.meta.dirname, '../../../models/asr-test'));

test('the embedded test set: at least 48 different sentences that the 35 symbols spell in full', () => {
  assert.ok(clips.length >= 48);
  assert.is(new Set(clips.map(({ normalised }) => normalised)).size, clips.length);
  for (const { id, normalised } of clips) {
    assert.ok(normalised.length >= 20 && normalised.length <= 97, id);
    assert.is(decodeTokens(encodeText(normalised)), normalised.toLowerCase());
  }
});

test('the embedded test set: each spoken, in 1 to 10 seconds and loud enough, in less than 6 MB', async () => {
  let bytes = 0;
  for (const { id, audio } of clips) {
    const { samples, sampleRate } = await readWav(audio);
    const seconds = samples.length / sampleRate;
    assert.ok(seconds > 1 && seconds < 10, `${id}: ${seconds} s`);
    const peak = samples.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    assert.ok(peak > 0.1 && peak < 1, `${id}: peak ${peak}`);
    bytes += 44 + 2 * samples.length;
  }
  assert.ok(bytes < 6e6, `${bytes} bytes`);
});

test.run();
