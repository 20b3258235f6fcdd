import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkResult,
  EXAMPLES,
  HOME,
  lastJson,
  node24,
  prepare,
  type Result,
  run,
  runNode,
  tool,
} from './examples.js';

const test = suite('Node, Deno, Bun');
test.before(prepare);

const folder = (name: string) => ({ cwd: join(EXAMPLES, name) });
const inNode = async (version: string, ...args: string[]): Promise<Result> =>
  lastJson(await run('npx', ['-y', '-p', `node@${version}`, 'node', ...args], folder('node')));

for (const version of ['20', '22', '24']) {
  const tier = version === '20' ? 'simd' : 'relaxed';
  test(`Node ${version}: import, require, worker_threads`, async () => {
    checkResult(await inNode(version, 'main.mjs'), { threads: 2, tier });
    checkResult(await inNode(version, 'worker-thread.mjs'), { threads: 2, tier });
    const required = await inNode(version, 'main.cjs');
    assert.equal(required, { tier, threads: 2, output: [1, 1, 1, 1] });
  });
}

test('Node 20 before 20.16 computes on one thread and says so', async () => {
  checkResult(await inNode('20.9', 'main.mjs'), { threads: 1, warning: /no threads here/ });
});

test('Node 24 under --permission', async () => {
  const permissions = ['--permission', `--allow-fs-read=${HOME}`];
  checkResult(await inNode('24', ...permissions, '--allow-worker', 'main.mjs'), { threads: 2 });
  checkResult(await inNode('24', ...permissions, 'main.mjs'), { threads: 1, warning: /no threads here/ });
});

test('Deno: import and require', async () => {
  const deno = (file: string) => run(tool('.bin/deno'), ['run', '-A', file], folder('node')).then(lastJson);
  checkResult(await deno('main.mjs'), { threads: 2, tier: 'relaxed' });
  assert.is((await deno('main.cjs')).threads, 2);
});

test('Bun: import, require, and one executable', async () => {
  const bun = (...args: string[]) => run(tool('bun/bin/bun.exe'), args, folder('node'));
  checkResult(lastJson(await bun('main.mjs')), { threads: 2, tier: 'relaxed' });
  assert.is(lastJson(await bun('main.cjs')).threads, 2);
  await bun('build', '--compile', 'main.mjs', '--outfile', 'dist/bun');
  checkResult(lastJson(await run('dist/bun', [], folder('node'))), { threads: 2, tier: 'relaxed' });
});

test('one file for Node by esbuild', async () => {
  const flags = [
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--outfile=dist/esbuild.mjs',
    '--log-level=error',
  ];
  await run(tool('.bin/esbuild'), ['main.mjs', ...flags], folder('node'));
  checkResult(await runNode(['dist/esbuild.mjs'], folder('node')), { threads: 2 });
});

test('one file for Node by ncc', async () => {
  await run(
    process.execPath,
    [tool('@vercel/ncc/dist/ncc/cli.js'), 'build', 'main.mjs', '-o', 'dist/ncc'],
    folder('node'),
  );
  checkResult(await runNode(['dist/ncc/index.mjs'], folder('node')), { threads: 2 });
});

test('a single executable of Node', async () => {
  const flags = [
    '--bundle',
    '--platform=node',
    '--format=cjs',
    '--outfile=dist/main.cjs',
    '--log-level=error',
  ];
  await run(tool('.bin/esbuild'), ['main.mjs', ...flags], folder('single-executable'));
  await run(process.execPath, ['--experimental-sea-config', 'sea-config.json'], folder('single-executable'));
  await run('cp', [process.execPath, 'dist/main'], folder('single-executable'));
  const inject = [
    'dist/main',
    'NODE_SEA_BLOB',
    'dist/main.blob',
    '--sentinel-fuse',
    'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  ];
  await run(tool('.bin/postject'), inject, folder('single-executable'));
  const result = lastJson(await run('dist/main', [], folder('single-executable')));
  assert.is((result as Result & { isSea: boolean }).isSea, true);
  checkResult(result, { threads: 2 });
});

test('workerd, Cloudflare: with the kernels as a module of the program', async () => {
  checkResult(await runNode(['miniflare.mjs'], folder('cloudflare')), { threads: 1, tier: 'relaxed' });
});

test('Jest as modules and, on Node 24, as CommonJS, in Node and in jsdom', async () => {
  for (const environment of ['node', 'jsdom']) {
    const jest = ['--experimental-vm-modules', tool('jest/bin/jest.js'), '--env', environment];
    const match = (pattern: string) => ['--testMatch', `**/*.test.${pattern}`];
    await run(process.execPath, [...jest, ...match('mjs')], folder('jest'));
    await run('npx', node24(...jest, ...match('cjs')), folder('jest'));
  }
});

test('vitest, on Node 24, in Node and in jsdom', async () => {
  for (const environment of ['node', 'jsdom'])
    await run(
      'npx',
      node24(tool('vitest/vitest.mjs'), 'run', '--environment', environment),
      folder('vitest'),
    );
});

test.run();
