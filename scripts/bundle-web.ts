/** Bundles web/ into dist/web, and the report's explorer beside the report: the page's own files. Models and samples stay where they are, see assets.json. */
import { existsSync } from 'node:fs';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { decoders } from '#hw2/speech/model/recognizer.js';
import type { Assets } from '../web/assets.js';
import { argumentsOf } from './given.js';
import { pageNotices } from './page-notices.js';

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

argumentsOf('');
await rm(OUT, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ENTRIES,
  outdir: `${OUT}/js`,
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  metafile: true,
  logLevel: 'warning',
});
await writeFile(`${OUT}/third-party-notices.txt`, await pageNotices(metafile));
// The report holds its explorer, kernels and all, as one script.
await build({
  entryPoints: ['web/report/explorer.ts'],
  outfile: 'dist/report/page/explorer-bundle.js',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  logLevel: 'warning',
});
// And the font of its formulas, with its licence.
const FONT = 'src/report/page/font';
await copyFile(`${FONT}/stix-two-math.woff2`, 'dist/report/page/stix-two-math.woff2');
await copyFile(`${FONT}/LICENSE`, 'dist/report/page/stix-two-math-LICENSE.txt');
for (const name of ['index.html', 'style.css', 'icon.svg']) await copyFile(`web/${name}`, `${OUT}/${name}`);
const RUNTIME = 'ort-wasm-simd-threaded.wasm';
await copyFile(`node_modules/onnxruntime-web/dist/${RUNTIME}`, `${OUT}/js/${RUNTIME}`);
await writeFile(`${OUT}/assets.json`, JSON.stringify(await findAssets()));

async function findAssets(): Promise<Assets> {
  const recognizers = decoders.filter((decoder) => existsSync(`models/asr/${decoder}/encoder.onnx`));
  const lines = (await readFile('models/asr-test/metadata.csv', 'utf8')).split('\n');
  const samples = lines
    .map((line) => line.split('|'))
    .filter(([id]) => SAMPLES.includes(id!))
    .map(([id, , text]) => ({ file: `models/asr-test/wavs/${id}.wav`, text: text! }));
  const files = [
    ...CLASSIFIERS.flatMap((name) =>
      ['maxpool', 'stride'].map((variant) => `models/${name}/${variant}.onnx`),
    ),
    ...recognizers.flatMap((name) => ['encoder', 'decoder'].map((part) => `models/asr/${name}/${part}.onnx`)),
    ...samples.map(({ file }) => file),
  ];
  return { recognizers, samples, files };
}
