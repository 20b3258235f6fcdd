import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { levelOf, logMel, MEL_BINS, MEL_SAMPLE_RATE, powerOf, WHITE_NOISE_POWER } from '#hw2/speech/mel.js';
import { filterCentres, melBank } from '#hw2/speech/mel-bank.js';
import { transmit } from '#hw2/speech/transmission.js';
import { Random } from '#hw2/statistics/random.js';

const FRAMES = 60;

/** One loud frame in the middle of silence. */
function clap(): Float32Array {
  const spectrogram = new Float32Array(FRAMES * MEL_BINS).fill(levelOf(1e-8));
  spectrogram.fill(levelOf(1), 30 * MEL_BINS, 31 * MEL_BINS);
  return spectrogram;
}

const transmitted = Array.from({ length: 200 }, (_, seed) => {
  const spectrogram = clap();
  transmit(spectrogram, new Random(seed));
  return spectrogram;
});
const meanOf = (spectrogram: Float32Array, frame: number, from = 0, to = MEL_BINS) =>
  spectrogram
    .subarray(frame * MEL_BINS + from, frame * MEL_BINS + to)
    .reduce((sum, x) => sum + powerOf(x) / (to - from), 0);

test('power and what a spectrogram shows of it are each the inverse of the other', () => {
  for (const power of [1e-10, 1, 300]) assert.ok(Math.abs(powerOf(levelOf(power)) / power - 1) < 1e-12);
});

test('white noise has in every filter the power that is said, on average', () => {
  const random = new Random(3);
  const samples = Float32Array.from({ length: 4 * MEL_SAMPLE_RATE }, () => 0.01 * random.normal());
  const { data, frames } = logMel(samples);
  const mean = data.reduce((sum, x) => sum + powerOf(x), 0) / (MEL_BINS * frames);
  assert.ok(Math.abs(mean / (1e-4 * WHITE_NOISE_POWER) - 1) < 0.05, `${mean}`);
});

test('a filter is highest at its centre', () => {
  const bank = melBank(16_000, 8_000, 40);
  const centres = filterCentres(16_000, 40);
  bank.forEach(({ start, weights }, m) => {
    const highest = start + weights.indexOf(Math.max(...weights));
    assert.ok(Math.abs(highest * 2 - centres[m]!) <= 2, `filter ${m}`);
  });
});

test('all stays finite, nothing lies more than 80 dB below the loudest, and the same seed does the same', () => {
  for (const spectrogram of transmitted) {
    assert.ok(spectrogram.every(Number.isFinite));
    const [low, high] = [Math.min(...spectrogram), Math.max(...spectrogram)];
    assert.ok(high - low <= 2 + 1e-6);
  }
  const again = clap();
  transmit(again, new Random(7));
  assert.equal(again, transmitted[7]);
});

test('in a room a clap decays, at most by the share of the room, and nothing sounds before it', () => {
  const echoes = transmitted.filter((x) => meanOf(x, 33) > 10 * meanOf(x, 27));
  assert.ok(echoes.length > 30 && echoes.length < 100, `${echoes.length} of 200`);
  for (const spectrogram of echoes) {
    assert.ok(meanOf(spectrogram, 55) < meanOf(spectrogram, 31));
    let after = 0;
    for (let t = 31; t < FRAMES; t++) after += meanOf(spectrogram, t);
    assert.ok(after < 1.3 * meanOf(spectrogram, 30), 'direct sound is not weaker than the room');
  }
});

test('some channels end where telephones and lower sample rates do', () => {
  const dull = transmitted.filter((x) => meanOf(x, 30, 76) < 1e-2 * meanOf(x, 30, 25, 40));
  assert.ok(dull.length > 20 && dull.length < 80, `${dull.length} of 200`);
});

test.run();
