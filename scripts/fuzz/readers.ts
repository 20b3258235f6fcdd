import { zipSync } from 'fflate';
import {
  crc32,
  createCache,
  createConvolutionState,
  createEngine,
  createRecurrentState,
  createState,
  loadCache,
  loadConvolutionState,
  loadRecurrentState,
  loadState,
} from 'hw2-engine';
import { parseMetadata } from '#hw2/data/ljspeech.js';
import { parseNpy } from '#hw2/data/npy.js';
import { openNpz } from '#hw2/data/npz.js';
import { parseSafetensors, writeSafetensors } from '#hw2/data/safetensors.js';
import { formatTrainingFile, parseTrainingFile } from '#hw2/data/training-file.js';
import { decodeWav, encodeWav } from '#hw2/data/wav.js';
import { Graph } from '#hw2/onnx/graph.js';
import { inspectModel } from '#hw2/onnx/inspect.js';
import { writeModel } from '#hw2/onnx/model.js';
import { decodePicture } from '#hw2/vision/decode-picture.js';
import { concat, npyBytes, text } from '../../test/data/fixtures.js';
import { adobe, exif, JFIF, writeFlatJpeg } from '../../test/vision/jpeg-writer.js';
import { pngChunk, writePng } from '../../test/vision/png-writer.js';

/** A reader of files, and whole files that mutations begin with. */
export interface FuzzedReader {
  /** It may be asynchronous. */
  read: (bytes: Uint8Array) => unknown;
  seeds: readonly Uint8Array[];
  /** Puts right what a random change always breaks, such as a checksum, so that what lies behind it is reached. */
  repair?: (bytes: Uint8Array) => Uint8Array;
}

/** Limit of what arrays may inflate to. */
const MAX_BYTES = 2 ** 26;

const numbers = new Uint8Array(Float32Array.from({ length: 60 }, Math.sin).buffer);
const arrays = [
  npyBytes("'<f4'", [3, 4, 5], numbers),
  npyBytes("'>i2'", [10, 12], numbers, true),
  npyBytes("'|b1'", [240], numbers),
];
const samples = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i / 3));
const values = (count: number) => Array.from({ length: count }, (_, i) => (i * 7) % 2);
const png = (colourType: 0 | 2 | 3 | 4 | 6, depth: number, isInterlaced: boolean) =>
  writePng({
    ...{ width: 13, height: 11, depth, colourType, isInterlaced },
    values: values(13 * 11 * 4),
    filter: (y) => y % 5,
    ...(colourType === 3 && { palette: [1, 2, 3, 4, 5, 6] }),
  });
const component = (id: number, density = 1) => ({
  ...{ id, horizontal: density, vertical: density },
  level: (x: number, y: number) => (40 * id + 10 * x + 3 * y) % 256,
});

const tensor = (...dims: number[]) => ({
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
  dims,
});

/** One engine for what it saves and loads. */
const engine = await createEngine({ tier: 'simd' });

/** A file that the engine wrote, of something that is disposed of. */
async function saved(made: Promise<{ save(): Promise<Uint8Array>; dispose(): Promise<void> }>) {
  const one = await made;
  const bytes = await one.save();
  await one.dispose();
  return bytes;
}

const states = await saved(
  createState(engine, { headDim: 2, order: 2 }).then(async (state) => {
    await state.append({ k: tensor(1, 1, 3, 2), v: tensor(1, 1, 3, 2) });
    return state;
  }),
);
const caches = await Promise.all(
  ([{ type: 'float32' }, { type: 'int8', window: 3, sinks: 1 }] as const).map((options) =>
    saved(
      createCache(engine, { headDim: 4, kvHeads: 2, batches: 2, ...options }).then(async (cache) => {
        await cache.append({ k: tensor(2, 2, 5, 4), v: tensor(2, 2, 5, 4), lengths: [5, 3] });
        return cache;
      }),
    ),
  ),
);

/** Loads a file and lets go of what came of it. */
const loading =
  (load: (engine: never, bytes: Uint8Array) => Promise<{ dispose(): Promise<void> }>) =>
  async (bytes: Uint8Array): Promise<void> => {
    const loaded = await load(engine as never, bytes);
    await loaded.dispose();
  };

/** Sealed files end with a checksum of all that is before it. */
function resealed(bytes: Uint8Array): Uint8Array {
  const fixed = Uint8Array.from(bytes);
  if (fixed.length >= 4)
    new DataView(fixed.buffer).setUint32(fixed.length - 4, crc32(fixed.subarray(0, -4)), true);
  return fixed;
}

const CHECKPOINT = { vectors: ['parameters', 'best'], figures: ['loss'] };

