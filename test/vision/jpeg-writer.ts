/** A component of a JPEG: how densely it is sampled, and the level of each of its blocks of 8×8, row by row. */
export interface FlatComponent {
  id: number;
  horizontal: number;
  vertical: number;
  level: (blockX: number, blockY: number) => number;
}

export interface FlatJpeg {
  width: number;
  height: number;
  components: readonly FlatComponent[];
  isProgressive?: boolean;
  /** Segments of applications, after the beginning. */
  applications?: readonly Uint8Array[];
}

/** Exif data whose first directory holds the orientation alone. */
export function exifData(orientation: number, isLittle = false): Uint8Array {
  const view = new DataView(new ArrayBuffer(26));
  view.setUint16(0, isLittle ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, 1, isLittle);
  view.setUint16(10, 0x0112, isLittle);
  view.setUint16(12, 3, isLittle);
  view.setUint32(14, 1, isLittle);
  view.setUint16(18, orientation, isLittle);
  return new Uint8Array(view.buffer);
}

export const JFIF = segment(0xe0, [...ascii('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]);
export const adobe = (transform: number) => segment(0xee, [...ascii('Adobe'), 0, 100, 0, 0, 0, 0, transform]);
export const exif = (orientation: number) => segment(0xe1, [...ascii('Exif\0\0'), ...exifData(orientation)]);

export function segment(marker: number, data: readonly number[]): Uint8Array {
  return Uint8Array.of(0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255, ...data);
}

/**
 * Writes a JPEG whose blocks are flat (ITU-T T.81), so that what a decoder must give is known to the bit: with all steps
 * of quantisation 1, a level is the block's first coefficient over 8.
 */
export function writeFlatJpeg({
  width,
  height,
  components,
  isProgressive,
  applications,
}: FlatJpeg): Uint8Array {
  const [across, down] = [
    Math.max(...components.map(({ horizontal }) => horizontal)),
    Math.max(...components.map(({ vertical }) => vertical)),
  ];
  const frame = components.flatMap(({ id, horizontal, vertical }) => [id, (horizontal << 4) | vertical, 0]);
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  // Codes of four bits for the twelve categories of differences; one of one bit, 0, for the end of a block.
  const categories = [0, 0, 0, 12, ...Array(12).fill(0), ...Array(12).keys()];
  const scan = [components.length, ...components.flatMap(({ id }) => [id, 0]), 0, isProgressive ? 0 : 63, 0];
  let bits = '';
  const previous = components.map(() => 0);
  for (let y = 0; y < Math.ceil(height / (8 * down)); y++)
    for (let x = 0; x < Math.ceil(width / (8 * across)); x++)
      components.forEach(({ horizontal, vertical, level }, c) => {
        for (let v = 0; v < vertical; v++)
          for (let h = 0; h < horizontal; h++) {
            const value = 8 * (level(x * horizontal + h, y * vertical + v) - 128);
            bits += difference(value - previous[c]!) + (isProgressive ? '' : '0');
            previous[c] = value;
          }
      });
  const coded = (bits.padEnd(Math.ceil(bits.length / 8) * 8, '1').match(/.{8}/g) ?? []).flatMap((byte) => {
    const value = Number.parseInt(byte, 2);
    return value === 255 ? [255, 0] : [value];
  });
  return Buffer.concat([
    Uint8Array.of(0xff, 0xd8),
    ...(applications ?? []),
    segment(0xdb, [0, ...Array(64).fill(1)]),
    segment(isProgressive ? 0xc2 : 0xc0, [8, ...size, components.length, ...frame]),
    segment(0xc4, [0x00, ...categories]),
    segment(0xc4, [0x10, 1, ...Array(15).fill(0), 0]),
    segment(0xda, scan),
    Uint8Array.from(coded),
    Uint8Array.of(0xff, 0xd9),
  ]);
}

/** A difference of first coefficients: its category, and as many bits. */
function difference(value: number): string {
  if (value === 0) return '0000';
  const category = Math.floor(Math.log2(Math.abs(value))) + 1;
  const bits = value > 0 ? value : value + 2 ** category - 1;
  return category.toString(2).padStart(4, '0') + bits.toString(2).padStart(category, '0');
}

function ascii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}
