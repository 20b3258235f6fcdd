import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import jpeg from 'jpeg-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { centreCrop } from '#hw2/vision/picture.js';
import { readPicture } from '#hw2/vision/picture-file.js';

const test = suite<{ folder: string }>('picture');
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
});
test.after(({ folder }) => rm(folder, { recursive: true }));

const pixels = Uint8Array.from({ length: 784 }, (_, i) => (i * 37) % 256);

test('a grey 28×28 PNG comes through unchanged', async ({ folder }) => {
  const path = join(folder, 'grey.png');
  await writeFile(path, encode({ width: 28, height: 28, data: pixels, channels: 1, depth: 8 }));
  assert.equal(centreCrop(await readPicture(path)), pixels);
});

test('colour, opacity and 16 bits become grey', async ({ folder }) => {
  const path = join(folder, 'colour.png');
  const rgba = Uint8Array.of(255, 0, 0, 9, 0, 255, 0, 9);
  await writeFile(path, encode({ width: 2, height: 1, data: rgba, channels: 4, depth: 8 }));
  assert.equal((await readPicture(path)).grey, Float64Array.of(0.299 * 255, 0.587 * 255));
  const deep = Uint16Array.of(0, 65535);
  await writeFile(path, encode({ width: 2, height: 1, data: deep, channels: 1, depth: 16 }));
  assert.equal((await readPicture(path)).grey, Float64Array.of(0, 255));
});

test('the middle of a wide JPEG is taken', async ({ folder }) => {
  const path = join(folder, 'wide.jpg');
  const [width, height] = [192, 64];
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const inMiddle = i % width >= 64 && i % width < 128;
    data.fill(inMiddle ? 200 : 0, i * 4, i * 4 + 4);
  }
  await writeFile(path, jpeg.encode({ width, height, data }, 95).data);
  for (const value of centreCrop(await readPicture(path))) assert.ok(Math.abs(value - 200) < 6, `${value}`);
});

test('shrinking keeps what is constant and what is straight', () => {
  const side = 112;
  const ramp = Float64Array.from({ length: side * side }, (_, i) => (i % side) + 50);
  const small = centreCrop({ width: side, height: side, grey: ramp });
  for (let x = 2; x < 26; x++) assert.is(small[5 * 28 + x], Math.round(50 + 4 * x + 1.5));
});

test('what is no picture is refused', async ({ folder }) => {
  const path = join(folder, 'bad');
  const png = encode({ width: 28, height: 28, data: pixels, channels: 1, depth: 8 });
  const huge = png.slice();
  new DataView(huge.buffer).setUint32(16, 1e8);
  for (const [bytes, message] of [
    [Uint8Array.of(1, 2, 3), 'expected a PNG or JPEG'],
    [png.subarray(0, 20), 'cut off'],
    [png.subarray(0, 200), 'cannot be decoded'],
    [huge, '100000000×28 pixels'],
    [Uint8Array.of(0xff, 0xd8, 0xff), 'cannot be decoded'],
  ] as const) {
    await writeFile(path, bytes);
    await readPicture(path).then(
      () => assert.unreachable(message),
      (error) => {
        assert.is(error.name, 'DataError');
        assert.match(error.message, message);
      },
    );
  }
});

test.run();
