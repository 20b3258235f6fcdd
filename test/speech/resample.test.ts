import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resample } from '#hw2/speech/resample.js';

function tone(hertz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) =>
    Math.sin((2 * Math.PI * hertz * i) / rate + 0.4),
  );
}

/** Away from the ends, where the filter still sees the silence around the sound. */
function middle(samples: Float32Array): Float32Array {
  return samples.subarray(samples.length * 0.25, samples.length * 0.75);
}

function decibels(samples: Float32Array): number {
  return 10 * Math.log10(samples.reduce((sum, x) => sum + x * x, 0) / samples.length / 0.5);
}

// Up, down, up by a whole number, down by one, and by almost nothing with rates that have no common divisor.
const rates: [number, number][] = [
  [16_000, 22_050],
  [48_000, 22_050],
  [11_025, 22_050],
  [44_100, 22_050],
  [8_000, 22_050],
  [22_051, 22_050],
  // More taps than are made: interpolated between 512 places.
  [192_001, 22_050],
  [22_050, 16_000],
];

for (const [from, to] of rates) {
  const nyquist = Math.min(from, to) / 2;

  test(`${from} to ${to} Hz: a tone up to 0.9 of the band is that tone, in level and in phase, to −95 dB`, () => {
    for (const part of [0.01, 0.23, 0.5, 0.77, 0.9]) {
      const expected = middle(tone(part * nyquist, to, 0.2));
      const given = middle(resample(tone(part * nyquist, from, 0.2), from, to));
      const error = decibels(given.map((x, i) => x - expected[i]!));
      assert.ok(error < -95, `${part * nyquist} Hz: error ${error.toFixed(1)} dB`);
    }
  });

  if (from > 1.1 * to) {
    test(`${from} to ${to} Hz: a tone above the band leaves −95 dB or less`, () => {
      for (let part = 1.01; part * nyquist < from / 2; part += 0.13) {
        const rest = decibels(middle(resample(tone(part * nyquist, from, 0.2), from, to)));
        assert.ok(rest < -95, `${part * nyquist} Hz: ${rest.toFixed(1)} dB`);
      }
    });
  }

  test(`${from} to ${to} Hz: a constant stays what it is`, () => {
    for (const value of middle(resample(new Float32Array(8_000).fill(0.7), from, to)))
      assert.ok(Math.abs(value - 0.7) < 1e-6, String(value));
  });
}

test('the length is that of the sound, rounded up; the result is linear', () => {
  const sound = fc.float32Array({ maxLength: 300, min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(sound, fc.constantFrom(...rates.slice(0, 5)), (samples, [from, to]) => {
      const output = resample(samples, from, to);
      assert.is(output.length, Math.ceil((samples.length * to) / from));
      const halved = resample(
        samples.map((x) => x / 2),
        from,
        to,
      );
      output.forEach((x, i) => {
        assert.ok(Math.abs(halved[i]! - x / 2) < 1e-7);
      });
    }),
    { numRuns: 30 },
  );
});

test('an impulse stays where it is, and is symmetric about it', () => {
  const output = resample(
    Float32Array.from({ length: 801 }, (_, i) => (i === 400 ? 1 : 0)),
    11_025,
    22_050,
  );
  const highest = output.indexOf(output.reduce((a, b) => Math.max(a, b)));
  assert.is(highest, 800);
  for (let i = 1; i < 500; i++) assert.ok(Math.abs(output[800 - i]! - output[800 + i]!) < 1e-7);
});

test('the same rate: the same samples', () => {
  const samples = Float32Array.of(0.1, 0.2);
  assert.is(resample(samples, 22_050, 22_050), samples);
});

test('rates that no sound has, and results that no memory holds', () => {
  const samples = new Float32Array(1);
  for (const rate of [0, -8_000, 999, 768_001, 8_000.5, Number.NaN]) {
    assert.throws(() => resample(samples, rate, 22_050), `a sample rate of ${rate} Hz, expected`);
    assert.throws(() => resample(samples, 22_050, rate), `a sample rate of ${rate} Hz, expected`);
  }
  const long = { length: 2 ** 27 } as Float32Array;
  assert.throws(
    () => resample(long, 8_000, 22_050),
    '134217728 samples at 8000 Hz are 369937664 at 22050 Hz',
  );
});

test.run();
