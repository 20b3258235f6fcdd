import { DataError } from '../data/error.js';
import { decodeJpeg, readJpegSize } from './jpeg.js';
import { DamagedPicture, type Picture, turned } from './picture.js';
import { decodePng, readPngHeader } from './png.js';

/** Bytes of a file, and pixels of a picture: a whole scan of a slide is no picture for these networks. */
export const MAX_PICTURE_BYTES = 50e6;
const MAX_PIXELS = 50e6;

/** Other kinds of pictures, by how they begin. */
const OTHER_KINDS: readonly [name: string, begins: string][] = [
  ['GIF', 'GIF8'],
  ['BMP', 'BM'],
  ['TIFF', 'II*\0'],
  ['TIFF', 'MM\0*'],
  ['JPEG 2000', '\0\0\0\x0cjP'],
];

/**
 * Decodes a PNG or JPEG, turns it as its EXIF data says and makes it grey: the one decoder of the command and of the
 * page.
 *
 * @param source names the picture in messages
 * @throws DataError when it is neither, damaged or too large
 */
export function decodePicture(bytes: Uint8Array, source: string): Picture {
  const isPng = startsWith(bytes, '\x89PNG\r\n\x1a\n');
  const isJpeg = startsWith(bytes, '\xff\xd8\xff');
  if (!isPng && !isJpeg) throw new DataError(`${source}: ${otherKind(bytes)}expected a PNG or JPEG image`);
  try {
    // Decoders take memory for the size in the header, so that is looked at first.
    const { width, height } = isPng ? readPngHeader(bytes) : readJpegSize(bytes);
    if (width * height > MAX_PIXELS)
      throw new DataError(`${source}: ${width}×${height} pixels; at most ${MAX_PIXELS} are read`);
    const { pixels, orientation } = isPng ? decodePng(bytes) : decodeJpeg(bytes);
    return turned(pixels, orientation);
  } catch (error) {
    if (error instanceof DamagedPicture)
      throw new DataError(`${source}: cannot be decoded (${error.message})`);
    throw error;
  }
}

function otherKind(bytes: Uint8Array): string {
  const isWebp = startsWith(bytes, 'RIFF') && startsWith(bytes.subarray(8), 'WEBP');
  const name = isWebp ? 'WebP' : OTHER_KINDS.find(([, begins]) => startsWith(bytes, begins))?.[0];
  return name ? `a ${name} picture; ` : '';
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((letter, i) => bytes[i] === letter.charCodeAt(0));
}
