import { readLimited } from '../data/read.js';
import { decodePicture, MAX_PICTURE_BYTES } from './decode-picture.js';
import type { Picture } from './picture.js';

/**
 * Reads a PNG or JPEG file by {@link decodePicture}.
 *
 * @throws DataError also when the file is missing or of more than 50 MiB
 */
export async function readPicture(path: string): Promise<Picture> {
  return decodePicture(await readLimited(path, MAX_PICTURE_BYTES), path);
}
