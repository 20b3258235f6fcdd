import type { Waveform } from '#hw2/data/wav.js';
import type { Alignment } from '#hw2/speech/alignment.js';
import type { Transcript } from '#hw2/speech/confidence.js';
import type { Decoder } from '#hw2/speech/model/recognizer.js';

/** A sound, to be looked at and, where a decoder is named, transcribed. */
export interface Question {
  waveform: Waveform;
  decoder?: Decoder;
  /** Hypotheses that are kept; 1 decodes greedily. */
  beam: number;
}

/** What comes before the answer: the spectrogram, [frames, 80], what is wrong with the sound, and the text so far, of whichever hypothesis is looked at. */
export type Part = { spectrogram: Float32Array; faults: readonly string[] } | { text: string };

export interface Answer {
  transcript: Transcript;
  /** Where it was listened, if anything was written. */
  alignment?: Alignment;
  /** Seconds of work, the loading of the model left out. */
  seconds: number;
}
