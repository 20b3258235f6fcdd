import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError } from '#hw2/data/error.js';
import { readLjspeech } from '#hw2/data/ljspeech.js';
import { fetchArchive } from '#hw2/data/ljspeech-archive.js';
import { rejects } from '../rejects.js';

const METADATA = 'a|One|One\nb|2|Two\n';
const test = suite<{ folder: string; archive: Buffer; server: Server; url: string }>('fetching LJSpeech');

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
  const original = join(context.folder, 'Speech');
  await mkdir(original);
  await writeFile(join(original, 'metadata.csv'), METADATA);
  const path = join(context.folder, 'speech.tar.bz2');
  const { status } = spawnSync('tar', ['-cjf', path, '-C', context.folder, 'Speech']);
  context.archive = status === 0 ? await readFile(path) : Buffer.alloc(0);
  context.server = createServer((_, response) => response.end(context.archive));
  await new Promise<void>((resolve) => context.server.listen(0, '127.0.0.1', resolve));
  context.url = `http://127.0.0.1:${(context.server.address() as AddressInfo).port}`;
});
test.after(async ({ folder, server }) => {
  server.close();
  await rm(folder, { recursive: true });
});

const described = (url: string, contents: Buffer) => ({
  file: 's.tar.bz2',
  url,
  bytes: contents.length,
  sha256: createHash('sha256').update(contents).digest('hex'),
});

test('an archive is fetched, checked and unpacked, and leaves nothing else behind', async (context) => {
  if (context.archive.length === 0) return; // No tar or no bzip2 here.
  const parent = join(context.folder, 'whole');
  const steps: string[] = [];
  await fetchArchive(
    described(context.url, context.archive),
    join(parent, 'LJSpeech-1.1'),
    () => steps.push('come'),
    () => steps.push('unpack'),
  );
  assert.equal([...new Set(steps)], ['come', 'unpack']);
  assert.equal(await readdir(parent), ['LJSpeech-1.1']);
  const clips = await readLjspeech(join(parent, 'LJSpeech-1.1'));
  assert.equal(
    clips.map(({ normalised }) => normalised),
    ['One', 'Two'],
  );
});

test('what does not have the checksum, or goes on too long, is refused', async ({ folder, url, archive }) => {
  const remote = described(url, archive);
  const target = join(folder, 'wrong', 'LJSpeech-1.1');
  await rejects(
    fetchArchive({ ...remote, sha256: '0'.repeat(64) }, target),
    `SHA256 of what came is ${remote.sha256}`,
    DataError,
  );
  if (archive.length > 0)
    await rejects(
      fetchArchive({ ...remote, bytes: 10 }, target),
      'more than 10 B, which is the limit',
      DataError,
    );
});

test('an archive that is none, and a machine without tar, are said plainly', async (context) => {
  const parent = join(context.folder, 'none');
  await mkdir(parent);
  const noise = Buffer.from('no archive');
  await writeFile(join(parent, 's.tar.bz2'), noise);
  const fetching = () => fetchArchive(described(context.url, noise), join(parent, 'LJSpeech-1.1'));
  await rejects(fetching(), 's.tar.bz2: tar cannot unpack it: ', DataError);
  const { PATH } = process.env;
  process.env.PATH = context.folder;
  try {
    await rejects(fetching(), 'tar is not installed here; unpack it into', DataError);
  } finally {
    process.env.PATH = PATH;
  }
});

test('a part is one of the report’s split, of all of LJSpeech', async ({ folder }) => {
  const whole = join(folder, 'all');
  await mkdir(whole);
  const lines = Array.from({ length: 13_100 }, (_, i) => `c${i}|x|x\n`);
  await writeFile(join(whole, 'metadata.csv'), lines.join(''));
  const found = ['train', 'validation', 'test'].map((split) => readLjspeech(`${whole}:${split}`));
  assert.equal(
    (await Promise.all(found)).map((clips) => [clips.length, clips[0]!.id]),
    [
      [9825, 'c0'],
      [655, 'c9825'],
      [2620, 'c10480'],
    ],
  );
  await writeFile(join(whole, 'metadata.csv'), METADATA);
  await rejects(readLjspeech(`${whole}:test`), 'the report splits 13100 clips', DataError);
});

test.run();
