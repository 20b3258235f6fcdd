import type { Waveform } from '../data/wav.js';
import { limitLevel, normaliseLevel } from './level.js';
import { fitFrames, logMel, MEL_BINS, MEL_SAMPLE_RATE, PROTOCOL_FRAMES, PROTOCOL_SECONDS } from './mel.js';
import { resample } from './resample.js';

/** What is kept of these spectrograms is made anew where this number is another: raise it with every change of them. */
export const SPECTROGRAM_VERSION = 2;

/** What follows is not processed: it is heard neither by the last frame nor by the resampler's filter around it. */
export const HEARD_SECONDS = PROTOCOL_SECONDS + 0.5;

/** As much of a sound as has a part in its spectrogram, so that a long one costs no more than that. */
export function heardPart({ samples, sampleRate }: Waveform): Waveform {
  return { samples: samples.slice(0, Math.ceil(HEARD_SECONDS * sampleRate)), sampleRate };
}

/**
 * What is done to sound before its spectrogram is made: `level` brings its speech to one level, `recorded` leaves it as it
 * was recorded, unless that is quieter or louder than what recognizers heard when training did no more. A recognizer hears
 * well only what was prepared as in its training.
 */
export type FrontEnd = 'level' | 'recorded';

/** The front end that the metadata of a model names; models before there was a choice name none. */
export function frontEndOf(metadata: Readonly<Record<string, string>>): FrontEnd | undefined {
  const { frontEnd = 'recorded' } = metadata;
  return frontEnd === 'level' || frontEnd === 'recorded' ? frontEnd : undefined;
}

/**
 * A clip as the models hear it: its log-mel spectrogram frame after frame, [frames, 80], cut to the protocol's 2,754
 * frames, before anything that takes long; an odd number of them is made even by a frame of zeros, the protocol's padding.
 *
 * @throws RangeError when it is shorter than a frame
 */
export function spectrogramOf(waveform: Waveform, frontEnd: FrontEnd): Float32Array {
  const { samples, sampleRate } = heardPart(waveform);
  const sound = { samples: resample(samples, sampleRate, MEL_SAMPLE_RATE), sampleRate: MEL_SAMPLE_RATE };
  const mel = logMel((frontEnd === 'level' ? normaliseLevel(sound) : limitLevel(sound)).samples);
  const frames = Math.min(mel.frames + (mel.frames % 2), PROTOCOL_FRAMES);
  const { data } = fitFrames(mel, frames);
  const spectrogram = new Float32Array(data.length);
  for (let m = 0; m < MEL_BINS; m++)
    for (let t = 0; t < frames; t++) spectrogram[t * MEL_BINS + m] = data[m * frames + t]!;
  return spectrogram;
}
