import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodePicture } from '#hw2/vision/decode-picture.js';
import { centreCrop, luma, type Picture } from '#hw2/vision/picture.js';
import { readPicture } from '#hw2/vision/picture-file.js';
import { refuses, text } from '../data/fixtures.js';
import { adobe, exif, exifData, type FlatComponent, JFIF, segment, writeFlatJpeg } from './jpeg-writer.js';
import { greyPng, pngChunk, type RawPng, writePng } from './png-writer.js';

const decode = (bytes: Uint8Array) => decodePicture(bytes, 'picture');
const near = ({ grey }: Picture, expected: ArrayLike<number>, tolerance: number, what = '') => {
  assert.is(grey.length, expected.length, what);
  grey.forEach((value, i) => {
    assert.ok(
      Math.abs(value - expected[i]!) <= tolerance,
      `${what} pixel ${i}: ${value}, expected ${expected[i]}`,
    );
  });
};

const pixels = Uint8Array.from({ length: 784 }, (_, i) => (i * 37) % 256);

test('a grey 28×28 PNG comes through unchanged, from a file too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hw2-'));
  const path = join(folder, 'grey.png');
  await writeFile(path, greyPng(28, 28, pixels));
  assert.equal(centreCrop(await readPicture(path)), pixels);
  await rm(folder, { recursive: true });
});

/** All kinds of PNG. */
const kinds: [RawPng['colourType'], number][] = [
  ...[1, 2, 4, 8, 16].map((depth): [0, number] => [0, depth]),
  ...[8, 16].flatMap((depth): [2 | 4 | 6, number][] => [
    [2, depth],
    [4, depth],
    [6, depth],
  ]),
  ...[1, 2, 4, 8].map((depth): [3, number] => [3, depth]),
];

/** What pngjs, another decoder, makes of a PNG, in grey by the weights of BT.601. */
function greyByPngjs(bytes: Uint8Array, depth: number): number[] {
  const { data } = PNG.sync.read(Buffer.from(bytes), { skipRescale: depth === 16 });
  const full = depth === 16 ? 257 : 1;
  const count = data.length / 4;
  return Array.from({ length: count }, (_, i) =>
    luma(data[4 * i]! / full, data[4 * i + 1]! / full, data[4 * i + 2]! / full),
  );
}

for (const [colourType, depth] of kinds)
  test(`PNG of colour type ${colourType} and ${depth} bits, as pngjs reads it`, () => {
    const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colourType];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 19 }),
        fc.integer({ min: 1, max: 19 }),
        fc.boolean(),
        fc.nat(),
        (width, height, isInterlaced, seed) => {
          const count = width * height * channels;
          const values = Array.from(
            { length: count },
            (_, i) => (i * 7919 + seed * 31 + (i >> 3) * seed) % 2 ** depth,
          );
          const palette = Array.from({ length: 3 * 2 ** depth }, (_, i) => (i * 89 + seed) % 256);
          const png = writePng({
            ...{ width, height, depth, colourType, values, isInterlaced },
            ...(colourType === 3 && { palette }),
            filter: (y) => (y + seed) % 5,
          });
          const picture = decode(png);
          assert.equal([picture.width, picture.height], [width, height]);
          near(picture, greyByPngjs(png, depth), colourType === 0 && depth === 16 ? 0.01 : 1e-3);
        },
      ),
      { numRuns: 12 },
    );
  });

test('a suggested palette, opacity and unknown chunks change nothing; a palette of fewer colours will do', () => {
  const values = Array.from({ length: 12 }, (_, i) => i * 20);
  const expected = decode(writePng({ width: 2, height: 2, depth: 8, colourType: 2, values }));
  near(
    expected,
    [0, 1, 2, 3].map((i) => luma(60 * i, 60 * i + 20, 60 * i + 40)),
    1e-4,
  );
  const palette = Array.from({ length: 768 }, (_, i) => 255 - (i % 256));
  const chunks = [pngChunk('tRNS', Uint8Array.of(0, 0, 0, 20, 0, 40)), pngChunk('prVt', Uint8Array.of(1))];
  const other = { width: 2, height: 2, depth: 8, colourType: 2, values, palette, chunks } as const;
  assert.equal(decode(writePng(other)), expected);
  const few = {
    width: 2,
    height: 1,
    depth: 8,
    colourType: 3,
    values: [1, 0],
    palette: [9, 9, 9, 5, 5, 5],
  } as const;
  near(decode(writePng(few)), [5, 9], 1e-5);
});

