import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { executablePath, launchBrowser } from '../web/browser.js';
import {
  checkResult,
  EXAMPLES,
  node24,
  prepare,
  type Result,
  run,
  serve,
  serveStatic,
  tool,
} from './examples.js';

const test = suite('pages');
let browser: Browser;
test.before(async () => {
  await prepare();
  browser = await launchBrowser();
});
test.after(() => browser.close());

const folder = (name: string) => join(EXAMPLES, name);
/** Milliseconds until a page shows its result; a server for development builds it first. */
const PATIENCE = 120_000;

/** What a page shows, and which requests failed on the way. */
async function open(url: string): Promise<{ result: Result; failed: string[] }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const failed: string[] = [];
  page.on('response', (response) => {
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) failed.push(response.url());
  });
  try {
    await page.goto(url, { timeout: PATIENCE });
    const shown = page.locator('output, body:not(:has(output))').filter({ hasText: /^\s*\{"/ });
    await shown.waitFor({ timeout: PATIENCE });
    return { result: JSON.parse((await shown.textContent())!), failed };
  } finally {
    await context.close();
  }
}

/** Opens a page of the examples from a static host. */
async function openStatic(path: string, { isolated = true, headers = {} } = {}) {
  const host = await serveStatic(isolated, headers);
  try {
    return await open(`${host.url}/examples/${path}`);
  } finally {
    host.stop();
  }
}

const add = (name: string, body: () => Promise<void>) => executablePath && test(name, body);
const TWO = { threads: 2, tier: 'relaxed' };

add('without a bundler, by an import map: with isolation two threads, without it one', async () => {
  const isolated = await openStatic('page/');
  checkResult(isolated.result, TWO);
  assert.equal(isolated.failed, []);
  const plain = await openStatic('page/', { isolated: false });
  checkResult(plain.result, { threads: 1, tier: 'relaxed', warning: /COOP and COEP/ });
});

add(
  'modules of another origin, as from a CDN: a worker of that origin is refused, the Blob takes its place',
  async () => {
    const cdn = await serveStatic(false, {
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    const page = await serveStatic(true);
    try {
      const { result } = await open(`${page.url}/examples/page/cdn.html?${cdn.url}`);
      checkResult(result, TWO);
    } finally {
      cdn.stop();
      page.stop();
    }
  },
);

add('a strict Content-Security-Policy: the worker is a file', async () => {
  await bundleWithEsbuild('page', ['../page.js', '--format=esm', '--outfile=dist/main.js']);
  await copyFile(
    tool('hw2-engine/dist/hw2-engine-worker.js'),
    join(folder('page'), 'dist/hw2-engine-worker.js'),
  );
  checkResult((await openStatic('page/strict-csp.html')).result, TWO);
  // Without the file there is the Blob, which the policy forbids.
  await run('rm', ['dist/hw2-engine-worker.js'], { cwd: folder('page') });
  checkResult((await openStatic('page/strict-csp.html')).result, { threads: 1, warning: /no threads here/ });
});

add('a service worker, which has no workers: one thread', async () => {
  await bundleWithEsbuild('page', [
    'service-worker.js',
    '--format=esm',
    '--outfile=bundled-service-worker.js',
  ]);
  checkResult((await openStatic('page/service-worker.html')).result, {
    threads: 1,
    warning: /no threads here/,
  });
});

async function bundleWithEsbuild(example: string, flags: string[]): Promise<void> {
  await mkdir(join(folder(example), 'dist'), { recursive: true });
  await run(tool('.bin/esbuild'), ['--bundle', '--log-level=error', ...flags], { cwd: folder(example) });
}

add('esbuild: as modules, as one module, as a script', async () => {
  for (const flags of [['--format=esm', '--splitting'], ['--format=esm'], ['--format=iife']]) {
    await bundleWithEsbuild('esbuild', ['main=../page.js', '--outdir=dist', ...flags]);
    checkResult((await openStatic('esbuild/')).result, TWO);
  }
});

add('Rollup', async () => {
  await run(tool('.bin/rollup'), ['-c', 'rollup.config.mjs', '--silent'], { cwd: folder('rollup') });
  checkResult((await openStatic('rollup/')).result, TWO);
});

add('webpack', async () => {
  await run(tool('.bin/webpack'), ['-c', 'webpack.config.mjs'], { cwd: folder('webpack') });
  const { result, failed } = await openStatic('webpack/');
  checkResult(result, TWO);
  assert.equal(failed, []);
});

add('Rspack', async () => {
  await run(tool('.bin/rspack'), ['build', '-c', 'rspack.config.mjs'], { cwd: folder('rspack') });
  const { result, failed } = await openStatic('rspack/');
  checkResult(result, TWO);
  assert.equal(failed, []);
});

add('Parcel', async () => {
  await run(
    tool('.bin/parcel'),
    ['build', 'index.html', '--dist-dir', 'dist', '--public-url', './', '--no-cache'],
    {
      cwd: folder('parcel'),
    },
  );
  checkResult((await openStatic('parcel/dist/')).result, TWO);
});

/** Where a server says that it listens; what comes after it tells that its number is whole. */
const ADDRESS = /http:\/\/localhost:\d+(?=\D)/;

for (const version of [5, 6, 7, 8]) {
  add(`Vite ${version}: build and development`, async () => {
    const vite = tool(`vite${version}/bin/vite.js`);
    await run(process.execPath, [vite, 'build', '--emptyOutDir', '--logLevel', 'warn'], {
      cwd: folder('vite'),
    });
    const built = await openStatic('vite/dist/');
    checkResult(built.result, TWO);
    assert.equal(built.failed, []);
    await run('rm', ['-rf', tool('.vite')]);
    const server = await serve(process.execPath, [vite, '--port', '0'], folder('vite'), ADDRESS);
    try {
      checkResult((await open(server.url)).result, TWO);
    } finally {
      server.stop();
    }
  });
}

for (const bundler of ['turbopack', 'webpack']) {
  add(`Next.js by ${bundler}: a page and a route, built and in development`, async () => {
    const next = tool('next/dist/bin/next');
    await run(process.execPath, [next, 'build', `--${bundler}`], { cwd: folder('next') });
    for (const command of [['start'], ['dev', `--${bundler}`]]) {
      const server = await serve(process.execPath, [next, ...command, '-p', '0'], folder('next'), ADDRESS);
      try {
        checkResult((await open(server.url)).result, TWO);
        checkResult((await (await fetch(`${server.url}/api/attention`)).json()) as Result, { threads: 2 });
      } finally {
        server.stop();
      }
    }
  });
}

add('Astro, on Node 24: built and in development, in the page and when it is built', async () => {
  const astro = (...args: string[]) => node24(tool('astro/bin/astro.mjs'), ...args);
  await run('npx', astro('build'), { cwd: folder('astro') });
  for (const command of ['preview', 'dev']) {
    const server = await serve('npx', astro(command, '--port', '0'), folder('astro'), ADDRESS);
    try {
      checkResult((await open(server.url)).result, TWO);
      const [, built] = /data-built="([^"]*)"/.exec(await (await fetch(server.url)).text())!;
      checkResult(JSON.parse(built!.replaceAll('&quot;', '"').replaceAll('&#34;', '"')), TWO);
    } finally {
      server.stop();
    }
  }
});

test.run();
