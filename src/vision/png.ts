import { Unzlib } from 'fflate';
import { crc32 } from 'hw2-engine';
import { MOST_INFLATED } from '../data/zip.js';
import { orientationOf } from './exif.js';
import { DamagedPicture, luma, type Orientation, type Picture } from './picture.js';

const GREY = 0;
const COLOUR = 2;
const PALETTE = 3;

/** Values of a pixel, and the bits that each may have, by colour type. */
const COLOUR_TYPES: Readonly<Record<number, { channels: number; depths: readonly number[] }>> = {
  [GREY]: { channels: 1, depths: [1, 2, 4, 8, 16] },
  [COLOUR]: { channels: 3, depths: [8, 16] },
  [PALETTE]: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};

/** Where the pixels of each pass of Adam7 lie: the first, and the steps between them. */
const ADAM7 = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/** Compressed bytes that are inflated at a time: so 4 MiB at most come of them. */
const SLICE = 4096;

/** What a PNG says of itself before its pixels. */
export interface PngHeader {
  width: number;
  height: number;
  depth: number;
  colourType: number;
  isInterlaced: boolean;
}

/** @throws DamagedPicture when the header is cut off or allows no image */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length < 33) throw new DamagedPicture('cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452)
    throw new DamagedPicture('a PNG begins with IHDR');
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colourType, compression, filter, interlace] = bytes.subarray(24, 29);
  if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff)
    throw new DamagedPicture(`${width}×${height} pixels`);
  if (!COLOUR_TYPES[colourType!]?.depths.includes(depth!))
    throw new DamagedPicture(`colour type ${colourType} with ${depth} bits`);
  if (compression !== 0 || filter !== 0 || interlace! > 1)
    throw new DamagedPicture('an unknown method of compression, filtering or interlacing');
  return { width, height, depth: depth!, colourType: colourType!, isInterlaced: interlace === 1 };
}

/**
 * Decodes a PNG (https://www.w3.org/TR/png-3/) and makes it grey: all colour types and depths, interlaced or not. Opacity
 * and colour profiles are not used, nor is a palette that is only suggested. Rows are inflated as they are needed, so
 * that memory is taken for the picture alone, whatever the file would inflate to.
 *
 * @throws DamagedPicture
 */
export function decodePng(bytes: Uint8Array): { pixels: Picture; orientation: Orientation } {
  const header = readPngHeader(bytes);
  const { width, height, depth, colourType } = header;
  const rowBits = width * COLOUR_TYPES[colourType]!.channels * depth;
  if ((rowBits / 8) * height > MOST_INFLATED * bytes.length)
    throw new DamagedPicture('cut off: it has fewer rows than it says');
  let orientation: Orientation = 1;
  let palette: Float32Array | undefined;
  let rows: Rows | undefined;
  for (const { type, data, isIntact } of chunks(bytes)) {
    const isCritical = (type.charCodeAt(0) & 0x20) === 0;
    if (!isIntact && isCritical) throw new DamagedPicture(`the checksum of its chunk ${type} differs`);
    if (type === 'IDAT') {
      rows ??= new Rows(header, palette);
      // What follows the last row is never inflated.
      if (rows.push(data)) break;
    } else if (type === 'PLTE' && header.colourType === PALETTE) palette = readPalette(data);
    else if (type === 'eXIf' && isIntact) orientation = orientationOf(data);
    else if (type === 'IEND') break;
    else if (isCritical && type !== 'IHDR' && type !== 'PLTE')
      throw new DamagedPicture(`a chunk ${type}, which changes what the others mean`);
  }
  if (!rows) throw new DamagedPicture('it has no pixels');
  return { pixels: rows.finish(), orientation };
}

function* chunks(bytes: Uint8Array): Generator<{ type: string; data: Uint8Array; isIntact: boolean }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (length > bytes.length - at - 12) throw new DamagedPicture('cut off');
    const end = at + 8 + length;
    const isIntact = crc32(bytes.subarray(at + 4, end)) === view.getUint32(end);
    yield { type, data: bytes.subarray(at + 8, end), isIntact };
    at = end + 4;
  }
}

/** The grey value of each entry. */
function readPalette(data: Uint8Array): Float32Array {
  if (data.length % 3 !== 0 || data.length === 0 || data.length > 768)
    throw new DamagedPicture(`a palette of ${data.length} bytes`);
  return Float32Array.from({ length: data.length / 3 }, (_, i) =>
    luma(data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!),
  );
}

/** Takes the compressed rows of an image bit by bit, undoes their filters and fills the picture. */
class Rows {
  readonly #header: PngHeader;
  readonly #channels: number;
  readonly #palette: Float32Array | undefined;
  readonly #pixels: Picture;
  readonly #inflater = new Unzlib((part) => this.#take(part));
  readonly #passes: readonly { x: number; y: number; dx: number; dy: number }[];
  #pass = -1;
  /** The row that is being filled, its filter's number first, and the one above it. */
  #row = new Uint8Array();
  #above = new Uint8Array();
  #filled = 0;
  /** Row of the image to which it belongs. */
  #y = 0;

