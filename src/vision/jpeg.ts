import { decode } from 'jpeg-js';
import { begins } from '../data/signature.js';
import { orientationOf } from './exif.js';
import { DamagedPicture, luma, type Orientation, type Picture } from './picture.js';

/** Samples of all components together; the decoder takes about 12 bytes for each. 26 megapixels of a camera. */
const MAX_SAMPLES = 40e6;
/** A progressive picture has about ten scans. Each costs a look at every block of 64 samples. */
const MAX_SCANS = 200;
const MAX_BLOCK_VISITS = 60e6;

/** Kinds of JPEG that are read by no decoder for the screen, by the marker of their frame. */
const OTHER_KINDS: Readonly<Record<number, string>> = {
  195: 'lossless',
  197: 'hierarchical',
  198: 'hierarchical',
  199: 'lossless',
  201: 'arithmetically coded',
  202: 'arithmetically coded',
  203: 'lossless',
  205: 'hierarchical',
  206: 'hierarchical',
  207: 'lossless',
};

interface Component {
  id: number;
  horizontal: number;
  vertical: number;
}

/** What a JPEG says of itself, and its segments. */
interface Header {
  width: number;
  height: number;
  components: Component[];
  orientation: Orientation;
  isJfif: boolean;
  /** Transform that Adobe's marker names: 0 none, 1 YCbCr, 2 YCCK. */
  adobe: number | undefined;
  scans: number;
  /** All that the decoder needs: the segments but those of applications and comments. */
  parts: Uint8Array[];
}

/** The size in the header of a JPEG. @throws DamagedPicture */
export function readJpegSize(bytes: Uint8Array): { width: number; height: number } {
  return readHeader(bytes, true);
}

/**
 * Decodes a JPEG (ITU-T T.81, baseline, extended or progressive, Huffman-coded, 8 bits) and makes it grey: grey, YCbCr,
 * RGB, CMYK and YCCK as libjpeg tells them apart. Colour profiles are not used. What it would cost is known from the
 * headers before the decoder begins.
 *
 * @throws DamagedPicture
 */
export function decodeJpeg(bytes: Uint8Array): { pixels: Picture; orientation: Orientation } {
  const header = readHeader(bytes, false);
  checkCost(header, bytes.length);
  const transform = colourTransform(header);
  // The decoder goes by Adobe's marker, so it gets one that says what was found out here.
  const adobe = Uint8Array.of(0xff, 0xee, 0, 14, 65, 100, 111, 98, 101, 0, 100, 0, 0, 0, 0, transform);
  const whole = concatenate([Uint8Array.of(0xff, 0xd8), adobe, ...header.parts]);
  let data: Uint8Array;
  try {
    ({ data } = decode(whole, {
      useTArray: true,
      formatAsRGBA: false,
      colorTransform: transform !== 0,
      tolerantDecoding: false,
      maxResolutionInMP: MAX_SAMPLES / 1e6,
      maxMemoryUsageInMB: 2048,
    }));
  } catch (error) {
    // Its own refusals are sentences; anything else is a table or a scan that the file lacks.
    const isSentence = error instanceof Error && error.constructor === Error;
    throw new DamagedPicture(isSentence ? error.message : 'a table that it uses is missing');
  }
  const { width, height, orientation } = header;
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = luma(data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!);
  return { pixels: { width, height, grey }, orientation };
}

/** Which colours the components are, by the rules of libjpeg (default_decompress_parms), as a transform of Adobe's. */
function colourTransform({ components, isJfif, adobe }: Header): number {
  if (components.length === 1) return 0;
  if (components.length === 4) {
    if (adobe === undefined)
      throw new DamagedPicture('CMYK without the marker of Adobe, which says whether its inks are inverted');
    return adobe === 2 ? 2 : 0;
  }
  if (isJfif) return 1;
  if (adobe !== undefined) return adobe === 0 ? 0 : 1;
  return components.map(({ id }) => String.fromCharCode(id)).join('') === 'RGB' ? 0 : 1;
}

function checkCost({ width, height, components, scans }: Header, length: number): void {
  const [across, down] = [
    Math.max(...components.map(({ horizontal }) => horizontal)),
    Math.max(...components.map(({ vertical }) => vertical)),
  ];
  const samples = components.reduce(
    (sum, { horizontal, vertical }) =>
      sum + Math.ceil(width / (8 * across)) * horizontal * 8 * Math.ceil(height / (8 * down)) * vertical * 8,
    0,
  );
  if (samples > MAX_SAMPLES)
    throw new DamagedPicture(
      `${width}×${height} pixels of ${components.length} components; at most ${MAX_SAMPLES} samples are read`,
    );
  // No block takes less than a bit.
  if (samples / 64 > 8 * length) throw new DamagedPicture('cut off: it has fewer blocks than it says');
  if (scans > MAX_SCANS || scans * (samples / 64) > MAX_BLOCK_VISITS)
    throw new DamagedPicture(
      `${scans} scans of ${width}×${height} pixels are more work than a picture is worth`,
    );
}

