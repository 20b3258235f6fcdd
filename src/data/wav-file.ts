import { readLimited } from './arrays.js';
import { decodeWav, type Waveform } from './wav.js';

/** 1 GiB: an hour and a half of the widest stereo at 22,050 Hz. */
const MAX_BYTES = 2 ** 30;

/** Reads a WAV file by {@link decodeWav}. @throws DataError also when the file is missing or larger than 1 GiB */
export async function readWav(path: string): Promise<Waveform> {
  return decodeWav(await readLimited(path, MAX_BYTES), path);
}
