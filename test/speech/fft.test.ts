import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PowerSpectrum } from '#hw2/speech/fft.js';

/** |Σ x[t] e^(−2πikt/n)|² as it is defined. */
function definition(x: Float64Array): Float64Array {
  return Float64Array.from({ length: x.length / 2 + 1 }, (_, k) => {
    const re = x.reduce(
      (sum, value, t) => sum + value * Math.cos((2 * Math.PI * ((k * t) % x.length)) / x.length),
      0,
    );
    const im = x.reduce(
      (sum, value, t) => sum + value * Math.sin((2 * Math.PI * ((k * t) % x.length)) / x.length),
      0,
    );
    return re * re + im * im;
  });
}

function transform(x: Float64Array): Float64Array {
  const power = new Float64Array(x.length / 2 + 1);
  new PowerSpectrum(x.length).transform(x, power);
  return power;
}

// Powers of two, odd halves, primes and products of several primes.
for (const length of [2, 4, 6, 8, 14, 30, 34, 64, 74, 90, 400, 462, 1024]) {
  test(`${length} samples: the definition to 13 digits of the frame's energy`, () => {
    fc.assert(
      fc.property(
        fc.float64Array({ minLength: length, maxLength: length, min: -1, max: 1, noNaN: true }),
        (frame) => {
          const energy = frame.reduce((sum, x) => sum + x * x, 0) * length;
          const expected = definition(frame);
          transform(frame).forEach((power, k) => {
            assert.ok(Math.abs(power - expected[k]!) <= 1e-13 * energy, `bin ${k}: ${power}, ${expected[k]}`);
          });
        },
      ),
      { numRuns: 10 },
    );
  });
}

test('a cosine of a whole number of periods has one line of n²/4', () => {
  const power = transform(
    Float64Array.from({ length: 400 }, (_, t) => Math.cos((2 * Math.PI * 37 * t) / 400)),
  );
  power.forEach((value, k) => {
    assert.ok(Math.abs(value - (k === 37 ? 40_000 : 0)) < 1e-8, `bin ${k}: ${value}`);
  });
});

test('a frame can follow another', () => {
  const spectrum = new PowerSpectrum(6);
  const power = new Float64Array(4);
  spectrum.transform(Float64Array.of(1, 2, 3, 4, 5, 6), power);
  spectrum.transform(Float64Array.of(1, 0, 0, 0, 0, 0), power);
  for (const value of power) assert.ok(Math.abs(value - 1) < 1e-15);
});

test('odd, fractional and empty lengths are refused', () => {
  for (const length of [0, 1, 7, 2.5, -4, Number.NaN])
    assert.throws(() => new PowerSpectrum(length), new RegExp(`a frame of ${length} samples`));
});

test.run();
