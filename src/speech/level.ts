import type { Waveform } from '../data/wav.js';

/** Power of speech after {@link normaliseLevel}, in decibels below that of a square wave of full scale. */
export const TARGET_LEVEL = -20;
/** Of what the recognizers of 0.1.0 were trained on, 98 % of LJSpeech is louder, and flite between −18 and −13 dB. */
const QUIETEST = -25;
const LOUDEST = -13;
/** Between the two, where validation clips of both kinds are heard well. */
const MIDDLE = -18;
/** Blocks of this many seconds, a quarter of that apart. */
const BLOCK_SECONDS = 0.4;
const OVERLAP = 4;
/** Blocks below this level are silence, whatever the rest is: rounding to 16 bits alone is −101 dB. */
const ABSOLUTE_GATE = -80;
/** Blocks this far below the mean power of the others are pauses. */
const RELATIVE_GATE = -10;

/**
 * The level of the speech in a sound, in decibels of full scale: the mean power of its blocks of 0.4 s, without silence and
 * pauses. The two gates are those of ITU-R BS.1770-4, with the absolute one at −80 dB instead of −70; its weighting of
 * frequencies is left out, and a constant offset does not count. −Infinity where all is silence.
 */
export function speechLevel({ samples, sampleRate }: Waveform): number {
  const powers = blockPowers(samples, Math.round((BLOCK_SECONDS * sampleRate) / OVERLAP));
  const loud = powers.filter((power) => decibels(power) > ABSOLUTE_GATE);
  const gate = decibels(mean(loud)) + RELATIVE_GATE;
  return decibels(mean(loud.filter((power) => decibels(power) > gate)));
}

/** The sound with its speech at the level that recognizers are trained on; as it is where all is silence. */
export function normaliseLevel(sound: Waveform): Waveform {
  return atLevel(sound, () => TARGET_LEVEL);
}

/**
 * The sound as it was recorded where its speech is as loud as in the training of 0.1.0's recognizers; otherwise it is brought
 * to the middle of that. As it is where all is silence.
 */
export function limitLevel(sound: Waveform): Waveform {
  return atLevel(sound, (level) => (level < QUIETEST || level > LOUDEST ? MIDDLE : level));
}

function atLevel(sound: Waveform, wanted: (level: number) => number): Waveform {
  const level = speechLevel(sound);
  if (level === Number.NEGATIVE_INFINITY) return sound;
  const gain = 10 ** ((wanted(level) - level) / 20);
  if (gain === 1) return sound;
  return { samples: sound.samples.map((sample) => gain * sample), sampleRate: sound.sampleRate };
}

/** Power of every block of four hops, of all the sound where it is shorter; less that of the mean. */
function blockPowers(samples: Float32Array, hop: number): number[] {
  const hops = Math.max(1, Math.floor(samples.length / hop));
  const sums = new Float64Array(hops);
  const squares = new Float64Array(hops);
  for (let h = 0; h < hops; h++) {
    const end = h === hops - 1 ? samples.length : (h + 1) * hop;
    for (let i = h * hop; i < end; i++) {
      sums[h]! += samples[i]!;
      squares[h]! += samples[i]! ** 2;
    }
  }
  const total = (values: Float64Array, from: number, to: number) =>
    values.subarray(from, to).reduce((sum, x) => sum + x, 0);
  const offset = total(sums, 0, hops) / samples.length;
  const blocks = Math.max(1, hops - OVERLAP + 1);
  return Array.from({ length: blocks }, (_, block) => {
    const last = Math.min(block + OVERLAP, hops);
    const count = (last === hops ? samples.length : last * hop) - block * hop;
    const [sum, square] = [total(sums, block, last), total(squares, block, last)];
    return Math.max(0, square / count - (2 * offset * sum) / count + offset ** 2);
  });
}

function decibels(power: number): number {
  return 10 * Math.log10(power);
}

/** 0 of nothing. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, x) => sum + x, 0) / values.length;
}
