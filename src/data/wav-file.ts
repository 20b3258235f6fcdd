import { readBeginning } from './read.js';
import { decodeWav, type WavFile } from './wav.js';

/** 1 GiB: an hour and a half of the widest stereo at 22,050 Hz. Of longer files the beginning is read. */
const MAX_BYTES = 2 ** 30;

/**
 * Reads a WAV file, or the first `maxSeconds` of it, by {@link decodeWav}.
 *
 * @throws DataError also when the file is missing
 */
export async function readWav(path: string, maxSeconds?: number): Promise<WavFile> {
  return decodeWav(await readBeginning(path, MAX_BYTES), path, maxSeconds);
}
