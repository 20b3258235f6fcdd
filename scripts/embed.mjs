/**
 * Puts the kernels and the worker's script into JavaScript modules, src/engine/embedded, so that the engine finds them
 * wherever it runs and however it was bundled. Part of the build, between asc and tsc; JavaScript, for tsc needs what it
 * writes.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { build } from 'esbuild';
import { base91 } from './base91.mjs';

const ENGINE = 'src/engine';
const OUT = `${ENGINE}/embedded`;
const HEAD = '// Written by scripts/embed.mjs.\n';

await mkdir(OUT, { recursive: true });
for (const tier of ['simd', 'relaxed', 'wide']) {
  const wasm = await readFile(`${ENGINE}/dist/wasm/${tier}.wasm`);
  const text = base91(deflateSync(wasm, { level: 9 }));
  await write(tier, `const text: string = '${text}';\nexport default text;\n`);
}
// Beside the modules of runtime/, and beside the bundle that the package ships.
for (const folder of ['dist/runtime', 'dist']) {
  const outfile = `${ENGINE}/${folder}/hw2-engine-worker.js`;
  const entryPoints = [`${ENGINE}/runtime/worker.ts`];
  await build({ entryPoints, outfile, bundle: true, format: 'iife', target: 'es2022', minify: true });
}
const source = await readFile(`${ENGINE}/dist/hw2-engine-worker.js`, 'utf8');
await write('worker-source', `export const WORKER_SOURCE: string = ${JSON.stringify(source)};\n`);

async function write(name, text) {
  const file = `${OUT}/${name}.ts`;
  // What is the same keeps its time, and tsc does nothing.
  if ((await readFile(file, 'utf8').catch(() => '')) !== HEAD + text) await writeFile(file, HEAD + text);
}
