import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { limitLevel, normaliseLevel, speechLevel, TARGET_LEVEL } from '#hw2/speech/level.js';
import { PROTOCOL_SECONDS } from '#hw2/speech/mel.js';
import { inspectSound } from '#hw2/speech/sound-check.js';
import { spectrogramOf } from '#hw2/speech/spectrogram.js';
import { Random } from '#hw2/statistics/random.js';

const RATE = 22_050;

/** A tone that comes and goes four times a second, as syllables do, in the second half. */
function babble(seconds: number, amplitude: number, sampleRate = RATE): Float32Array {
  return Float32Array.from({ length: seconds * sampleRate }, (_, i) => {
    const t = i / sampleRate;
    const loud = t < seconds / 2 ? 0 : Math.sin(4 * Math.PI * t) ** 2;
    return amplitude * loud * Math.sin(2 * Math.PI * 440 * t);
  });
}
const sound = (samples: Float32Array, sampleRate = RATE) => ({ samples, sampleRate });
const scaled = (samples: Float32Array, gain: number) => samples.map((x) => gain * x);

test('the level of a tone is that of its power, pauses and a constant offset aside', () => {
  const tone = Float32Array.from({ length: RATE }, (_, i) => 0.1 * Math.sin((2 * Math.PI * 441 * i) / RATE));
  assert.ok(Math.abs(speechLevel(sound(tone)) - -23.01) < 0.01, `${speechLevel(sound(tone))}`);
  const offset = tone.map((x) => x + 0.2);
  assert.ok(Math.abs(speechLevel(sound(offset)) - -23.01) < 0.01);
  const spoken = new Float32Array(11 * RATE);
  spoken.set(tone);
  // Blocks at the edge of the pause count with what they hold of the tone.
  assert.ok(Math.abs(speechLevel(sound(spoken)) - -23.01) < 1.5, `${speechLevel(sound(spoken))}`);
  assert.ok(Math.abs(speechLevel(sound(tone.slice(0, 450))) - -23.01) < 0.01, 'shorter than a block');
});

test('recordings of any loudness reach the same level, and the same spectrogram', () => {
  const samples = babble(3, 0.3);
  const expected = spectrogramOf(sound(samples), 'level');
  for (const decibels of [-40, -20, -12, 3]) {
    const quiet = sound(scaled(samples, 10 ** (decibels / 20)));
    assert.ok(Math.abs(speechLevel(normaliseLevel(quiet)) - TARGET_LEVEL) < 1e-3);
    const found = spectrogramOf(quiet, 'level');
    const error = Math.max(...found.map((x, i) => Math.abs(x - expected[i]!)));
    assert.ok(error < 1e-4, `${decibels} dB: ${error}`);
  }
});

test('older recognizers hear speech as it was recorded, within what was loud enough for them', () => {
  const samples = babble(3, 0.3);
  const expected = spectrogramOf(sound(samples), 'recorded');
  assert.is(limitLevel(sound(samples)).samples, samples);
  assert.not.equal(expected, spectrogramOf(sound(samples), 'level'));
  const levels = [-40, -20, 10].map((decibels) => {
    const other = sound(scaled(samples, 10 ** (decibels / 20)));
    return speechLevel(limitLevel(other)).toFixed(3);
  });
  assert.equal(levels, ['-18.000', '-18.000', '-18.000']);
});

test('a silent channel beside the voice does not change what is heard', () => {
  const samples = babble(2, 0.3);
  const expected = spectrogramOf(sound(samples), 'level');
  const found = spectrogramOf(sound(scaled(samples, 0.5)), 'level');
  assert.ok(found.every((x, i) => Math.abs(x - expected[i]!) < 1e-4));
});

test('silence stays as it is, and is called silent', () => {
  const silence = sound(new Float32Array(RATE));
  assert.is(normaliseLevel(silence), silence);
  assert.equal(inspectSound(silence), { faults: [], isSilent: true });
  const random = new Random(1);
  const rounding = sound(Float32Array.from({ length: RATE }, () => (random.integer(3) - 1) / 2 ** 15));
  assert.ok(inspectSound(rounding).isSilent, 'and so is what dither leaves of it');
});

test('too quiet and clipped recordings are named, with how much', () => {
  assert.equal(inspectSound(sound(babble(2, 0.3))), { faults: [], isSilent: false });
  assert.match(inspectSound(sound(babble(2, 0.002))).faults[0]!, /^very quiet \(-\d\d dB/);
  const clipped = babble(2, 3).map((x) => Math.max(-1, Math.min(1, x)));
  assert.match(inspectSound(sound(clipped)).faults[0]!, /^too loud, \d+\.\d % of it is clipped/);
});

test('what comes after the last frame is not looked at', () => {
  const long = babble(60, 0.3, 16_000);
  long.fill(Number.NaN, 25 * 16_000);
  const spectrogram = spectrogramOf(sound(long.subarray(0, 21 * 16_000), 16_000), 'recorded');
  assert.equal(spectrogramOf(sound(long, 16_000), 'recorded'), spectrogram);
  assert.ok(PROTOCOL_SECONDS < 20.5);
});

test.run();
