import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dataFolder, download } from '#hw2/data/download.js';

const contents = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 31) % 251));
const md5 = createHash('md5').update(contents).digest('hex');

const test = suite<{ folder: string; server: Server; url: string; ranges: (string | undefined)[] }>(
  'download',
);
test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
  context.ranges = [];
  context.server = createServer((request, response) => {
    const { range } = request.headers;
    context.ranges.push(range);
    if (request.url === '/missing') return response.writeHead(404).end();
    if (request.url === '/broken') {
      response.writeHead(200, { 'content-length': contents.length });
      return response.write(contents.subarray(0, 40_000));
    }
    const start = request.url === '/whole' ? 0 : Number(/\d+/.exec(range ?? '0'));
    if (start >= contents.length) return response.writeHead(416).end();
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': contents.length - start });
    return response.end(contents.subarray(start));
  });
  await new Promise<void>((resolve) => context.server.listen(0, '127.0.0.1', resolve));
  context.url = `http://127.0.0.1:${(context.server.address() as AddressInfo).port}`;
});
test.after.each(async ({ folder, server }) => {
  server.close();
  await rm(folder, { recursive: true });
});

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.is((error as Error).name, 'DataError');
    return (error as Error).message;
  }
  return assert.unreachable('expected a DataError') as never;
}

test('a file is fetched with progress', async ({ folder, url }) => {
  const path = join(folder, 'deep', 'set.npz');
  let last = [0, 0 as number | undefined];
  await download({ file: 'set.npz', url, md5 }, path, (received, total) => {
    last = [received, total];
  });
  assert.equal(await readFile(path), contents);
  assert.equal(last, [100_000, 100_000]);
  assert.equal(await readdir(join(folder, 'deep')), ['set.npz']);
});

test('a fetch that broke off goes on where it stopped', async ({ folder, server, url, ranges }) => {
  const path = join(folder, 'set.npz');
  const breakOff = (received: number) => {
    if (received === 40_000) server.closeAllConnections();
  };
  const message = await failure(download({ file: 'set.npz', url: `${url}/broken`, md5 }, path, breakOff));
  assert.match(message, 'Run the command again');
  assert.equal(await readdir(folder), ['set.npz.part']);
  await download({ file: 'set.npz', url, md5 }, path);
  assert.equal(ranges, [undefined, 'bytes=40000-']);
  assert.equal(await readFile(path), contents);
});

test('a server that ignores ranges, or has nothing more to send, is understood', async ({ folder, url }) => {
  const path = join(folder, 'set.npz');
  await writeFile(`${path}.part`, contents.subarray(0, 500));
  await download({ file: 'set.npz', url: `${url}/whole`, md5 }, path);
  assert.equal(await readFile(path), contents);
  await writeFile(`${path}.part`, contents);
  await download({ file: 'set.npz', url, md5 }, path);
  assert.equal(await readFile(path), contents);
});

test('of two that fetch the same, the second finds what the first has fetched', async ({
  folder,
  url,
  ranges,
}) => {
  const path = join(folder, 'set.npz');
  const remote = { file: 'set.npz', url, md5 };
  await Promise.all([download(remote, path), download(remote, path), download(remote, path)]);
  assert.equal(await readFile(path), contents);
  assert.is(ranges.length, 1);
  assert.equal(await readdir(folder), ['set.npz']);
});

test('what has another checksum is not kept', async ({ folder, url }) => {
  const message = await failure(download({ file: 's', url, md5: '0'.repeat(32) }, join(folder, 's')));
  assert.match(message, `MD5 of what came is ${md5}`);
  assert.equal(await readdir(folder), []);
});

test('no server and no such file are said plainly', async ({ folder, url }) => {
  const file = { file: 's.npz', md5 };
  assert.match(
    await failure(download({ ...file, url: `${url}/missing` }, join(folder, 's.npz'))),
    'answered 404',
  );
  const offline = await failure(download({ ...file, url: 'http://127.0.0.1:1' }, join(folder, 's.npz')));
  assert.match(offline, `fetch s.npz with a browser and put it into ${folder}`);
});

/** Calls `body` as if on another system, with some variables of the environment set or, where undefined, absent. */
function asOn(platform: string, variables: Record<string, string | undefined>, body: () => void): void {
  const [environment, here] = [process.env, Object.getOwnPropertyDescriptor(process, 'platform')!];
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, environment[name]]));
  const set = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values))
      if (value === undefined) delete environment[name];
      else environment[name] = value;
  };
  try {
    Object.defineProperty(process, 'platform', { ...here, value: platform });
    set(variables);
    body();
  } finally {
    set(before);
    Object.defineProperty(process, 'platform', here);
  }
}

test('data lies where the user says, else where the system keeps caches', () => {
  const nothing = { HW2_DATA: undefined, XDG_CACHE_HOME: undefined, LOCALAPPDATA: undefined };
  const expected: [string, Record<string, string>, string][] = [
    ['linux', { HW2_DATA: '/data', XDG_CACHE_HOME: '/cache' }, '/data'],
    ['linux', { XDG_CACHE_HOME: '/cache' }, '/cache/hw2'],
    ['linux', {}, join(homedir(), '.cache/hw2')],
    ['darwin', {}, join(homedir(), 'Library/Caches/hw2')],
    ['darwin', { HW2_DATA: '/data' }, '/data'],
    ['win32', { LOCALAPPDATA: '/Users/ana/AppData/Local' }, '/Users/ana/AppData/Local/hw2/Cache'],
    ['win32', {}, join(homedir(), 'AppData/Local/hw2/Cache')],
  ];
  for (const [platform, variables, folder] of expected)
    asOn(platform, { ...nothing, ...variables }, () => assert.is(dataFolder(), folder, platform));
});

test.run();
