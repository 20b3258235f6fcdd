import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError } from '#hw2/data/error.js';
import { readBeginning, readLimited } from '#hw2/data/read.js';
import { rejects } from '../rejects.js';

const test = suite<{ folder: string }>('read');
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
});
test.after(({ folder }) => rm(folder, { recursive: true }));

test('a file is read whole, or its beginning', async ({ folder }) => {
  const path = join(folder, 'file');
  await writeFile(path, 'abcdef');
  assert.equal(await readLimited(path, 6), Uint8Array.from(Buffer.from('abcdef')));
  assert.equal(await readBeginning(path, 4), Uint8Array.from(Buffer.from('abcd')));
  assert.equal(await readBeginning(path, 100), Uint8Array.from(Buffer.from('abcdef')));
  await rejects(readLimited(path, 5), '6 B; the limit is 5 B', DataError);
  const far = join(folder, 'far');
  await writeFile(far, 'x');
  await truncate(far, 2 ** 42);
  await rejects(readLimited(far, 2 ** 32), '4.0 TiB; the limit is 4.0 GiB', DataError);
  assert.is((await readBeginning(far, 10)).length, 10);
});

test('folders, devices and what is not there are named', async ({ folder }) => {
  await rejects(readLimited(folder, 9), 'a folder', DataError);
  await rejects(readLimited('/dev/zero', 9), '/dev/zero: a device', DataError);
  await rejects(readLimited(join(folder, 'none'), 9), 'none: no such file', DataError);
  await writeFile(join(folder, 'f'), '');
  await rejects(readLimited(join(folder, 'f', 'x'), 9), 'no such file', DataError);
});

if (process.platform !== 'win32')
  test('a pipe is read to its end, within the limit, and never waited for without end', async ({
    folder,
  }) => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const write = (script: string) => spawn('sh', ['-c', `{ ${script}; } > '${path}'`]);
    write('printf abc; sleep 0.3; printf def');
    assert.equal(await readLimited(path, 6), Uint8Array.from(Buffer.from('abcdef')));
    const endless = write('exec cat /dev/zero');
    await rejects(readLimited(path, 1e6), 'a pipe of more than 977 KiB, which is the limit', DataError);
    // Before it has ended, its pipe is open to the next reader, too.
    if (endless.exitCode === null && endless.signalCode === null) {
      endless.kill();
      await once(endless, 'exit');
    }
    // How long that takes is counted in pauses, so that no writer is too late because this machine stood still.
    await rejects(readLimited(path, 6), 'a pipe that has said nothing for 10 s', DataError);
  });

test.run();
