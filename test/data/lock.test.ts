import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError } from '#hw2/data/error.js';
import { withFolder, withLock } from '#hw2/data/lock.js';
import { rejects } from '../rejects.js';

const test = suite<{ folder: string }>('lock');
test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
});
test.after.each(({ folder }) => rm(folder, { recursive: true }));

test('work is done by one at a time', async ({ folder }) => {
  let [inside, most] = [0, 0];
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(join(folder, 'lock'), () => {}, work)));
  assert.is(most, 1);
  assert.equal(await readdir(folder), []);
});

test('the lock of a dead process, or of none, counts for nothing; that of a living one does', async ({
  folder,
}) => {
  const path = join(folder, 'lock');
  const refuse = () => {
    throw new Error('taken');
  };
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  for (const pid of [dead, process.pid]) {
    await writeFile(path, JSON.stringify({ pid, host: hostname() }));
    assert.is(await withLock(path, refuse, async () => 'done'), 'done');
  }
  await writeFile(path, '{"pid":');
  assert.is(await withLock(path, refuse, async () => 'done'), 'done');
  for (const holder of [
    { pid: process.ppid, host: hostname() },
    { pid: dead, host: 'elsewhere' },
  ]) {
    await writeFile(path, JSON.stringify(holder));
    await rejects(
      withLock(path, refuse, async () => 'done'),
      'taken',
    );
  }
});

test('a lock that cannot be read is named, and not asked for again without end', async ({ folder }) => {
  const path = join(folder, 'lock');
  await mkdir(path);
  const waiting = withLock(
    path,
    () => assert.unreachable(),
    async () => assert.unreachable(),
  );
  await rejects(waiting, 'lock: this lock cannot be read (EISDIR); remove it if nothing uses it');
  assert.equal(await readdir(folder), ['lock']);
});

test('a lock names its process from its first moment on', async ({ folder }) => {
  const path = join(folder, 'lock');
  const code = `import { withLock } from '#hw2/data/lock.js';
    for (let i = 0; i < 1000; i++) await withLock(${JSON.stringify(path)}, () => {}, async () => {});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  const exit = once(child, 'exit');
  const read = () => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  };
  const seen = new Set<string | undefined>();
  while (child.exitCode === null && child.signalCode === null) {
    for (let i = 0; i < 100; i++) seen.add(read());
    await setImmediate();
  }
  assert.equal(await exit, [0, null]);
  seen.delete(undefined);
  assert.equal([...seen], [JSON.stringify({ pid: child.pid, host: hostname() })]);
  assert.equal(await readdir(folder), []);
});

test('a lock is for one where no file can have two names, too', async ({ folder }) => {
  const code = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    import { withLock } from ${JSON.stringify(import.meta.resolve('#hw2/data/lock.js'))};
    fs.linkSync = () => { throw Object.assign(new Error('no links here'), { code: 'EPERM' }); };
    syncBuiltinESMExports();
    const refuse = ({ pid }) => { throw new Error('taken by ' + pid); };
    const lock = () => withLock('lock', refuse, async () => console.log(fs.readFileSync('lock', 'utf8')));
    await lock().catch(({ message }) => console.log(message));
    fs.rmSync('lock');
    await lock();`;
  const [here, host] = [process.pid, hostname()];
  await writeFile(join(folder, 'lock'), JSON.stringify({ pid: here, host }));
  const args = ['--input-type=module', '-e', code];
  const { stdout, pid } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  assert.is(stdout, `taken by ${here}\n${JSON.stringify({ pid, host })}\n`);
  assert.equal(await readdir(folder), []);
});

test('a signal that ends the process takes its lock away, and the folders that were made for it', async ({
  folder,
}) => {
  const code = `import { withFolder } from '#hw2/data/lock.js';
    await withFolder(${JSON.stringify(join(folder, 'a', 'b'))}, async () => {
      console.log('locked');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    assert.equal(await readdir(join(folder, 'a', 'b')), ['.hw2-lock']);
    child.kill(signal);
    assert.equal(await once(child, 'exit'), [null, signal]);
    assert.equal(await readdir(folder), []);
  }
});

test('a folder is for one; where its work fails, what was made for it is removed', async ({ folder }) => {
  const own = join(folder, 'a', 'b');
  await withFolder(own, async () => {
    await rejects(
      withFolder(own, async () => {}),
      'another hw2 works there',
      DataError,
    );
  });
  assert.equal(await readdir(own), []);
  const failing = join(folder, 'c', 'd');
  await rejects(
    withFolder(failing, () => Promise.reject(new Error('no'))),
    'no',
  );
  assert.not(existsSync(join(folder, 'c')));
  await rejects(
    withFolder(own, () => Promise.reject(new Error('no'))),
    'no',
  );
  assert.ok(existsSync(own), 'what was there before stays');
});

test.run();
