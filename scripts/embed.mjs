/**
 * Puts the kernels and the worker's script into JavaScript modules, src/engine/embedded, so that the engine finds them
 * wherever it runs and however it was bundled. Part of the build, between asc and tsc; JavaScript, for tsc needs what it
 * writes.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { build } from 'esbuild';

const OUT = 'src/engine/embedded';
const HEAD = '// Written by scripts/embed.mjs.\n';

await mkdir(OUT, { recursive: true });
for (const tier of ['simd', 'relaxed', 'wide']) {
  const wasm = await readFile(`src/engine/dist/wasm/${tier}.wasm`);
  const text = deflateSync(wasm, { level: 9 }).toString('base64');
  await writeFile(`${OUT}/${tier}.ts`, `${HEAD}export default '${text}';\n`);
}
await build({
  entryPoints: ['src/engine/runtime/worker.ts'],
  outfile: 'src/engine/dist/runtime/hw2-engine-worker.js',
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  logLevel: 'warning',
});
const source = await readFile('src/engine/dist/runtime/hw2-engine-worker.js', 'utf8');
await writeFile(
  `${OUT}/worker-source.ts`,
  `${HEAD}export const WORKER_SOURCE: string = ${JSON.stringify(source)};\n`,
);
