import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { augment } from '#hw2/speech/augmentation.js';
import { MEL_BINS, MEL_SAMPLE_RATE } from '#hw2/speech/mel.js';
import { scaledFilter } from '#hw2/speech/mel-bank.js';
import { spectrogramOf } from '#hw2/speech/spectrogram.js';
import { Random } from '#hw2/statistics/random.js';

const test = suite('augmentation of speech');

const tokens = Uint8Array.of(0, 5, 1);

function tone(hertz: number, seconds: number): Float32Array {
  const samples = Float32Array.from({ length: seconds * MEL_SAMPLE_RATE }, (_, i) =>
    Math.sin((2 * Math.PI * hertz * i) / MEL_SAMPLE_RATE),
  );
  return spectrogramOf({ samples, sampleRate: MEL_SAMPLE_RATE }, 'level');
}

/** The filter that hears most over all frames. */
function loudestFilter(spectrogram: Float32Array): number {
  const sums = new Float64Array(MEL_BINS);
  spectrogram.forEach((x, i) => {
    sums[i % MEL_BINS]! += x;
  });
  return sums.indexOf(Math.max(...sums));
}

test('the same seed varies in the same way, another in another, and the clip itself stays', () => {
  const spectrogram = tone(440, 1);
  const before = spectrogram.slice();
  const varied = (seed: number) => augment({ spectrogram, tokens }, 2_754, new Random(seed)).spectrogram;
  assert.equal(varied(1), varied(1));
  assert.not.equal(varied(1), varied(2));
  assert.equal(spectrogram, before);
});

test('length changes by a tenth at most, stays even, keeps to the longest, and all values are finite', () => {
  const lengths = new Set<number>();
  for (const seconds of [0.02, 0.3, 1])
    for (let seed = 0; seed < 40; seed++) {
      const utterance = { spectrogram: tone(300, seconds), tokens };
      const frames = utterance.spectrogram.length / MEL_BINS;
      const { spectrogram, tokens: text } = augment(utterance, frames + 4, new Random(seed));
      const length = spectrogram.length / MEL_BINS;
      lengths.add(length / frames);
      assert.is(text, tokens);
      assert.is(length % 2, 0);
      assert.ok(length <= frames + 4 && length >= Math.floor(frames / 1.1) - 1, `${frames} to ${length}`);
      assert.ok(spectrogram.every(Number.isFinite));
    }
  assert.ok(lengths.size > 10);
});

test('faster speech is shorter and higher, as sound that is played faster', () => {
  const hertz = 1_500;
  const spectrogram = tone(hertz, 3);
  const speeds = Array.from({ length: 20 }, (_, seed) => {
    const varied = augment({ spectrogram, tokens }, 2_754, new Random(seed)).spectrogram;
    const speed = spectrogram.length / varied.length;
    return { speed, heard: loudestFilter(varied), played: loudestFilter(tone(hertz * speed, 3)) };
  });
  // A mask may lie on the tone: then a neighbour is the loudest.
  const right = speeds.filter(({ heard, played }) => Math.abs(heard - played) <= 1);
  assert.ok(right.length >= 16, JSON.stringify(speeds));
  assert.ok(Math.max(...speeds.map(({ speed }) => speed)) > 1.06);
  assert.ok(Math.min(...speeds.map(({ speed }) => speed)) < 0.94);
});

test('filters are where they were when nothing is scaled, and scaling back undoes scaling', () => {
  for (let m = 0; m < MEL_BINS; m++) {
    assert.ok(Math.abs(scaledFilter(m, 1, MEL_SAMPLE_RATE, MEL_BINS) - m) < 1e-9);
    const there = scaledFilter(m, 1.07, MEL_SAMPLE_RATE, MEL_BINS);
    assert.ok(Math.abs(scaledFilter(there, 1 / 1.07, MEL_SAMPLE_RATE, MEL_BINS) - m) < 1e-9);
  }
});

test.run();