  constructor(header: PngHeader, palette: Float32Array | undefined) {
    const { width, height, colourType, isInterlaced } = header;
    if (colourType === PALETTE && !palette) throw new DamagedPicture('it has no palette');
    this.#header = header;
    this.#channels = COLOUR_TYPES[colourType]!.channels;
    this.#palette = palette;
    this.#pixels = { width, height, grey: new Float32Array(width * height) };
    const passes = isInterlaced ? ADAM7 : [{ x: 0, y: 0, dx: 1, dy: 1 }];
    this.#passes = passes.filter(({ x, y }) => x < width && y < height);
    this.#nextPass();
  }

  get #isComplete(): boolean {
    return this.#pass === this.#passes.length;
  }

  /** @returns whether the picture is complete */
  push(data: Uint8Array): boolean {
    for (let at = 0; at < data.length && !this.#isComplete; at += SLICE) {
      try {
        this.#inflater.push(data.subarray(at, at + SLICE));
      } catch (error) {
        throw error instanceof DamagedPicture
          ? error
          : new DamagedPicture('its compressed pixels are invalid');
      }
    }
    return this.#isComplete;
  }

  finish(): Picture {
    if (!this.#isComplete) throw new DamagedPicture('cut off: it has fewer rows than it says');
    return this.#pixels;
  }

  #nextPass(): void {
    this.#pass++;
    if (this.#isComplete) return;
    const { x, y, dx } = this.#passes[this.#pass]!;
    const across = Math.ceil((this.#header.width - x) / dx);
    const length = 1 + Math.ceil((across * this.#channels * this.#header.depth) / 8);
    this.#row = new Uint8Array(length);
    this.#above = new Uint8Array(length);
    this.#y = y;
  }

  #take(part: Uint8Array): void {
    for (let at = 0; at < part.length && !this.#isComplete; ) {
      const taken = part.subarray(at, at + this.#row.length - this.#filled);
      this.#row.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
      if (this.#filled === this.#row.length) this.#finishRow();
    }
  }

  #finishRow(): void {
    const step = Math.max(1, (this.#channels * this.#header.depth) / 8);
    unfilter(this.#row, this.#above, step);
    this.#place();
    [this.#row, this.#above] = [this.#above, this.#row];
    this.#filled = 0;
    this.#y += this.#passes[this.#pass]!.dy;
    if (this.#y >= this.#header.height) this.#nextPass();
  }

  /** Puts the pixels of the row where they belong. */
  #place(): void {
    const { width, depth, colourType } = this.#header;
    const { x: first, dx } = this.#passes[this.#pass]!;
    const { grey } = this.#pixels;
    const channels = this.#channels;
    const start = this.#y * width;
    for (let x = first, i = 0; x < width; x += dx, i += channels) {
      if (colourType === PALETTE) {
        const index = sample(this.#row, i, depth);
        if (index >= this.#palette!.length)
          throw new DamagedPicture(`colour ${index} of a palette of ${this.#palette!.length}`);
        grey[start + x] = this.#palette![index]!;
      } else {
        const value = (channel: number) => (sample(this.#row, i + channel, depth) * 255) / (2 ** depth - 1);
        grey[start + x] = channels < 3 ? value(0) : luma(value(0), value(1), value(2));
      }
    }
  }
}

/** Value `i` of a row of values of so many bits, the highest bits first; byte 0 is the filter's number. */
function sample(row: Uint8Array, i: number, depth: number): number {
  if (depth === 8) return row[1 + i]!;
  if (depth === 16) return row[1 + 2 * i]! * 256 + row[2 + 2 * i]!;
  const perByte = 8 / depth;
  const shift = 8 - depth * (1 + (i % perByte));
  return (row[1 + Math.floor(i / perByte)]! >> shift) & (2 ** depth - 1);
}

/** Undoes the filter of a row in place (PNG, 9.2). @param step bytes to the pixel on the left, at least 1 */
function unfilter(row: Uint8Array, above: Uint8Array, step: number): void {
  const filter = row[0]!;
  if (filter > 4) throw new DamagedPicture(`filter ${filter}`);
  for (let i = 1; i < row.length; i++) {
    const left = i > step ? row[i - step]! : 0;
    const up = above[i]!;
    if (filter === 1) row[i]! += left;
    else if (filter === 2) row[i]! += up;
    else if (filter === 3) row[i]! += (left + up) >> 1;
    else if (filter === 4) row[i]! += paeth(left, up, i > step ? above[i - step]! : 0);
  }
  // The next pass, and the row below, begin with a filter of their own.
  row[0] = 0;
}

function paeth(left: number, up: number, upperLeft: number): number {
  const estimate = left + up - upperLeft;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - upperLeft)];
  return a <= b && a <= c ? left : b <= c ? up : upperLeft;
}