/** Walks over the segments. @param sizeOnly stops at the size */
function readHeader(bytes: Uint8Array, sizeOnly: boolean): Header {
  const header: Header = {
    ...{ width: 0, height: 0, components: [], orientation: 1, isJfif: false },
    ...{ adobe: undefined, scans: 0, parts: [] },
  };
  for (let at = 2; ; ) {
    while (at < bytes.length && bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (at + 2 > bytes.length) throw new DamagedPicture('cut off');
    if (bytes[at] !== 0xff) throw new DamagedPicture(`no marker at byte ${at}`);
    const marker = bytes[at + 1]!;
    if (marker === 0xd9) {
      if (header.scans === 0) throw new DamagedPicture('it has no pixels');
      header.parts.push(bytes.subarray(at, at + 2));
      return header;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    const length = at + 4 > bytes.length ? 0 : bytes[at + 2]! * 256 + bytes[at + 3]!;
    if (length < 2 || at + 2 + length > bytes.length) throw new DamagedPicture('cut off');
    let end = at + 2 + length;
    readSegment(header, marker, bytes.subarray(at + 4, end));
    if (sizeOnly && header.width > 0) return header;
    if (marker === 0xda) end = endOfScan(bytes, end);
    const isApplication = (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
    if (!isApplication) header.parts.push(bytes.subarray(at, end));
    at = end;
  }
}

function readSegment(header: Header, marker: number, data: Uint8Array): void {
  const other = OTHER_KINDS[marker];
  if (other) throw new DamagedPicture(`${other}; baseline and progressive JPEGs are read`);
  if (marker >= 0xc0 && marker <= 0xc2) readFrame(header, data);
  else if (marker === 0xda) readScan(header, data);
  else if (marker === 0xe0 && begins(data, 'JFIF\0')) header.isJfif = true;
  else if (marker === 0xe1 && begins(data, 'Exif\0')) header.orientation = orientationOf(data.subarray(6));
  else if (marker === 0xee && begins(data, 'Adobe') && data.length >= 12) header.adobe = data[11];
}

function readFrame(header: Header, data: Uint8Array): void {
  if (header.width > 0) throw new DamagedPicture('two frames');
  const count = data[5] ?? 0;
  if (data.length < 6 + 3 * count) throw new DamagedPicture('its frame header is cut off');
  if (data[0] !== 8) throw new DamagedPicture(`${data[0]} bits a sample; JPEGs of 8 are read`);
  const [height, width] = [data[1]! * 256 + data[2]!, data[3]! * 256 + data[4]!];
  if (width === 0 || height === 0) throw new DamagedPicture(`${width}×${height} pixels`);
  if (count !== 1 && count !== 3 && count !== 4)
    throw new DamagedPicture(`${count} components; 1, 3 and 4 are read`);
  header.components = Array.from({ length: count }, (_, i) => {
    const [id, factors] = data.subarray(6 + 3 * i);
    return { id: id!, horizontal: factors! >> 4, vertical: factors! & 15 };
  });
  const wrong = header.components.some(({ horizontal: h, vertical: v }) => h < 1 || h > 4 || v < 1 || v > 4);
  if (wrong || new Set(header.components.map(({ id }) => id)).size < count)
    throw new DamagedPicture('its frame header makes no sense');
  header.width = width;
  header.height = height;
}

function readScan(header: Header, data: Uint8Array): void {
  const count = data[0] ?? 0;
  if (header.width === 0 || count < 1 || count > 4 || data.length < 4 + 2 * count)
    throw new DamagedPicture('a scan header makes no sense');
  for (let i = 0; i < count; i++)
    if (!header.components.some(({ id }) => id === data[1 + 2 * i]))
      throw new DamagedPicture('a scan of a component that it does not have');
  const [start, end] = data.subarray(1 + 2 * count);
  if (end! > 63 || start! > end!) throw new DamagedPicture('a scan header makes no sense');
  header.scans++;
}

/** Entropy-coded data ends at the first marker that is no restart; 0xff 0x00 is a byte of data. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = start; at + 1 < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1]!;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  throw new DamagedPicture('cut off');
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
