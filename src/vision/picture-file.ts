import { decode as decodePng } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import { readLimited } from '../data/arrays.js';
import { DataError } from '../data/error.js';
import { luma, type Picture, toGrey } from './picture.js';

const MAX_BYTES = 50e6;
const MAX_PIXELS = 50e6;

/**
 * Reads a PNG or JPEG file and makes it grey.
 *
 * @throws DataError when it is neither, damaged or too large
 */
export async function readPicture(path: string): Promise<Picture> {
  const bytes = await readLimited(path, MAX_BYTES);
  const isPng = bytes[0] === 0x89 && bytes[1] === 0x50;
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!isPng && !isJpeg) throw new DataError(`${path}: expected a PNG or JPEG image`);
  if (isPng) checkPngSize(bytes, path);
  try {
    return isPng ? pngPicture(bytes) : jpegPicture(bytes);
  } catch (error) {
    throw new DataError(`${path}: cannot be decoded (${(error as Error).message})`);
  }
}

/** The decoder takes memory for the size in the header, so that is looked at first. */
function checkPngSize(bytes: Uint8Array, path: string): void {
  if (bytes.length < 24) throw new DataError(`${path}: cut off`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width * height > MAX_PIXELS)
    throw new DataError(`${path}: ${width}×${height} pixels; at most ${MAX_PIXELS} are read`);
}

function pngPicture(bytes: Uint8Array): Picture {
  const { width, height, data, channels, depth, palette } = decodePng(bytes);
  const full = 2 ** depth - 1;
  if (palette) {
    const greys = palette.map(([red, green, blue]) => luma(red!, green!, blue!));
    return { width, height, grey: Float64Array.from(data, (index) => greys[index]!) };
  }
  return { width, height, grey: toGrey(width * height, channels, (i) => (data[i]! / full) * 255) };
}

function jpegPicture(bytes: Uint8Array): Picture {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    maxResolutionInMP: MAX_PIXELS / 1e6,
    maxMemoryUsageInMB: 1024,
  });
  return { width, height, grey: toGrey(width * height, 4, (i) => data[i]!) };
}