export const readers: Readonly<Record<string, FuzzedReader>> = {
  npy: { read: (bytes) => parseNpy(bytes, 'x'), seeds: arrays },
  npz: {
    read: (bytes) => {
      const { names, read } = openNpz(bytes, MAX_BYTES, 'x');
      for (const name of names) read(name);
    },
    seeds: [
      zipSync({ 'q.npy': arrays[0]!, 'k.npy': arrays[1]!, 'x.txt': text('text') }, { level: 9 }),
      zipSync({ 'q.npy': arrays[2]! }, { level: 0, comment: 'a comment' }),
    ],
  },
  safetensors: {
    read: (bytes) => parseSafetensors(bytes, 'x'),
    seeds: [
      writeSafetensors({
        tensors: new Map([
          ['w', { type: 'float32', data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] }],
          ['n', { type: 'int64', data: BigInt64Array.of(7n), dims: [] }],
        ]),
        metadata: { format: 'pt' },
      }),
    ],
  },
  wav: {
    read: (bytes) => decodeWav(bytes, 'x'),
    seeds: [encodeWav({ samples, sampleRate: 16_000 }), asAdpcm(2, 14), asAdpcm(17, 12)],
  },
  png: {
    read: (bytes) => decodePicture(bytes, 'x'),
    seeds: [
      png(0, 1, false),
      png(0, 16, true),
      png(2, 8, true),
      png(3, 2, false),
      png(4, 8, false),
      png(6, 16, true),
    ],
    repair: withChecksums,
  },
  jpeg: {
    read: (bytes) => decodePicture(bytes, 'x'),
    seeds: [false, true].flatMap((isProgressive) => [
      writeFlatJpeg({
        width: 30,
        height: 20,
        components: [component(1)],
        applications: [JFIF, exif(6)],
        isProgressive,
      }),
      writeFlatJpeg({
        width: 30,
        height: 20,
        components: [component(1, 2), component(2), component(3)],
        isProgressive,
      }),
      writeFlatJpeg({
        width: 9,
        height: 9,
        components: [1, 2, 3, 4].map((id) => component(id)),
        applications: [adobe(2)],
      }),
    ]),
  },
  metadata: { read: (bytes) => parseMetadata(bytes, 'x'), seeds: [text('a|One.|one\nb|2|two\n\nc|Zoë\n')] },
  checkpoint: {
    read: (bytes) => parseTrainingFile(bytes, 'x', CHECKPOINT),
    seeds: [
      formatTrainingFile({
        vectors: { parameters: samples.subarray(0, 9), best: samples.subarray(9, 18) },
        identity: '{"data":"x"}',
        steps: 12,
        curve: [{ loss: 1 }, { loss: 0.5 }],
      }),
    ],
  },
  state: { read: loading(loadState), seeds: [states], repair: resealed },
  cache: { read: loading(loadCache), seeds: caches, repair: resealed },
  recurrent: {
    read: loading(loadRecurrentState),
    seeds: [await saved(createRecurrentState(engine, { keyDim: 3, heads: 2, updateRule: 'gated' }))],
    repair: resealed,
  },
  convolution: {
    read: loading(loadConvolutionState),
    seeds: [await saved(createConvolutionState(engine, { channels: 5, taps: 3 }))],
    repair: resealed,
  },
  onnx: { read: (bytes) => inspectModel(bytes, 'x'), seeds: [smallModel()] },
};

/** A WAV file of two channels of ADPCM, in blocks of so many bytes. */
function asAdpcm(tag: number, blockBytes: number): Uint8Array {
  const bytes = encodeWav({ samples, sampleRate: 16_000 });
  const view = new DataView(bytes.buffer);
  view.setUint16(20, tag, true);
  view.setUint16(22, 2, true);
  view.setUint16(32, 2 * blockBytes, true);
  view.setUint16(34, 4, true);
  if (tag !== 2) return bytes;
  // Size of what follows, samples of a block, and one pair of coefficients.
  view.setUint32(16, 16 + 10, true);
  const extra = new Uint8Array(Uint16Array.of(8, 16, 1, 192, 64).buffer);
  return concat(bytes.subarray(0, 36), extra, bytes.subarray(36));
}

/** A model with a weight, a bias and metadata. */
function smallModel(): Uint8Array {
  const graph = new Graph();
  const x = graph.input('images', [1, 4]);
  const bias = graph.constant({ type: 'float32', data: Float32Array.of(1, 2, 3, 4), dims: [1, 4] }, 'bias');
  graph.output('log_probabilities', graph.apply('Add', [x, bias], [1, 4]));
  return writeModel(graph, { class_names: 'a\nb', data: 'x' });
}

/** A PNG with the checksums that its chunks should have, as far as it has chunks. */
function withChecksums(bytes: Uint8Array): Uint8Array {
  const fixed = Uint8Array.from(bytes);
  const view = new DataView(fixed.buffer);
  for (let at = 8; at + 12 <= fixed.length; ) {
    const length = view.getUint32(at);
    if (length > fixed.length - at - 12) break;
    const type = String.fromCharCode(...fixed.subarray(at + 4, at + 8));
    fixed.set(pngChunk(type, fixed.subarray(at + 8, at + 8 + length)).subarray(8 + length), at + 8 + length);
    at += 12 + length;
  }
  return fixed;
}
