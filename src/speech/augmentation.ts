import type { Random } from '../statistics/random.js';
import type { Utterance } from './batch.js';
import { MEL_BINS, MEL_SAMPLE_RATE } from './mel.js';
import { scaledFilter } from './mel-bank.js';
import { transmit } from './transmission.js';

/** Speech gets slower or faster by up to this part, and its pitch and formants lower or higher with it. */
const SPEED = 0.1;
/** Bands that are hidden, and the most filters or frames that one hides; of a short clip no more than a share. */
const FREQUENCY_MASKS = 2;
const MASKED_FILTERS = 12;
const TIME_MASKS = 2;
const MASKED_FRAMES = 20;
const MASKED_SHARE = 0.05;

/**
 * Varies a clip, so that no epoch hears the same twice: its speed, as if the tape ran slower or faster (Ko et al., "Audio
 * Augmentation for Speech Recognition", 2015), but on the log-mel spectrogram; what lies between the mouth and the file, by
 * {@link transmit}; bands of filters and of frames set to the mean (Park et al., "SpecAugment", 2019).
 *
 * @param longest frames that the result keeps to
 */
export function augment(utterance: Utterance, longest: number, random: Random): Utterance {
  const speed = random.uniform(1 - SPEED, 1 + SPEED);
  const spectrogram = atSpeed(utterance.spectrogram, speed, longest);
  transmit(spectrogram, random);
  mask(spectrogram, random);
  return { spectrogram, tokens: utterance.tokens };
}

/** Interpolates between frames and between filters. */
function atSpeed(spectrogram: Float32Array, speed: number, longest: number): Float32Array {
  const frames = spectrogram.length / MEL_BINS;
  const pairs = Math.max(1, Math.round(frames / speed / 2));
  const length = Math.min(2 * pairs, longest);
  const sources = Array.from({ length: MEL_BINS }, (_, filter) =>
    between(scaledFilter(filter, 1 / speed, MEL_SAMPLE_RATE, MEL_BINS), MEL_BINS),
  );
  const out = new Float32Array(length * MEL_BINS);
  for (let t = 0; t < length; t++) {
    const time = between(((t + 0.5) * frames) / length - 0.5, frames);
    const [before, after] = [time.below * MEL_BINS, time.above * MEL_BINS];
    for (let m = 0; m < MEL_BINS; m++) {
      const { below, above, share } = sources[m]!;
      const early = mix(spectrogram[before + below]!, spectrogram[before + above]!, share);
      const late = mix(spectrogram[after + below]!, spectrogram[after + above]!, share);
      out[t * MEL_BINS + m] = mix(early, late, time.share);
    }
  }
  return out;
}

/** The two neighbours of a position in a list, and how far it is from the first to the second; the ends go on outside. */
function between(position: number, length: number): { below: number; above: number; share: number } {
  const inside = Math.min(Math.max(position, 0), length - 1);
  const below = Math.floor(inside);
  return { below, above: Math.min(below + 1, length - 1), share: inside - below };
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

function mask(spectrogram: Float32Array, random: Random): void {
  const frames = spectrogram.length / MEL_BINS;
  const mean = spectrogram.reduce((sum, x) => sum + x, 0) / spectrogram.length;
  for (let i = 0; i < FREQUENCY_MASKS; i++) {
    const { begin, end } = band(MEL_BINS, MASKED_FILTERS, random);
    for (let t = 0; t < frames; t++) spectrogram.fill(mean, t * MEL_BINS + begin, t * MEL_BINS + end);
  }
  for (let i = 0; i < TIME_MASKS; i++) {
    const { begin, end } = band(frames, Math.min(MASKED_FRAMES, Math.floor(MASKED_SHARE * frames)), random);
    spectrogram.fill(mean, begin * MEL_BINS, end * MEL_BINS);
  }
}

function band(length: number, widest: number, random: Random): { begin: number; end: number } {
  const width = random.integer(widest + 1);
  const begin = random.integer(length - width + 1);
  return { begin, end: begin + width };
}
