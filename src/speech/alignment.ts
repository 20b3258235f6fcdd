import type { Recognizer } from './recognizer.js';
import { END_TOKEN, SYMBOLS } from './text.js';
import type { Listened } from './transcribe.js';

/** Where a recognizer listened while it wrote. */
export interface Alignment {
  /** What it heard, frame after frame, [frames, 80]. */
  spectrogram: Float32Array;
  /** What it wrote, one string a symbol; the mark of the end last, where it came to that. */
  symbols: string[];
  /** Weights of its cross-attention, mean of both heads, [symbols, positions]; a position is two frames. */
  weights: Float32Array;
}

/** @param spectrogram that was listened to */
export async function alignmentOf(
  recognizer: Pick<Recognizer, 'align'>,
  spectrogram: Float32Array,
  { start, tokens }: Listened,
): Promise<Alignment> {
  return {
    spectrogram,
    symbols: tokens.slice(1).map((token) => (token === END_TOKEN ? 'end' : SYMBOLS[token]!)),
    weights: await recognizer.align(start, tokens),
  };
}
