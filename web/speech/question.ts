import type { Waveform } from '#hw2/data/wav.js';
import type { Decoder } from '#hw2/speech/model/recognizer.js';

/** A sound, to be looked at and, where a decoder is named, transcribed. */
export interface Question {
  waveform: Waveform;
  decoder?: Decoder;
}

/** What comes before the answer: the spectrogram, [frames, 80], and the text so far. */
export type Part = { spectrogram: Float32Array } | { text: string };

export interface Transcript {
  text: string;
  /** Seconds of work, the loading of the model left out. */
  seconds: number;
}
