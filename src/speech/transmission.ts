import type { Random } from '../statistics/random.js';
import {
  DYNAMIC_RANGE,
  FRAME_RATE,
  levelOf,
  MEL_BINS,
  MEL_SAMPLE_RATE,
  powerOf,
  WHITE_NOISE_POWER,
} from './mel.js';
import { filterCentres } from './mel-bank.js';

/** Shares of clips that are heard in a room, over a channel, with noise. */
const ROOM = 0.3;
const CHANNEL = 0.4;
const NOISY = 0.5;

/** Seconds in which sound in the room decays by 60 dB, at the lowest frequency; at the highest in half of that. */
const REVERBERATION_SECONDS = [0.2, 0.8] as const;
/** Power of the direct sound over that of the room, in powers of ten. */
const DIRECT_OVER_ROOM = [0, 1.2] as const;

/** Hz from which nothing is left: a telephone, MP3 and half the sample rates below 22,050 Hz. 0: all is left. */
const HIGHEST_HERTZ = [3_400, 4_000, 5_500, 8_000, 0, 0, 0, 0];
/** Hz below which a telephone lets little pass. */
const TELEPHONE_HERTZ = 300;
const BLOCKED_POWER = 1e-6;
const DAMPED_POWER = 3e-3;
/** Powers of ten by which a channel raises or lowers the ends of the spectrum, and a ripple over it. */
const TILT = 0.8;
const RIPPLE = 0.4;

/** Of noise, mean over the filters, below the loudest point of the clip, in powers of ten; and how it falls: f⁰ to f⁻². */
const NOISE_LEVEL = [2, 5] as const;
const NOISE_SLOPE = [0, 2] as const;

/** Gain of a recording, in decibels: it is then rounded to 16 bits. And how far the speech is from its level after that. */
const GAIN = [-30, 3] as const;
const LEVEL_ERROR = [-3, 3] as const;
const ROUNDING_VARIANCE = 2 ** -30 / 12;

const CENTRES = filterCentres(MEL_SAMPLE_RATE, MEL_BINS);

/**
 * Has a clip go through what lies between a mouth and a file, at random and in place, on the power in its filters: a room,
 * which lets sound decay; a channel, which colours it and lets a part of the frequencies pass; noise, from white to
 * brown; a quiet recording, whose rounding is louder once its level is normalised, and a level that is not quite met.
 */
export function transmit(spectrogram: Float32Array, random: Random): void {
  // Not by Float64Array.from with a function, which takes four times as long.
  const power = new Float64Array(spectrogram.length);
  for (let i = 0; i < power.length; i++) power[i] = powerOf(spectrogram[i]!);
  if (random.uniform() < ROOM) reverberate(power, random);
  if (random.uniform() < CHANNEL) colour(power, random);
  const noise = new Float64Array(MEL_BINS);
  if (random.uniform() < NOISY) addNoise(noise, loudest(power), random);
  const rounding = ROUNDING_VARIANCE * 10 ** (-random.uniform(...GAIN) / 10);
  const gain = 10 ** (random.uniform(...LEVEL_ERROR) / 10);
  for (let i = 0; i < power.length; i++) {
    const mean = noise[i % MEL_BINS]! + rounding * WHITE_NOISE_POWER;
    // The power of noise in one bin is distributed exponentially.
    power[i] = gain * (power[i]! - mean * Math.log(1 - random.uniform()));
  }
  const floor = loudest(power) * 10 ** -DYNAMIC_RANGE;
  for (let i = 0; i < power.length; i++) spectrogram[i] = levelOf(Math.max(power[i]!, floor));
}

/** Adds to every frame what is left in the room of those before it. */
function reverberate(power: Float64Array, random: Random): void {
  const seconds = random.uniform(...REVERBERATION_SECONDS);
  const share = 10 ** -random.uniform(...DIRECT_OVER_ROOM);
  for (let m = 0; m < MEL_BINS; m++) {
    const decay = 10 ** (-6 / (seconds * (1 - (0.5 * m) / MEL_BINS) * FRAME_RATE));
    let left = 0;
    for (let i = m; i < power.length; i += MEL_BINS) {
      const direct = power[i]!;
      power[i] = direct + left;
      // Over all frames to come, a frame adds `share` of its power.
      left = decay * left + share * (1 - decay) * direct;
    }
  }
}

/** Multiplies the filters by what a channel lets pass of them. */
function colour(power: Float64Array, random: Random): void {
  const tilt = random.uniform(-TILT, TILT);
  const ripple = random.uniform(0, RIPPLE);
  const [waves, phase] = [random.uniform(0.5, 3), random.uniform(0, 2 * Math.PI)];
  const highest = HIGHEST_HERTZ[random.integer(HIGHEST_HERTZ.length)]!;
  const isTelephone = highest > 0 && highest <= 4_000;
  const gains = CENTRES.map((hertz, m) => {
    const at = m / (MEL_BINS - 1);
    const curve = 10 ** (tilt * (at - 0.5) + ripple * Math.sin(2 * Math.PI * waves * at + phase));
    const blocked = highest > 0 && hertz > highest ? BLOCKED_POWER : 1;
    return curve * blocked * (isTelephone && hertz < TELEPHONE_HERTZ ? DAMPED_POWER : 1);
  });
  for (let i = 0; i < power.length; i++) power[i]! *= gains[i % MEL_BINS]!;
}

function addNoise(noise: Float64Array, highest: number, random: Random): void {
  const slope = random.uniform(...NOISE_SLOPE);
  const level = highest * 10 ** -random.uniform(...NOISE_LEVEL);
  const shape = CENTRES.map((hertz) => hertz ** -slope);
  const mean = shape.reduce((sum, x) => sum + x, 0) / MEL_BINS;
  shape.forEach((x, m) => {
    noise[m]! += (level * x) / mean;
  });
}

function loudest(power: Float64Array): number {
  return power.reduce((most, x) => Math.max(most, x), 0);
}
