/** The S3 store against a server from npm, started by npx. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '#hw2/cluster/shards/shards.js';
import { S3Store } from '#hw2/cluster/store/s3.js';
import { freePort, outputsOf, succeed, temporaryFolder, until } from './servers.js';

const s3 = suite('S3');
const folder = temporaryFolder('s3');
const credentials = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };
let stop: () => void;

s3.before(async () => {
  const port = await freePort();
  const options = [
    '--directory',
    folder,
    '--port',
    `${port}`,
    '--address',
    '127.0.0.1',
    '--configure-bucket',
    'hw2',
  ];
  const server = spawn('npx', ['-y', '-p', 's3rver@3.7.1', 's3rver', ...options], {
    detached: true,
    stdio: 'ignore',
  });
  stop = () => process.kill(-server.pid!, 'SIGKILL');
  Object.assign(process.env, credentials, { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  await until(answers, 60_000, () => 's3rver does not answer');
});

s3.after(() => {
  stop();
  rmSync(folder, { recursive: true, force: true });
});

s3('objects are written, found, listed, read with a limit, and removed', async () => {
  const store = new S3Store('s3://hw2/a/b');
  assert.is(await store.size('none'), undefined);
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i);
  await store.write('x/with space & more.bin', bytes);
  await store.write('x/second.json', '{}');
  assert.is(await store.size('x/with space & more.bin'), bytes.length);
  assert.equal(new Uint8Array(await store.read('x/with space & more.bin')), bytes);
  assert.equal(await store.list('x/'), ['x/second.json', 'x/with space & more.bin']);
  assert.equal(await new S3Store('s3://hw2').list('a/b/x/s'), ['a/b/x/second.json']);
  const fails = async (work: Promise<unknown>, message: RegExp) => {
    const error = await work.then(
      () => undefined,
      (reason: Error) => reason,
    );
    assert.match(error?.message ?? 'nothing thrown', message);
  };
  await fails(store.read('x/second.json', 1), /second\.json: 2 B; the limit is 1 B/);
  await fails(store.read('none'), /s3:\/\/hw2\/a\/b\/none: no such object/);
  await fails(new S3Store('s3://nobucket').write('x', 'x'), /nobucket\/x: PUT answered 404|no such bucket/);
  await store.remove('x/second.json');
  assert.is(await store.size('x/second.json'), undefined);
});

s3('a run gives what it gives in a folder', async () => {
  const local = temporaryFolder('folder');
  const shape = ['--L', '3000', '--D', '16', '--shard', '1000'];
  for (const place of [local, 's3://hw2/run']) {
    await succeed(['shard', '--random', ...shape, '--store', place]);
    await succeed(['cluster', 'run', 'attention', '--store', place, '--run', 'r']);
  }
  const store = new S3Store('s3://hw2/run');
  for (const [name, checksum] of Object.entries(outputsOf(local, 'r')))
    assert.is(sha256(await store.read(`runs/r/output/${name}`)), checksum);
  rmSync(local, { recursive: true, force: true });
});

s3.run();
