/**
 * Makes of src/engine/dist what the package ships, the last step of `npm pack` and `npm publish` there; the next build
 * makes it anew.
 * - index.js is one file instead of fifty, which a page and a cold disk load five times as fast.
 * - index.cjs is for `require`: it requires index.js, which Node can from 20.19 on, so that there is one engine in a program
 *   however it was loaded. A bundle as CommonJS would serve older ones and Jest, and take a fifth of the package.
 * - Declarations that index.d.ts does not lead to are left out, and so are modules that the bundle holds.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const ENGINE = 'src/engine';
const DIST = `${ENGINE}/dist`;
const TIERS = ['simd', 'relaxed', 'wide'];

await writeFile(`${DIST}/index.d.cts`, await commonJsTypes());
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
  // An error that is not caught prints its whole line.
  lineLimit: 120,
});
await prune();

/**
 * Declarations for `require`: every name of index.ts, as it is in index.d.ts. For TypeScript 5.3 and newer, whose import
 * type can say that a file is a module; a copy of all declarations would serve, too, and take ten times the room.
 */
async function commonJsTypes() {
  const values = Object.keys(await import(`../${DIST}/index.js`));
  const source = await readFile(`${ENGINE}/index.ts`, 'utf8');
  const names = [...source.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, type, list]) =>
    list.split(',').map((name) => `${type ?? ''}${name.trim()}`),
  );
  const types = names.filter((name) => name.startsWith('type ')).map((name) => name.slice('type '.length));
  const classes = values.filter((name) => /^[A-Z].*[a-z]/.test(name));
  const lines = [
    `import type * as engine from './index.js' with { 'resolution-mode': 'import' };`,
    ...values.map((name) => `export declare const ${name}: typeof engine.${name};`),
    ...[...types.filter((name) => name !== ''), ...classes].map(
      (name) => `export type ${name} = engine.${name};`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

async function prune() {
  const kept = new Set(
    ['index.js', 'index.cjs', 'index.d.cts', 'hw2-engine-worker.js'].map((name) => join(DIST, name)),
  );
  const reach = async (file) => {
    if (kept.has(file)) return;
    kept.add(file);
    const text = await readFile(file, 'utf8');
    for (const [, path] of text.matchAll(/(?:from|import) ?\(?['"](\.[^'"]*)\.js['"]/g))
      await reach(`${join(file, '..', path)}.d.ts`);
  };
  await reach(join(DIST, 'index.d.ts'));
  for (const name of await readdir(DIST, { recursive: true })) {
    const file = join(DIST, name);
    const isEmbedded = /embedded.(simd|relaxed|wide)\.js$/.test(file);
    if (/\.(js|ts|map|tsbuildinfo)$/.test(file) && !kept.has(file) && !isEmbedded) await rm(file);
  }
}
