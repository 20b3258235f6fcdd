/** A triangular filter: its weights on the bins from `start` on, zero elsewhere. */
export interface MelFilter {
  readonly start: number;
  readonly weights: Float64Array;
}

/**
 * Triangular filters on the bins 0 … nFft/2 of a power spectrum, between 0 Hz and half the sample rate (Hz): corners
 * equally spaced on Slaney's mel scale, each filter divided by half its width in Hz so that it has unit area. The
 * same as `librosa.filters.mel(norm='slaney', htk=False)`, after M. Slaney, "Auditory Toolbox", TR 1998-010.
 */
export function melBank(sampleRate: number, nFft: number, filters: number): MelFilter[] {
  const top = hertzToMel(sampleRate / 2);
  const corners = Array.from({ length: filters + 2 }, (_, i) => melToHertz((top * i) / (filters + 1)));
  return Array.from({ length: filters }, (_, i) => {
    const [low, centre, high] = corners.slice(i, i + 3) as [number, number, number];
    const start = Math.ceil((low * nFft) / sampleRate);
    const end = Math.floor((high * nFft) / sampleRate) + 1;
    const weights = Float64Array.from({ length: end - start }, (_, j) => {
      const hertz = ((start + j) * sampleRate) / nFft;
      const height = Math.min((hertz - low) / (centre - low), (high - hertz) / (high - centre));
      return (Math.max(0, height) * 2) / (high - low);
    });
    return { start, weights };
  });
}

/** Hz at which each filter of {@link melBank} is highest. */
export function filterCentres(sampleRate: number, filters: number): number[] {
  const step = hertzToMel(sampleRate / 2) / (filters + 1);
  return Array.from({ length: filters }, (_, filter) => melToHertz((filter + 1) * step));
}

/**
 * Where a filter lies after all frequencies have been multiplied by a factor, as a position between the filters of
 * {@link melBank}; before the first or after the last where it leaves them.
 */
export function scaledFilter(filter: number, factor: number, sampleRate: number, filters: number): number {
  const step = hertzToMel(sampleRate / 2) / (filters + 1);
  return hertzToMel(melToHertz((filter + 1) * step) * factor) / step - 1;
}

// Linear up to 1,000 Hz, which is 15 mel, then logarithmic with 27 mel to a factor of 6.4.
const HERTZ_PER_MEL = 200 / 3;
const BREAK_HERTZ = 1000;
const BREAK_MEL = BREAK_HERTZ / HERTZ_PER_MEL;
const MEL_PER_NEPER = 27 / Math.log(6.4);

function hertzToMel(hertz: number): number {
  return hertz < BREAK_HERTZ
    ? hertz / HERTZ_PER_MEL
    : BREAK_MEL + MEL_PER_NEPER * Math.log(hertz / BREAK_HERTZ);
}

function melToHertz(mel: number): number {
  return mel < BREAK_MEL ? mel * HERTZ_PER_MEL : BREAK_HERTZ * Math.exp((mel - BREAK_MEL) / MEL_PER_NEPER);
}
