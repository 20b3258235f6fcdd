import { deflateSync } from 'node:zlib';
import { crc32 } from 'hw2-engine';

/** An image as a PNG keeps it: `values` of all pixels, row by row, channel by channel, each of `depth` bits. */
export interface RawPng {
  width: number;
  height: number;
  depth: number;
  colourType: 0 | 2 | 3 | 4 | 6;
  values: ArrayLike<number>;
  isInterlaced?: boolean;
  palette?: readonly number[];
  /** Filter of row `y` of a pass. */
  filter?: (y: number) => number;
  /** Chunks between the header and the pixels. */
  chunks?: readonly Uint8Array[];
}

const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Writes a PNG of any kind, by the specification (https://www.w3.org/TR/png-3/) and by nothing that reads it here. */
export function writePng(png: RawPng): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(png.width, 0);
  header.writeUInt32BE(png.height, 4);
  header.set([png.depth, png.colourType, 0, 0, png.isInterlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    ...(png.chunks ?? []),
    ...(png.palette ? [pngChunk('PLTE', Uint8Array.from(png.palette))] : []),
    pngChunk('IDAT', deflateSync(rawRows(png))),
    pngChunk('IEND', new Uint8Array()),
  ]);
}

export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** A grey picture of 8 bits. */
export function greyPng(width: number, height: number, values: ArrayLike<number>): Uint8Array {
  return writePng({ width, height, depth: 8, colourType: 0, values });
}

function rawRows({ width, height, depth, colourType, values, isInterlaced, filter }: RawPng): Uint8Array {
  const channels = CHANNELS[colourType];
  const step = Math.max(1, (channels * depth) / 8);
  const rows: Uint8Array[] = [];
  for (const [left, top, dx, dy] of isInterlaced ? PASSES : ([[0, 0, 1, 1]] as const)) {
    if (left >= width || top >= height) continue;
    let above = new Uint8Array(Math.ceil((Math.ceil((width - left) / dx) * channels * depth) / 8));
    for (let y = top, row = 0; y < height; y += dy, row++) {
      let bits = '';
      for (let x = left; x < width; x += dx)
        for (let c = 0; c < channels; c++)
          bits += values[(y * width + x) * channels + c]!.toString(2).padStart(depth, '0');
      const bytes = Uint8Array.from(bits.padEnd(8 * above.length, '0').match(/.{8}/g)!, (byte) =>
        Number.parseInt(byte, 2),
      );
      const kind = filter?.(row) ?? 0;
      rows.push(Uint8Array.of(kind), filtered(kind, bytes, above, step));
      above = bytes;
    }
  }
  return Buffer.concat(rows);
}

function filtered(kind: number, bytes: Uint8Array, above: Uint8Array, step: number): Uint8Array {
  return bytes.map((byte, i) => {
    const [a, b, c] = [bytes[i - step] ?? 0, above[i]!, above[i - step] ?? 0];
    const p = a + b - c;
    const nearest = [a, b, c].reduce((best, value) =>
      Math.abs(p - value) < Math.abs(p - best) ? value : best,
    );
    return byte - [0, a, b, Math.floor((a + b) / 2), nearest][kind]!;
  });
}
