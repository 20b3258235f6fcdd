import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fitFrames, logMel, MEL_BINS } from '#hw2/speech/mel.js';

/** Standard normal noise that is the same in every run. */
function noise(length: number, seed: number): Float32Array {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Slaney's scale by its constants, and the weight of filter m at bin k by its definition. */
function weight(m: number, k: number): number {
  const top = 15 + (27 * Math.log(11.025)) / Math.log(6.4);
  const corner = (i: number) => {
    const mel = (top * i) / 81;
    return mel < 15 ? (mel * 200) / 3 : 1000 * 6.4 ** ((mel - 15) / 27);
  };
  const [low, centre, high] = [corner(m), corner(m + 1), corner(m + 2)];
  const hertz = (k * 22_050) / 400;
  const rising = (hertz - low) / (centre - low);
  const falling = (high - hertz) / (high - centre);
  return (Math.max(0, Math.min(rising, falling)) * 2) / (high - low);
}

/** The protocol in float64 word by word: padded copy, direct transform, dense filter bank. [80][frames] */
function protocol(samples: Float32Array): number[][] {
  const n = samples.length;
  const padded = [
    ...Array.from({ length: 200 }, (_, i) => samples[200 - i]!),
    ...samples,
    ...Array.from({ length: 200 }, (_, i) => samples[n - 2 - i]!),
  ];
  const frames = Math.floor((padded.length - 400) / 160) + 1;
  const turn = Array.from({ length: 400 }, (_, i) => (2 * Math.PI * i) / 400);
  const [cos, sin] = [turn.map(Math.cos), turn.map(Math.sin)];
  const levels = Array.from({ length: 80 }, () => Array<number>(frames).fill(0));
  const weights = Array.from({ length: 80 }, (_, m) => Array.from({ length: 201 }, (_, k) => weight(m, k)));
  for (let t = 0; t < frames; t++) {
    const frame = turn.map((_, i) => padded[t * 160 + i]! * (0.5 - 0.5 * cos[i]!));
    const power = Array.from({ length: 201 }, (_, k) => {
      const re = frame.reduce((sum, x, i) => sum + x * cos[(i * k) % 400]!, 0);
      const im = frame.reduce((sum, x, i) => sum + x * sin[(i * k) % 400]!, 0);
      return re ** 2 + im ** 2;
    });
    weights.forEach((row, m) => {
      const energy = row.reduce((sum, w, k) => sum + w * power[k]!, 0);
      levels[m]![t] = Math.log10(Math.max(energy, 1e-10));
    });
  }
  const highest = Math.max(...levels.flat());
  return levels.map((row) => row.map((level) => (Math.max(level, highest - 8) + 4) / 4));
}

function assertAgrees(samples: Float32Array): void {
  const { data, frames } = logMel(samples);
  const expected = protocol(samples);
  assert.is(frames, expected[0]!.length);
  assert.is(data.length, 80 * frames);
  expected.forEach((row, m) => {
    row.forEach((value, t) => {
      const given = data[m * frames + t]!;
      assert.ok(Math.abs(given - value) < 1e-5, `filter ${m}, frame ${t}: ${given}, expected ${value}`);
    });
  });
}

// The least length that can be reflected, either side of a whole number of hops, and lengths in between.
for (const length of [201, 239, 319, 320, 321, 400, 1_777, 16_000])
  test(`noise of ${length} samples: the protocol to 1e-5`, () => assertAgrees(noise(length, length)));

test('loud, quiet, a tone in silence, a click: the protocol to 1e-5', () => {
  assertAgrees(noise(2_000, 1).map((x) => 3_000 * x));
  assertAgrees(noise(2_000, 2).map((x) => 1e-7 * x));
  assertAgrees(Float32Array.from({ length: 3_000 }, (_, i) => (i < 1_000 ? 0 : Math.sin(0.3 * i))));
  assertAgrees(Float32Array.from({ length: 1_000 }, (_, i) => (i === 500 ? 1 : 0)));
});

test('any samples: the protocol to 1e-5', () => {
  const sound = fc.float32Array({ minLength: 201, maxLength: 600, min: -1, max: 1, noNaN: true });
  fc.assert(fc.property(sound, assertAgrees), { numRuns: 20 });
});

test('silence is −10, scaled to −1.5', () => {
  const { data, frames } = logMel(new Float32Array(1_000));
  assert.is(frames, 7);
  assert.ok(data.every((value) => value === -1.5));
});

test('the range is 2 below the maximum', () => {
  const { data } = logMel(Float32Array.from({ length: 5_000 }, (_, i) => (i < 2_500 ? 0 : Math.sin(i))));
  const highest = data.reduce((a, b) => Math.max(a, b));
  const lowest = data.reduce((a, b) => Math.min(a, b));
  assert.ok(Math.abs(highest - lowest - 2) < 1e-6, `${lowest} to ${highest}`);
});

test('too short to be reflected', () => {
  assert.throws(() => logMel(new Float32Array(200)), /sound of 200 samples, expected at least 201/);
  assert.throws(() => logMel(new Float32Array(0)), /sound of 0 samples/);
});

test('frames are cut, or padded with zeros, row by row', () => {
  const mel = logMel(noise(1_000, 3));
  const [shorter, same, longer] = [4, 7, 9].map((frames) => fitFrames(mel, frames));
  assert.equal([shorter!.frames, same!.frames, longer!.frames], [4, 7, 9]);
  assert.equal(same!.data, mel.data);
  for (let m = 0; m < MEL_BINS; m++) {
    const row = [...mel.data.subarray(7 * m, 7 * m + 7)];
    assert.equal([...shorter!.data.subarray(4 * m, 4 * m + 4)], row.slice(0, 4));
    assert.equal([...longer!.data.subarray(9 * m, 9 * m + 9)], [...row, 0, 0]);
  }
});

test.run();
