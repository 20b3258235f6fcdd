/** Bundles web/ into dist/web: static files that any host can serve, models and samples among them. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { decoders } from '#hw2/speech/model/recognizer.js';
import type { Assets } from '../web/assets.js';

const OUT = 'dist/web';
/** Beside each other in one folder, for they find each other, the kernels and ONNX Runtime by import.meta.url. */
const ENTRIES = {
  main: 'web/main.ts',
  hw2: 'src/engine/dist/index.js',
  'hw2-engine-worker': 'src/engine/dist/hw2-engine-worker.js',
  'explorer-worker': 'web/explorer/explorer-worker.ts',
  'benchmark-worker': 'web/benchmark/benchmark-worker.ts',
  'images-worker': 'web/images/images-worker.ts',
  'speech-worker': 'web/speech/speech-worker.ts',
};
/** Spoken sentences of models/asr-test that come along. */
const SAMPLES = ['everyday-01', 'everyday-04', 'everyday-07', 'everyday-24', 'everyday-44'];
const CLASSIFIERS = ['phantom', 'octmnist-sample-finetuned'];

await rm(OUT, { recursive: true, force: true });
await build({
  entryPoints: ENTRIES,
  outdir: `${OUT}/js`,
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  logLevel: 'warning',
});
for (const name of ['index.html', 'style.css', 'icon.svg']) await copyFile(`web/${name}`, `${OUT}/${name}`);
const RUNTIME = 'ort-wasm-simd-threaded.wasm';
await copyFile(`node_modules/onnxruntime-web/dist/${RUNTIME}`, `${OUT}/js/${RUNTIME}`);
await writeFile(`${OUT}/assets.json`, JSON.stringify(await copyAssets()));

async function copyAssets(): Promise<Assets> {
  for (const name of CLASSIFIERS) {
    await mkdir(`${OUT}/models/${name}`, { recursive: true });
    for (const variant of ['maxpool', 'stride'])
      await copyFile(`models/${name}/${variant}.onnx`, `${OUT}/models/${name}/${variant}.onnx`);
  }
  const recognizers = decoders.filter((decoder) => existsSync(`models/asr/${decoder}/encoder.onnx`));
  for (const decoder of recognizers) {
    await mkdir(`${OUT}/models/asr/${decoder}`, { recursive: true });
    for (const part of ['encoder.onnx', 'decoder.onnx'])
      await copyFile(`models/asr/${decoder}/${part}`, `${OUT}/models/asr/${decoder}/${part}`);
  }
  await mkdir(`${OUT}/samples`);
  const lines = (await readFile('models/asr-test/metadata.csv', 'utf8')).split('\n');
  const samples = lines
    .map((line) => line.split('|'))
    .filter(([id]) => SAMPLES.includes(id!))
    .map(([id, , text]) => ({ file: `samples/${id}.wav`, text: text! }));
  for (const { file } of samples)
    await copyFile(file.replace('samples', 'models/asr-test/wavs'), `${OUT}/${file}`);
  return { recognizers, samples };
}
