import { MAX_SAMPLES } from '../data/wav.js';
import { checkSampleRate } from '../data/wav-format.js';

/** Both in terms of half the lower of the two rates: what lies below the first stays, above the second is removed. */
const PASSBAND = 0.9;
const STOPBAND = 1;
const ATTENUATION = 100;
/** Of a filter before that one, so that its ripple does not count. */
const ATTENUATION_BEFORE = 115;

// Kaiser's estimates of the window's shape and of the filter's length, here in periods of the lower rate to either side
// (Oppenheim & Schafer, "Discrete-Time Signal Processing", §7.5.3).
const beta = (attenuation: number) => 0.1102 * (attenuation - 8.7);
const REACH = (ATTENUATION - 8) / (2 * 2.285 * Math.PI * (STOPBAND - PASSBAND));

/**
 * Rates with a large least common multiple, such as 767,999 and 22,050 Hz, put outputs at as many places between inputs as the
 * target has samples a second. Where their taps would be more than these (16 MiB), an output is interpolated between those of two of
 * 512 places; the filter is so smooth that this stays below 5·10⁻⁶ (⅛·(π/512)²), less than its own ripple.
 */
const MOST_TAPS = 2 ** 22;
const INTERPOLATED_PHASES = 512;

/**
 * Sound at another sample rate, by a low-pass filter under a Kaiser window: flat to 0.9 of half the lower rate, 100 dB
 * down from that half on, without delay. Sample i lies at i/`from` seconds before and at i/`to` after; the sound is
 * taken as silent outside. Rates in Hz. Where they are equal the samples themselves are returned.
 *
 * @throws RangeError when a rate is none of 1,000 to 768,000 Hz, or the result would be of more than 2²⁸ samples
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  checkSampleRate(from);
  checkSampleRate(to);
  if (from === to) return samples;
  const length = Math.ceil((samples.length * to) / from);
  if (length > MAX_SAMPLES)
    throw new RangeError(
      `${samples.length} samples at ${from} Hz are ${length} at ${to} Hz; the limit is ${MAX_SAMPLES}`,
    );
  const factor = Math.max(1, Math.floor(from / to / 2));
  const input = factor === 1 ? samples : decimate(samples, factor, from, to);
  const divisor = greatestCommonDivisor(from, to * factor);
  return interpolate(input, (to * factor) / divisor, from / divisor, length);
}

/**
 * Every `factor`-th sample, where the rate is at least twice what is wanted then: a short filter, which only has to let nothing fall
 * onto the band that stays, does most of the work of a long one. 20 s at 767,999 Hz take 1 s instead of 20.
 */
function decimate(samples: Float32Array, factor: number, from: number, to: number): Float32Array {
  const between = (from / factor - to) / from;
  const half = Math.ceil((ATTENUATION_BEFORE - 8) / (2 * 2.285 * 2 * Math.PI * between));
  const row = Float64Array.from(
    { length: 2 * half + 1 },
    (_, j) => sinc((j - half) / factor) * kaiser((j - half) / (half + 1), ATTENUATION_BEFORE),
  );
  const sum = row.reduce((a, b) => a + b, 0);
  const taps = row.map((tap) => tap / sum);
  return Float32Array.from({ length: Math.ceil(samples.length / factor) }, (_, i) => {
    const first = i * factor - half;
    const end = Math.min(taps.length, samples.length - first);
    let output = 0;
    for (let j = Math.max(0, -first); j < end; j++) output += taps[j]! * samples[first + j]!;
    return output;
  });
}

/** `length` samples, `down` / `up` of the distance between those of the input apart. */
function interpolate(samples: Float32Array, up: number, down: number, length: number): Float32Array {
  const half = Math.ceil(REACH * Math.max(1, down / up));
  const taps = 2 * half;
  const used = Math.min(up, length);
  const rows = used * taps <= MOST_TAPS ? up : INTERPOLATED_PHASES;
  const phases = lastPhases({ up, down, half, rows, count: rows === up ? used : rows + 1 });
  const output = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const phase = i % up;
    const first = ((i - phase) / up) * down + Math.floor((phase * down) / up) - half + 1;
    const begin = Math.max(0, -first);
    const end = Math.min(taps, samples.length - first);
    const dot = (row: number) => {
      let sum = 0;
      for (let j = begin; j < end; j++) sum += phases[row * taps + j]! * samples[first + j]!;
      return sum;
    };
    if (rows === up) output[i] = dot(phase);
    else {
      const place = (((phase * down) % up) / up) * rows;
      const row = Math.floor(place);
      const below = dot(row);
      output[i] = below + (place - row) * (dot(row + 1) - below);
    }
  }
  return output;
}

interface Phases {
  up: number;
  down: number;
  /** Taps to either side. */
  half: number;
  /** Into how many steps the way from one input to the next is divided: `up`, in the order of outputs, or INTERPOLATED_PHASES. */
  rows: number;
  /** Rows that are needed, of the first. */
  count: number;
}

let last: { made: Phases; taps: Float32Array } | undefined;

/** The taps made last, if they are these: clips come many in a row at one rate, and the taps cost more than a clip. */
function lastPhases(wanted: Phases): Float32Array {
  const { up, down, rows, count } = wanted;
  const { made, taps } = last ?? {};
  if (taps && made?.up === up && made.down === down && made.rows === rows && made.count >= count) return taps;
  last = { made: wanted, taps: polyphase(wanted) };
  return last.taps;
}

/**
 * The filter's taps for positions that an output can have between two inputs, [count, 2·half]. Each position's taps add up
 * to 1, so that a constant stays what it is.
 */
function polyphase({ up, down, half, rows, count }: Phases): Float32Array {
  const cutoff = ((PASSBAND + STOPBAND) / 2) * Math.min(1, up / down);
  const width = REACH * Math.max(1, down / up);
  const taps = new Float32Array(count * 2 * half);
  for (let phase = 0; phase < count; phase++) {
    const fraction = rows === up ? ((phase * down) % up) / up : phase / rows;
    const row = Float64Array.from({ length: 2 * half }, (_, j) => {
      const t = j - half + 1 - fraction;
      return sinc(cutoff * t) * kaiser(t / width);
    });
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((tap, j) => {
      taps[phase * 2 * half + j] = tap / sum;
    });
  }
  return taps;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser's window on [−1, 1], 1 at its middle and 0 outside. */
function kaiser(x: number, attenuation = ATTENUATION): number {
  const shape = beta(attenuation);
  return Math.abs(x) < 1 ? besselI0(shape * Math.sqrt(1 - x * x)) / besselI0(shape) : 0;
}

/** The modified Bessel function of the first kind and order zero, Σ ((x/2)ᵏ / k!)². */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * Number.EPSILON; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