/** 3×2 pixels, numbered, and how they are seen by each orientation of EXIF. */
const orientations: Record<number, { width: number; seen: number[] }> = {
  1: { width: 3, seen: [1, 2, 3, 4, 5, 6] },
  2: { width: 3, seen: [3, 2, 1, 6, 5, 4] },
  3: { width: 3, seen: [6, 5, 4, 3, 2, 1] },
  4: { width: 3, seen: [4, 5, 6, 1, 2, 3] },
  5: { width: 2, seen: [1, 4, 2, 5, 3, 6] },
  6: { width: 2, seen: [4, 1, 5, 2, 6, 3] },
  7: { width: 2, seen: [6, 3, 5, 2, 4, 1] },
  8: { width: 2, seen: [3, 6, 2, 5, 1, 4] },
};

test('pictures are turned as their EXIF data says', () => {
  for (const [name, { width, seen }] of Object.entries(orientations)) {
    const orientation = Number(name);
    for (const isLittle of [false, true]) {
      const chunks = [pngChunk('eXIf', exifData(orientation, isLittle))];
      const png = writePng({
        width: 3,
        height: 2,
        depth: 8,
        colourType: 0,
        values: [1, 2, 3, 4, 5, 6],
        chunks,
      });
      const picture = decode(png);
      assert.is(picture.width, width, `PNG, orientation ${name}`);
      assert.equal([...picture.grey], seen, `PNG, orientation ${name}`);
    }
    const level = (x: number, y: number) => 40 * (1 + x + 3 * y);
    const component = { id: 1, horizontal: 1, vertical: 1, level };
    const turned = decode(
      writeFlatJpeg({
        width: 24,
        height: 16,
        components: [component],
        applications: [JFIF, exif(orientation)],
      }),
    );
    assert.is(turned.width, 8 * width);
    const blocks = seen.map((_, i) => {
      const [x, y] = [8 * (i % width) + 3, 8 * Math.floor(i / width) + 3];
      return Math.round(turned.grey[y * turned.width + x]! / 40);
    });
    assert.equal(blocks, seen, `JPEG, orientation ${name}`);
  }
  const damaged = [
    new Uint8Array(3),
    exifData(0),
    exifData(9),
    exifData(6).subarray(0, 20),
    exifData(6).fill(255, 4, 8),
  ];
  for (const data of damaged) {
    const chunks = [pngChunk('eXIf', data)];
    const png = writePng({ width: 2, height: 1, depth: 8, colourType: 0, values: [1, 2], chunks });
    assert.equal([...decode(png).grey], [1, 2]);
  }
});

const plain = (id: number, level: number): FlatComponent => ({
  id,
  horizontal: 1,
  vertical: 1,
  level: () => level,
});
const clamp = (value: number) => Math.min(255, Math.max(0, value));
const fromYCbCr = (y: number, cb: number, cr: number): [number, number, number] => [
  clamp(y + 1.402 * (cr - 128)),
  clamp(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128)),
  clamp(y + 1.772 * (cb - 128)),
];

test('the colours of a JPEG are told apart as libjpeg tells them', () => {
  const levels = [200, 90, 160] as const;
  const three = (...ids: number[]) => ids.map((id, i) => plain(id, levels[i]!));
  const rgb = luma(...levels);
  const yCbCr = luma(...fromYCbCr(...levels));
  // Of inks, inverted as Adobe keeps them: what is stored is 255 minus the ink.
  const cmyk = (c: number, m: number, y: number, k: number) =>
    luma((c * k) / 255, (m * k) / 255, (y * k) / 255);
  const four = [...levels, 220].map((level, i) => plain(i + 1, level));
  const cases: [string, FlatComponent[], Uint8Array[], number][] = [
    ['grey', [plain(1, 77)], [JFIF], 77],
    ['YCbCr with JFIF', three(1, 2, 3), [JFIF], yCbCr],
    ['YCbCr without a word', three(1, 2, 3), [], yCbCr],
    ['YCbCr, other numbers', three(0, 1, 2), [], yCbCr],
    ['YCbCr, as JFIF beats Adobe', three(1, 2, 3), [JFIF, adobe(0)], yCbCr],
    ['YCbCr by Adobe', three(82, 71, 66), [adobe(1)], yCbCr],
    ['RGB by Adobe', three(1, 2, 3), [adobe(0)], rgb],
    ['RGB by its letters', three(82, 71, 66), [], rgb],
    ['CMYK', four, [adobe(0)], cmyk(...levels, 220)],
    // YCbCr of what is stored gives the inks inverted once more.
    [
      'YCCK',
      four,
      [adobe(2)],
      cmyk(...(fromYCbCr(...levels).map((x) => 255 - x) as [number, number, number]), 220),
    ],
  ];
  for (const isProgressive of [false, true])
    for (const [what, components, applications, expected] of cases) {
      const bytes = writeFlatJpeg({ width: 9, height: 17, components, applications, isProgressive });
      near(decode(bytes), Array(9 * 17).fill(expected), 1.5, what);
    }
});

