import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXAMPLES, HOME, packEngine, prepare, run, runNode, tool } from './examples.js';

const test = suite('packages');
test.before(prepare);

/** Three tiers of kernels take 79 kB, one of them as a .wasm file another 58, the rest of the engine 105, its types 46. */
test('hw2-engine is under 300 kB unpacked', async () => {
  const listing = await run('tar', ['tzvf', await packEngine()]);
  const sizes = listing
    .trim()
    .split('\n')
    .map((line) => Number(/^\S+\s+\S+\s+(\d+)/.exec(line)![1]));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`hw2-engine: ${sizes.length} files, ${(total / 1e3).toFixed(1)} kB`);
  assert.ok(total < 300e3, `${total} bytes`);
});

test('hw2-engine in an empty folder: by import and by require, with its one dependency', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hw2-pack-'));
  await run('npm', ['init', '-y'], { cwd: folder });
  await run('npm', ['install', '--no-audit', '--no-fund', await packEngine()], { cwd: folder });
  await mkdir(join(folder, 'node'));
  for (const name of ['node/main.mjs', 'node/main.cjs', 'first-attention.js'])
    await cp(join(EXAMPLES, name), join(folder, name.replace('first-attention.js', 'first-attention.mjs')));
  await run('sed', ['-i', 's/first-attention.js/first-attention.mjs/', 'node/main.mjs'], { cwd: folder });
  assert.is((await runNode(['node/main.mjs'], { cwd: folder })).threads, 2);
  assert.is((await runNode(['node/main.cjs'], { cwd: folder })).threads, 2);
  const packages = JSON.parse(await run('npm', ['ls', '--all', '--json'], { cwd: folder }));
  assert.equal(Object.keys(packages.dependencies), ['hw2-engine']);
  assert.equal(Object.keys(packages.dependencies['hw2-engine'].dependencies), ['@assemblyscript/loader']);
  await rm(folder, { recursive: true });
});

test('hw2-engine: no Node module is imported', async () => {
  const { readFile } = await import('node:fs/promises');
  const source = await readFile(tool('hw2-engine/dist/index.js'), 'utf8');
  const imported = [...source.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)]
    .map(([, name]) => name)
    .sort();
  const embedded = ['relaxed', 'simd', 'wide'].map((tier) => `./embedded/${tier}.js`);
  assert.equal(imported, [...embedded, '@assemblyscript/loader']);
});

const COMPILERS = {
  'typescript 5.4': 'typescript54',
  'typescript 5.9': 'typescript59',
  'typescript 7': 'typescript',
};
const RESOLUTIONS = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
  { module: 'commonjs', moduleResolution: 'node10' },
];

/** Declarations of onnxruntime need those of the DOM. */
const SOURCES = { main: ['es2022', 'esnext.disposable'], onnx: ['es2022', 'esnext.disposable', 'dom'] };

for (const [name, folder] of Object.entries(COMPILERS))
  test(`types: ${name}, strict, without skipLibCheck, without those of DOM and Node`, async () => {
    for (const resolution of RESOLUTIONS) {
      // TypeScript 7 has no node10 any more, and node10 no modules of either kind.
      const isNode10 = resolution.moduleResolution === 'node10';
      if (isNode10 && folder === 'typescript') continue;
      for (const [source, lib] of Object.entries(SOURCES))
        for (const extension of isNode10 ? ['ts'] : ['mts', 'cts'])
          await compile(folder, resolution, source, extension, lib);
    }
  });

async function compile(
  compiler: string,
  resolution: object,
  source: string,
  extension: string,
  lib: string[],
) {
  const cwd = join(EXAMPLES, 'typescript');
  const file = `${source}.${extension}`;
  if (extension !== 'ts') await cp(join(cwd, `${source}.ts`), join(cwd, file));
  await writeFile(join(cwd, 'globals.d.ts'), 'declare const console: { log(...data: unknown[]): void };\n');
  const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
  const compilerOptions = { ...resolution, ...strict, target: 'es2022', lib, types: [], noEmit: true };
  const files = lib.includes('dom') ? [file] : [file, 'globals.d.ts'];
  await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  await run(process.execPath, [tool(`${compiler}/bin/tsc`), '-p', '.'], { cwd });
}

test('publint and are-the-types-wrong have nothing to say', async () => {
  await run(tool('.bin/publint'), [tool('hw2-engine'), '--strict', '--pack', 'false'], { cwd: HOME });
  const entries = ['--exclude-entrypoints', 'worker.js', 'wasm/relaxed.wasm'];
  await run(tool('.bin/attw'), [await packEngine(), ...entries], { cwd: HOME });
});

test('hw2-app in an empty folder, with the engine: the command computes, and finds its models and its page', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hw2-app-'));
  await run('npm', ['init', '-y'], { cwd: folder });
  // It is built, and building it once more would take a minute.
  const pack = ['pack', '--ignore-scripts', '--pack-destination', folder];
  const app = (await run('npm', pack)).trim().split('\n').at(-1)!;
  const tarballs = [await packEngine(), join(folder, app)];
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs], {
    cwd: folder,
    timeout: 600_000,
  });
  const hw2 = (...args: string[]) => run(join(folder, 'node_modules/.bin/hw2'), args, { cwd: folder });
  assert.match(await hw2('--version'), /^\d+\.\d+\.\d+\n$/);
  const { format, results } = JSON.parse(await hw2('attention', '--L', '256', '--json'));
  assert.is(format, 'hw2-attention');
  assert.equal(
    results.map(({ method }: { method: string }) => method),
    ['exact', 'taylor'],
  );
  const { models } = JSON.parse(await hw2('eval-cnn', '--json'));
  assert.ok(
    models.every(({ path }: { path: string }) => path.startsWith(folder)),
    JSON.stringify(models),
  );
  const transcript = await hw2(
    'transcribe',
    join(folder, 'node_modules/hw2-app/models/asr-test/wavs/everyday-19.wav'),
  );
  assert.match(transcript, /\w+ \w+/);
  await hw2('web', '--out', 'page');
  assert.ok(await stat(join(folder, 'page/index.html')));
  await rm(folder, { recursive: true });
});

test('hw2-app holds its models once', async () => {
  const json = await run('npm', ['pack', '--dry-run', '--json']);
  const [{ files, unpackedSize }] = JSON.parse(json) as [{ files: { path: string }[]; unpackedSize: number }];
  const copies = files.filter(({ path }) => /\.(onnx|wav)$/.test(path) && !path.startsWith('models/'));
  assert.equal(copies, []);
  console.log(`hw2-app: ${files.length} files, ${(unpackedSize / 1e6).toFixed(1)} MB`);
  assert.ok(await stat('dist/cli/main.js'));
});

test.run();
