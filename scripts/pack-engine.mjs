/**
 * Makes of src/engine/dist what the package ships, the last step of `npm pack` and `npm publish` there; the next build
 * makes it anew.
 * - index.js is one file instead of sixty, which a page and a cold disk load five times as fast.
 * - index.cjs is for `require`: it requires index.js, which Node can from 20.19 on, so that there is one engine in a program
 *   however it was loaded. A bundle as CommonJS would serve older ones and Jest, and take a fifth of the package.
 * - index.d.ts is one file, too, of what index.ts leads to, by dts-bundle-generator; npx fetches it, for it needs a TypeScript
 *   before 7, which has a JavaScript interface. Its comments are shorter.
 * - The kernels are compressed anew by Zopfli, which takes half a minute for 5 % less of what zlib makes; anything that inflates
 *   zlib's format reads it. npx fetches it, too.
 */
import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateSync } from 'node:zlib';
import { build } from 'esbuild';
import { base91 } from './base91.mjs';

const ENGINE = 'src/engine';
const DIST = `${ENGINE}/dist`;
const BUNDLED_TYPES = `${DIST}/types.d.ts`;
const TIERS = ['simd', 'relaxed', 'wide'];

await writeFile(`${DIST}/index.d.cts`, await commonJsTypes());
await bundleTypes();
await writeFile(`${DIST}/index.cjs`, "module.exports = require('./index.js');\n");
await build({
  entryPoints: [`${DIST}/index.js`],
  outfile: `${DIST}/index.js`,
  allowOverwrite: true,
  bundle: true,
  external: ['@assemblyscript/loader', ...TIERS.map((tier) => `./${DIST}/embedded/${tier}.js`)],
  format: 'esm',
  target: 'es2022',
  minify: true,
  // Names of the engine's own, which no caller sees and no kernel has: minifying leaves names of properties as they are.
  mangleProps:
    /^(allocate|arena|bytesFor|chances|exclusive|headerSize|perHead|placeFloats|placeInts|placeParams|rowBytes|scratchSize)$/,
  // Which are short then: 1/0 and NaN.
  define: { 'Number.POSITIVE_INFINITY': 'Infinity', 'Number.NaN': 'NaN' },
  // An error that is not caught prints its whole line.
  lineLimit: 1000,
});
// To keep the limit esbuild breaks strings, also the address of the worker, which bundlers look for.
const bundle = await readFile(`${DIST}/index.js`, 'utf8');
// Where a line begins with the name of a method, publint takes it for a call of require, and exports within a line for none.
const lines = bundle.replaceAll('\\\n', '').replaceAll('.\nrequire(', '.require(');
await writeFile(`${DIST}/index.js`, lines.replace(/export\{(?=[^{}]*\};?\s*$)/, '\nexport{'));
await compressKernels();
await prune();

/**
 * Declarations for `require`: every name of index.ts, as it is in index.d.ts. For TypeScript 5.3 and newer, whose import
 * type can say that a file is a module; a copy of all declarations would serve, too, and take ten times the room. What is
 * exported as a type has no value, so each value is declared once more, and that hides the type of a class.
 */
async function commonJsTypes() {
  const values = Object.keys(await import(`../${DIST}/index.js`));
  const classes = values.filter((name) => /^[A-Z].*[a-z]/.test(name));
  const from = `from './index.js' with { 'resolution-mode': 'import' };`;
  const lines = [
    `import type * as e ${from}`,
    `export type * ${from}`,
    `export declare const\n${values.map((name) => `${name}: typeof e.${name}`).join(',\n')};`,
    ...classes.map((name) => `export type ${name} = e.${name};`),
  ];
  return `${lines.join('\n')}\n`;
}

async function bundleTypes() {
  const generator = [
    '-y',
    '-p',
    'dts-bundle-generator@9.5.1',
    '-p',
    'typescript@5.9.3',
    'dts-bundle-generator',
  ];
  const options = [
    '--no-check',
    '--no-banner',
    '--silent',
    '--export-referenced-types',
    'false',
    '-o',
    BUNDLED_TYPES,
  ];
  // What the npm that packs was asked for is not meant for this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  execFileSync('npx', [...generator, ...options, `${DIST}/index.d.ts`], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const declarations = shortComments(await readFile(BUNDLED_TYPES, 'utf8'));
  const types = exportTypesOnly(declarations, await typeNames());
  // Where Symbol.asyncDispose is declared: the generator drops it.
  await writeFile(`${DIST}/index.d.ts`, `/// <reference lib="esnext.disposable" />\n${types}`);
}

/**
 * Documentation comments without the asterisks in front of their lines, which editors show alike, and without their examples,
 * errors and links, 8 kB that the reference has (`npm run docs`).
 */
function shortComments(declarations) {
  return declarations.replace(/\/\*\*(.*?)\*\//gs, (_, comment) => {
    const text = comment
      .replace(/\n\s*\* ?/g, '\n')
      .replace(/\s*@(?:example|throws|see).*?(?=\n@|\s*$)/gs, '');
    return `/** ${text.trim()} */`;
  });
}

/** The names that index.ts exports as types. */
async function typeNames() {
  const source = await readFile(`${ENGINE}/index.ts`, 'utf8');
  const lists = [...source.matchAll(/export (type )?\{([^}]*)\}/g)];
  return lists.flatMap(([, type, list]) =>
    list.split(',').flatMap((name) => (type ? name.trim() : (/^\s*type (\w+)/.exec(name)?.[1] ?? []))),
  );
}

/** The generator exports each class as a value, also those that index.ts exports as types, whose values nobody can import. */
function exportTypesOnly(declarations, types) {
  const classes = types.filter((name) => declarations.includes(`\nexport declare class ${name} `));
  const hidden = classes.reduce(
    (text, name) => text.replace(`\nexport declare class ${name} `, `\ndeclare class ${name} `),
    declarations,
  );
  return hidden.replace(/\nexport \{\};\s*$/, `\nexport type { ${classes.join(', ')} };\n`);
}

async function compressKernels() {
  const { zlibAsync } = (await fetched('@gfx/zopfli', '1.0.15')).default;
  for (const tier of TIERS) {
    const wasm = await readFile(`${DIST}/wasm/${tier}.wasm`);
    const packed = await zlibAsync(wasm, { numiterations: 15 });
    if (!inflateSync(packed).equals(wasm))
      throw new Error(`${tier}: Zopfli made something else of the kernels`);
    await writeFile(`${DIST}/embedded/${tier}.js`, `export default '${base91(packed)}';\n`);
  }
}

/** A package that only publishing needs, from the folder into which npx fetches it. */
async function fetched(name, version) {
  const path = execFileSync('npx', ['-y', '-p', `${name}@${version}`, '-c', 'echo $PATH'], {
    encoding: 'utf8',
  });
  const folder = join(dirname(path.split(delimiter)[0]), name);
  const { main } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  return import(pathToFileURL(join(folder, main)).href);
}

async function prune() {
  for (const entry of await readdir(DIST, { withFileTypes: true })) {
    if (entry.isDirectory() && !['embedded', 'wasm'].includes(entry.name))
      await rm(join(DIST, entry.name), { recursive: true });
    if (entry.name.endsWith('.tsbuildinfo') || entry.name === 'types.d.ts') await rm(join(DIST, entry.name));
  }
}