test('colours that are sampled less densely lie where they belong', () => {
  const [width, height] = [37, 21];
  for (const [horizontal, vertical] of [
    [2, 1],
    [2, 2],
    [1, 2],
    [4, 1],
  ] as const) {
    const level = (x: number, y: number) => 60 + 20 * x + 10 * y;
    const components = [{ id: 1, horizontal, vertical, level }, plain(2, 128), plain(3, 128)];
    const expected = Array.from({ length: width * height }, (_, i) =>
      level(Math.floor((i % width) / 8), Math.floor(i / width / 8)),
    );
    near(decode(writeFlatJpeg({ width, height, components })), expected, 1.01, `${horizontal}×${vertical}`);
  }
});

test('the middle of a wide JPEG is taken', () => {
  const [width, height] = [192, 64];
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const inMiddle = i % width >= 64 && i % width < 128;
    data.fill(inMiddle ? 200 : 0, i * 4, i * 4 + 4);
  }
  for (const value of centreCrop(decode(jpeg.encode({ width, height, data }, 95).data)))
    assert.ok(Math.abs(value - 200) < 6, `${value}`);
});

test('shrinking keeps what is constant and what is straight', () => {
  const side = 112;
  const ramp = Float32Array.from({ length: side * side }, (_, i) => (i % side) + 50);
  const small = centreCrop({ width: side, height: side, grey: ramp });
  for (let x = 2; x < 26; x++) assert.is(small[5 * 28 + x], Math.round(50 + 4 * x + 1.5));
});

const png = greyPng(28, 28, pixels);
const patched = (at: number, ...bytes: number[]) => {
  const copy = Uint8Array.from(png);
  copy.set(bytes, at);
  copy.set(pngChunk('IHDR', copy.subarray(16, 29)).subarray(21), 29);
  return copy;
};
const flat = (change: Partial<Parameters<typeof writeFlatJpeg>[0]> = {}) =>
  writeFlatJpeg({ width: 16, height: 16, components: [plain(1, 9)], ...change });
