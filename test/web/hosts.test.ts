import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAIN } from '../cli/run.js';
import { closeBrowser, openSection, testPage, waitForStatus } from './browser.js';
import { startServer, type WebServer } from './server.js';

const test = suite<{ server: WebServer; url: string }>('hosts');

/** A plain static host: no headers but the type, and the page in a folder. */
let plainHost: Server;
/** What `hw2 web --out` wrote. */
let folder: string;
const plainUrl = () => `http://localhost:${(plainHost.address() as AddressInfo).port}/some/folder/`;
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};

test.before(async (context) => {
  context.server = await startServer();
  context.url = context.server.url;
  folder = join(await mkdtemp(join(tmpdir(), 'hw2-page-')), 'page');
  assert.is(spawnSync(process.execPath, [MAIN, 'web', '--out', folder]).status, 0);
  plainHost = createServer(async ({ url }, response) => {
    const path = url!.replace('/some/folder/', '') || 'index.html';
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    const bytes = await readFile(join(folder, path)).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404, { 'Content-Type': type }).end(bytes);
  });
  await new Promise<void>((resolve) => plainHost.listen(0, 'localhost', resolve));
});
test.after(async () => {
  await closeBrowser();
  plainHost.close();
  plainHost.closeAllConnections();
  await rm(join(folder, '..'), { recursive: true });
});

/** A request whose path is sent as it is. */
function ask(url: string, path: string, method = 'GET'): Promise<{ status: number; type: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method }, (response) => {
      response.resume();
      resolve({ status: response.statusCode!, type: response.headers['content-type']! });
    })
      .on('error', reject)
      .end();
  });
}

test('hw2 web isolates the page and names the types', async ({ url }) => {
  const { headers } = await fetch(url);
  assert.is(headers.get('cross-origin-opener-policy'), 'same-origin');
  assert.is(headers.get('cross-origin-embedder-policy'), 'require-corp');
  assert.match(headers.get('content-type')!, 'text/html');
  assert.equal(await ask(url, '/js/ort-wasm-simd-threaded.wasm'), { status: 200, type: 'application/wasm' });
  assert.equal(await ask(url, '/js/main.js?v=1'), { status: 200, type: 'text/javascript; charset=utf-8' });
});

test('hw2 web serves nothing but the page', async ({ url }) => {
  const paths = ['/../index.js', '/..%2findex.js', '//', '/js/../../index.js', '/js', '/%', '/nothing.html'];
  for (const path of paths) assert.is((await ask(url, path)).status, 404, path);
  assert.is((await ask(url, '/', 'POST')).status, 405);
});

test('hw2 web --out refuses a folder with files in it, and leaves nothing beside it', async () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'web', '--out', folder], {
    encoding: 'utf8',
  });
  assert.is(status, 2);
  assert.match(stderr, `--out: ${folder} has files in it, expected a new or an empty folder`);
  assert.equal(await readdir(join(folder, '..')), ['page']);
});

test('a port that is taken is one clear line', ({ url }) => {
  const { port } = new URL(url);
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'web', '--port', port], { encoding: 'utf8' });
  assert.is(status, 1);
  assert.is(stderr, `error: port ${port} is taken; choose another with --port\n`);
});

test('Ctrl-C ends hw2 web', async ({ server }) => {
  assert.is(await server.interrupt(), 130);
});

testPage(
  test,
  'a static host without headers: everything runs, on one thread, and the page says why',
  async (page) => {
    await waitForStatus(page, 'explorer-status', /^Order 2/);
    assert.match((await page.locator('#here').textContent())!, '1 thread, for its host does not send');
    assert.match((await page.locator('#number-engine').textContent())!, ', 1 thread');
    await openSection(page, 'Images');
    await waitForStatus(page, 'images-status', /say/);
    await openSection(page, 'Speech');
    await waitForStatus(page, 'speech-status', /./);
  },
  { url: plainUrl },
);

/** Bytes, gzipped: what a first visit may take before a model is asked for. */
const FIRST_LOAD = 300e3;

const loaded: Promise<number>[] = [];
testPage(
  test,
  'a first visit loads under 300 kB, compressed',
  async (page) => {
    await waitForStatus(page, 'explorer-status', /^Order 2/);
    const sizes = await Promise.all(loaded);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(sizes.length > 5 && total < FIRST_LOAD, `${sizes.length} files of ${total} bytes`);
    console.log(`first visit: ${sizes.length} files, ${(total / 1e3).toFixed(1)} kB gzipped`);
  },
  {
    prepare: async (page) => {
      page.on('response', (response) => {
        const size = response.body().then((body) => gzipSync(body).length);
        // What is still on its way when the test ends, such as the icon, is waited for by nobody.
        size.catch(() => {});
        loaded.push(size);
      });
    },
  },
);

test.run();
