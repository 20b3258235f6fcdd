import { DataError } from '../data/error.js';
import { begins, kindOf, type Signature } from '../data/signature.js';
import { decodeJpeg, readJpegSize } from './jpeg.js';
import { DamagedPicture, type Picture, turned } from './picture.js';
import { decodePng, readPngHeader } from './png.js';

/** Bytes of a file, and pixels of a picture: a whole scan of a slide is no picture for these networks. */
export const MAX_PICTURE_BYTES = 50 * 2 ** 20;
const MAX_PIXELS = 50e6;

/** Other kinds of pictures, by what they have in their first bytes. */
const OTHER_KINDS: readonly Signature[] = [
  { kind: 'GIF', begins: 'GIF8' },
  { kind: 'BMP', begins: 'BM' },
  { kind: 'TIFF', begins: 'II*\0' },
  { kind: 'TIFF', begins: 'MM\0*' },
  { kind: 'JPEG 2000', begins: '\0\0\0\x0cjP' },
  { kind: 'WebP', at: 8, begins: 'WEBP' },
  { kind: 'HEIC', at: 4, begins: 'ftyphe' },
  { kind: 'HEIC', at: 4, begins: 'ftypmif1' },
  { kind: 'AVIF', at: 4, begins: 'ftypavi' },
  { kind: 'DICOM', at: 128, begins: 'DICM' },
  { kind: 'Windows icon', begins: '\0\0\x01\0' },
  { kind: 'PDF', begins: '%PDF-' },
  { kind: 'SVG', begins: '<svg' },
];

/**
 * Decodes a PNG or JPEG, turns it as its EXIF data says and makes it grey: the one decoder of the command and of the
 * page.
 *
 * @param source names the picture in messages
 * @throws DataError when it is neither, damaged or too large
 */
export function decodePicture(bytes: Uint8Array, source: string): Picture {
  const isPng = begins(bytes, '\x89PNG\r\n\x1a\n');
  const isJpeg = begins(bytes, '\xff\xd8\xff');
  if (!isPng && !isJpeg) {
    const kind = kindOf(bytes, OTHER_KINDS);
    throw new DataError(
      `${source}: ${kind ? `a picture of kind ${kind}; ` : ''}expected a PNG or JPEG image`,
    );
  }
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
