// What wrangler does: bundle the worker, leave the .wasm as a module of its own, and run both in workerd.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

await build({
  entryPoints: ['worker.js'],
  outfile: 'dist/worker.js',
  bundle: true,
  format: 'esm',
  conditions: ['workerd', 'worker', 'browser'],
  external: ['*.wasm'],
  logLevel: 'error',
});
const wasm = createRequire(import.meta.url).resolve('hw2-engine/wasm/relaxed.wasm');
const host = new Miniflare({
  compatibilityDate: '2026-01-01',
  modules: [
    { type: 'ESModule', path: 'worker.js', contents: await readFile('dist/worker.js', 'utf8') },
    { type: 'CompiledWasm', path: 'hw2-engine/wasm/relaxed.wasm', contents: await readFile(wasm) },
  ],
});
console.log(await (await host.dispatchFetch('http://localhost')).text());
await host.dispose();
