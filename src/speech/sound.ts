import { DataError } from '../data/error.js';
import { readWav } from '../data/wav-file.js';
import { PROTOCOL_SECONDS } from './mel.js';
import { inspectSound, type SoundCheck } from './sound-check.js';
import { type FrontEnd, HEARD_SECONDS, spectrogramOf } from './spectrogram.js';

/** A sound file as the models hear it. */
export interface Sound extends SoundCheck {
  /** Frame after frame, [frames, 80]; an even number of frames. */
  readonly spectrogram: Float32Array;
  /** How long the file is. */
  readonly seconds: number;
  /** Whether it goes on after the protocol's 2,754 frames, 20.0 s. */
  readonly isCut: boolean;
}

/**
 * Reads a WAV file for a recognizer.
 *
 * @throws DataError when the file is missing, no WAV, broken or shorter than 9.1 ms
 */
export async function readSound(path: string, frontEnd: FrontEnd): Promise<Sound> {
  const waveform = await readWav(path, HEARD_SECONDS);
  const { seconds } = waveform;
  try {
    const spectrogram = spectrogramOf(waveform, frontEnd);
    return { spectrogram, seconds, isCut: seconds > PROTOCOL_SECONDS, ...inspectSound(waveform) };
  } catch (error) {
    if (error instanceof RangeError) throw new DataError(`${path}: ${error.message}`);
    throw error;
  }
}
