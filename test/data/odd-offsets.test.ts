/** Every reader of bytes takes a Buffer inside a larger one, at any offset, as fs.readFile and network streams give them. */
import { readFile } from 'node:fs/promises';
import { zipSync } from 'fflate';
import { crc32 } from 'hw2-engine';
import jpeg from 'jpeg-js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseMetadata } from '#hw2/data/ljspeech.js';
import type { NdArray } from '#hw2/data/ndarray.js';
import { parseNpy } from '#hw2/data/npy.js';
import { openNpz } from '#hw2/data/npz.js';
import { parseSafetensors, writeSafetensors } from '#hw2/data/safetensors.js';
import { parseTrainingFile } from '#hw2/data/training-file.js';
import { decodeWav, encodeWav } from '#hw2/data/wav.js';
import { inspectModel } from '#hw2/onnx/inspect.js';
import { formatCheckpoint, parseCheckpoint, type TrainingIdentity } from '#hw2/vision/checkpoint.js';
import { decodePicture } from '#hw2/vision/decode-picture.js';
import { greyPng } from '../vision/png-writer.js';
import { bytesOf, npyBytes, text } from './fixtures.js';

const floats = Float32Array.of(1.5, -2, 3e-9);
const npy = (descr: string, data: ArrayBufferView) => npyBytes(descr, [3], bytesOf(data));
const tensors = new Map<string, NdArray>([
  ['byte', { type: 'uint8', data: Uint8Array.of(7), dims: [1] }],
  ['floats', { type: 'float32', data: floats, dims: [3] }],
  ['longs', { type: 'int64', data: BigInt64Array.of(-1n, 2n), dims: [2] }],
]);
const identity = { data: 'd', options: { optimiser: 'sgd', epochs: 2 } } as unknown as TrainingIdentity;
const checkpoint = formatCheckpoint(identity, {
  state: { vectors: { parameters: floats, velocity: floats }, steps: 3 },
  curve: [{ loss: 0.5, accuracy: 0.25 }],
  best: floats,
} as unknown as Parameters<typeof formatCheckpoint>[1]);
const picture = Uint8Array.from({ length: 64 }, (_, i) => i * 4);
const rgba = Uint8Array.from({ length: 256 }, (_, i) => (i % 4 === 3 ? 255 : i));

const READERS: [name: string, bytes: Uint8Array, read: (bytes: Uint8Array) => unknown][] = [
  ['npy of float32', npy("'<f4'", floats), (bytes) => parseNpy(bytes, 'x')],
  ['npy of float64', npy("'<f8'", Float64Array.from(floats)), (bytes) => parseNpy(bytes, 'x')],
  ['npy of int64', npy("'<i8'", BigInt64Array.of(1n, -2n, 3n)), (bytes) => parseNpy(bytes, 'x')],
  ['npy, big-endian', npy("'>i4'", Int32Array.of(1, 2, 3)), (bytes) => parseNpy(bytes, 'x')],
  ...([0, 9] as const).map((level): (typeof READERS)[number] => [
    `npz at level ${level}`,
    zipSync({ 'x.npy': [npy("'<f8'", Float64Array.from(floats)), { level }] }),
    (bytes) => openNpz(bytes, 1e6, 'x').read('x'),
  ]),
  [
    'safetensors',
    writeSafetensors({ tensors, metadata: { a: 'b' } }),
    (bytes) => parseSafetensors(bytes, 'x'),
  ],
  [
    'a training file',
    checkpoint,
    (bytes) => parseTrainingFile(bytes, 'x', { vectors: ['parameters', 'best'], figures: ['loss'] }),
  ],
  ['a checkpoint', checkpoint, (bytes) => parseCheckpoint(bytes, 'x', identity)],
  ['WAV', encodeWav({ samples: floats, sampleRate: 8000 }), (bytes) => decodeWav(bytes)],
  ['PNG', greyPng(8, 8, picture), (bytes) => decodePicture(bytes, 'x')],
  [
    'JPEG',
    new Uint8Array(jpeg.encode({ width: 8, height: 8, data: rgba }, 90).data),
    (bytes) => decodePicture(bytes, 'x'),
  ],
  ['metadata of LJSpeech', text('a|One.|One.\nb|Two.|Two.\n'), (bytes) => parseMetadata(bytes)],
  ['a model', await readFile('models/pneumoniamnist/stride.onnx'), (bytes) => inspectModel(bytes, 'x')],
  ['a checksum', picture, crc32],
];

for (const [name, bytes, read] of READERS)
  test(`${name}, at any offset of a larger buffer`, () => {
    const expected = read(bytes);
    for (const offset of [0, 1, 2, 3, 5, 8]) {
      const pool = Buffer.alloc(bytes.length + 16, 0xa5);
      pool.set(bytes, offset);
      const given = pool.subarray(offset, offset + bytes.length);
      assert.equal(read(given), expected, `offset ${offset}`);
    }
  });

test.run();