const frameAt = flat().findIndex((byte, i, all) => byte === 0xff && all[i + 1] === 0xc0);
const patchedJpeg = (offset: number, ...bytes: number[]) => {
  const copy = Uint8Array.from(flat());
  copy.set(bytes, frameAt + offset);
  return copy;
};
const few = { width: 2, height: 1, depth: 8, colourType: 3 } as const;
const refused: [string, Uint8Array, string][] = [
  ['nothing', new Uint8Array(), 'expected a PNG or JPEG'],
  ['bytes', Uint8Array.of(1, 2, 3), 'expected a PNG or JPEG'],
  ['a GIF', text('GIF89a...'), 'a picture of kind GIF'],
  ['a WebP', text('RIFF....WEBPVP8 '), 'a picture of kind WebP'],
  ['what telephones take', text('\0\0\0\x18ftypheic'), 'a picture of kind HEIC'],
  ['a DICOM', text(`${'\0'.repeat(128)}DICM`), 'a picture of kind DICOM'],
  ['a PNG cut in its header', png.subarray(0, 20), 'cut off'],
  ['a PNG cut in its pixels', png.subarray(0, 200), 'cut off'],
  ['a PNG of no pixels', patched(16, 0, 0, 0, 0), '0×28 pixels'],
  ['a PNG of 2.8 gigapixels', patched(16, 5, 0xf5, 0xe1, 0), '100000000×28 pixels; at most'],
  ['a PNG with more rows than it has', patched(20, 0, 0, 0, 29), 'fewer rows'],
  ['a PNG of colour type 5', patched(25, 5), 'colour type 5'],
  ['a PNG of 3 bits', patched(24, 3), 'with 3 bits'],
  ['a PNG with another compression', patched(26, 1), 'unknown method'],
  [
    'a PNG whose pixels were changed',
    Uint8Array.from(png, (byte, i) => (i === 60 ? byte ^ 1 : byte)),
    'checksum',
  ],
  ['a PNG with a filter 5', writePng({ ...few, colourType: 0, values: [1, 2], filter: () => 5 }), 'filter 5'],
  [
    'a palette that lacks a colour',
    writePng({ ...few, values: [0, 2], palette: [1, 1, 1, 2, 2, 2] }),
    'colour 2 of',
  ],
  ['no palette', writePng({ ...few, values: [0, 2] }), 'no palette'],
  ['half a colour', writePng({ ...few, values: [0, 2], palette: [1, 1] }), 'palette of 2 bytes'],
  [
    'a chunk that changes all',
    writePng({ ...few, colourType: 0, values: [0, 2], chunks: [pngChunk('CgBI', new Uint8Array(4))] }),
    'a chunk CgBI',
  ],
  ['the beginning of a JPEG', Uint8Array.of(0xff, 0xd8, 0xff), 'cut off'],
  ['a JPEG cut in its pixels', flat().subarray(0, -3), 'cut off'],
  ['a JPEG of no rows', patchedJpeg(5, 0, 0), '16×0 pixels'],
  ['a JPEG of 12 bits', patchedJpeg(4, 12), '12 bits a sample'],
  ['a lossless JPEG', patchedJpeg(1, 0xc3), 'lossless'],
  ['an arithmetically coded JPEG', patchedJpeg(1, 0xc9), 'arithmetically coded'],
  ['a JPEG of two components', flat({ components: [plain(1, 1), plain(2, 2)] }), '2 components'],
  [
    'two components of one number',
    flat({ components: [plain(1, 1), plain(1, 2), plain(3, 2)] }),
    'makes no sense',
  ],
  ['a sampling of 5', patchedJpeg(11, 0x51), 'makes no sense'],
  [
    'CMYK without a word of Adobe',
    flat({ components: [1, 2, 3, 4].map((id) => plain(id, 9)) }),
    'CMYK without',
  ],
  ['a table that is missing', patchedJpeg(12, 3), 'cannot be decoded'],
];
for (const [what, bytes, message] of refused)
  test(`refused: ${what}`, () => {
    refuses(() => decode(bytes), 'picture: ', message);
  });

test('what would inflate to a gigabyte costs next to nothing', () => {
  const zeros = deflateSync(Buffer.alloc(1 << 26), { level: 9 });
  const profile = pngChunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), zeros]));
  const profiled = writePng({
    width: 28,
    height: 28,
    depth: 8,
    colourType: 0,
    values: pixels,
    chunks: [profile],
  });
  const rows = Buffer.concat([Buffer.alloc(58), Buffer.alloc(1 << 26)]);
  const header = png.subarray(0, 33);
  const bomb = Buffer.concat([
    header,
    pngChunk('IDAT', deflateSync(rows, { level: 9 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
  // Of this process alone: by the clock it may take any time on a machine that is busy.
  const start = process.cpuUsage();
  near(decode(profiled), pixels, 0);
  near(decode(Buffer.from(patchedSize(bomb))), Array(2 * 28).fill(0), 0);
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 1e6, `${user + system} µs`);
});

/** The header of a picture of 28×2. */
function patchedSize(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set([0, 0, 0, 2], 20);
  copy.set(pngChunk('IHDR', copy.subarray(16, 29)).subarray(21), 29);
  return copy;
}

test('scans without end are refused before they are looked at', () => {
  const whole = flat({ width: 2000, height: 2000, isProgressive: true });
  const scan = segment(0xda, [1, 1, 0, 1, 63, 0]);
  const bytes = Buffer.concat([whole.subarray(0, -2), ...Array(300).fill(scan), whole.subarray(-2)]);
  refuses(() => decode(bytes), '301 scans');
});

test.run();
