import type { Waveform } from '../data/wav.js';
import { fitFrames, logMel, MEL_BINS, MEL_SAMPLE_RATE, PROTOCOL_FRAMES } from './mel.js';
import { resample } from './resample.js';

/**
 * A clip as the models hear it: its log-mel spectrogram frame after frame, [frames, 80], cut to the protocol's 2,754
 * frames; an odd number of them is made even by a frame of zeros, the protocol's padding.
 *
 * @throws RangeError when it is shorter than a frame
 */
export function spectrogramOf({ samples, sampleRate }: Waveform): Float32Array {
  const mel = logMel(resample(samples, sampleRate, MEL_SAMPLE_RATE));
  const frames = Math.min(mel.frames + (mel.frames % 2), PROTOCOL_FRAMES);
  const { data } = fitFrames(mel, frames);
  const spectrogram = new Float32Array(data.length);
  for (let m = 0; m < MEL_BINS; m++)
    for (let t = 0; t < frames; t++) spectrogram[t * MEL_BINS + m] = data[m * frames + t]!;
  return spectrogram;
}
