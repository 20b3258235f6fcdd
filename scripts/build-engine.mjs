/**
 * Builds the JavaScript of hw2-engine, after asc wrote the kernels and before tsc checks all and writes declarations;
 * JavaScript itself, for tsc needs what it writes. In this order:
 * 1. The kernels and the worker's script as modules, src/engine/embedded, so that the engine finds them wherever it runs
 *    and however it is bundled.
 * 2. dist/: a file of JavaScript for each of TypeScript, without comments, which are in the declarations.
 * 3. dist/index.cjs: all of it as CommonJS, for `require` in Node before 20.19 and for Jest, and its declarations.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { deflateSync } from 'node:zlib';
import { build } from 'esbuild';

const ENGINE = 'src/engine';
const DIST = `${ENGINE}/dist`;
const EMBEDDED = `${ENGINE}/embedded`;
const TIERS = ['simd', 'relaxed', 'wide'];
const HEAD = '// Written by scripts/build-engine.mjs.\n';
const OPTIONS = { target: 'es2022', logLevel: 'warning' };

await embed();
await writeModules();
await writeCommonJs();
await writeCommonJsTypes();

async function embed() {
  await mkdir(EMBEDDED, { recursive: true });
  for (const tier of TIERS) {
    const wasm = await readFile(`${DIST}/wasm/${tier}.wasm`);
    const text = deflateSync(wasm, { level: 9 }).toString('base64');
    await writeFile(
      `${EMBEDDED}/${tier}.ts`,
      `${HEAD}const text: string = '${text}';\nexport default text;\n`,
    );
  }
  const outfile = `${DIST}/runtime/hw2-engine-worker.js`;
  const entryPoints = [`${ENGINE}/runtime/worker.ts`];
  await build({ ...OPTIONS, entryPoints, outfile, bundle: true, format: 'iife', minify: true });
  const source = JSON.stringify(await readFile(outfile, 'utf8'));
  await writeFile(`${EMBEDDED}/worker-source.ts`, `${HEAD}export const WORKER_SOURCE: string = ${source};\n`);
}

async function writeModules() {
  const files = await readdir(ENGINE, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.startsWith('dist'));
  for (const file of await readdir(DIST, { recursive: true })) {
    const source = file.replace(/(\.d\.ts|\.js)$/, '.ts');
    const isLeftOver = source !== file && !sources.includes(source) && !file.endsWith('hw2-engine-worker.js');
    if (isLeftOver) await rm(`${DIST}/${file}`);
  }
  const entryPoints = sources.map((file) => `${ENGINE}/${file}`);
  await build({ ...OPTIONS, entryPoints, outdir: DIST, outbase: ENGINE, format: 'esm' });
}

async function writeCommonJs() {
  await build({
    ...OPTIONS,
    entryPoints: [`${DIST}/index.js`],
    outfile: `${DIST}/index.cjs`,
    bundle: true,
    format: 'cjs',
    // import() of the kernels' modules works in CommonJS, too, but for Jest: see runtime/embedded.ts.
    external: ['@assemblyscript/loader', ...TIERS.map((tier) => `./${DIST}/embedded/${tier}.js`)],
    define: { 'import.meta.url': 'undefined' },
    minify: true,
    // An error that is not caught prints its whole line.
    lineLimit: 120,
  });
}

/**
 * Declarations for `require`: every name of index.ts, as it is in index.d.ts. For TypeScript 5.3 and newer, whose import
 * type can say that a file is a module; a copy of all declarations would serve, too, and take as much room again.
 */
async function writeCommonJsTypes() {
  const values = Object.keys(await import(pathToFileURL(`${DIST}/index.js`).href));
  const source = await readFile(`${ENGINE}/index.ts`, 'utf8');
  const exported = [...source.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, type, names]) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .map((name) => (type ? `type ${name}` : name)),
  );
  const types = exported.filter((name) => name.startsWith('type ')).map((name) => name.slice(5));
  const classes = values.filter((name) => /^[A-Z]/.test(name) && !/^[A-Z_]+$/.test(name));
  const lines = [
    `${HEAD}import type * as engine from './index.js' with { 'resolution-mode': 'import' };`,
    ...values.map((name) => `export declare const ${name}: typeof engine.${name};`),
    ...[...types, ...classes].map((name) => `export type ${name} = engine.${name};`),
  ];
  await writeFile(`${DIST}/index.d.cts`, `${lines.join('\n')}\n`);
}
