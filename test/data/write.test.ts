import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readLimited } from '#hw2/data/read.js';
import { checkWritable, writeSet, writeWhole } from '#hw2/data/write.js';
import { rejects } from '../rejects.js';

const test = suite<{ folder: string }>('write');
test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
});
test.after.each(({ folder }) => rm(folder, { recursive: true }));

const MODULE = fileURLToPath(import.meta.resolve('#hw2/data/write.js'));

test('a file is written, with the folders on the way, and nothing beside it', async ({ folder }) => {
  const path = join(folder, 'deep', 'down', 'file');
  await writeWhole(path, 'one');
  await writeWhole(path, Uint8Array.of(1, 2));
  assert.equal(await readFile(path), Buffer.of(1, 2));
  assert.equal(await readdir(join(folder, 'deep', 'down')), ['file']);
});

test('a folder that takes nothing is no reason to wait', async ({ folder }) => {
  if (process.platform === 'linux')
    await rejects(writeWhole('/proc/a/b/c', ''), '/proc/a/b/c: cannot be written (ENOENT)');
  await writeWhole(join(folder, 'file'), '');
  await rejects(writeWhole(join(folder, 'file/a/b'), ''), 'cannot be written');
});

test('the mode of what is replaced is kept', async ({ folder }) => {
  const path = join(folder, 'secret');
  await writeFile(path, '');
  await chmod(path, 0o600);
  await writeWhole(path, 'new');
  assert.is((await stat(path)).mode & 0o777, 0o600);
});

test('a symbolic link stays one, and what it leads to is replaced, even where that is not there yet', async ({
  folder,
}) => {
  await mkdir(join(folder, 'there'));
  await writeFile(join(folder, 'there', 'real'), 'old');
  for (const name of ['real', 'new']) {
    const link = join(folder, `to-${name}`);
    await symlink(join('there', name), link);
    await writeWhole(link, 'contents');
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.is(await readFile(join(folder, 'there', name), 'utf8'), 'contents');
  }
  assert.equal((await readdir(join(folder, 'there'))).sort(), ['new', 'real']);
});

test('a pipe and a device are written to', async ({ folder }) => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe]);
  let read = 0;
  reader.stdout.on('data', (part) => {
    read += part.length;
  });
  // Listened for before the writing ends, for then the reader may end before anything else here is done.
  const closed = once(reader, 'close');
  await writeWhole(pipe, new Uint8Array(300_000));
  await closed;
  assert.is(read, 300_000);
  assert.ok((await stat(pipe)).isFIFO());
  await rejects(writeWhole(pipe, 'nobody reads'), 'pipe: cannot be written (a pipe that nobody reads');
  await writeWhole('/dev/null', 'gone');
  assert.ok((await stat('/dev/null')).isCharacterDevice());
});

test('writers of one path do not disturb each other', async ({ folder }) => {
  const path = join(folder, 'file');
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000));
  await Promise.all(contents.map((text) => writeWhole(path, text)));
  assert.ok(contents.includes(await readFile(path, 'utf8')));
  assert.equal(await readdir(folder), ['file']);
});

test('of a set all files are written or none', async ({ folder }) => {
  await writeFile(join(folder, 'a'), 'old');
  await mkdir(join(folder, 'c'));
  const set = ['a', 'b', 'c'].map((name) => ({ path: join(folder, name), contents: 'new' }));
  await rejects(writeSet(set), 'c: cannot be written (it is a folder)');
  assert.is(await readFile(join(folder, 'a'), 'utf8'), 'old');
  assert.equal((await readdir(folder)).sort(), ['a', 'c']);
  await writeSet(set.slice(0, 2));
  assert.is(await readFile(join(folder, 'b'), 'utf8'), 'new');
});

test('whether a file could be written is known without writing it', async ({ folder }) => {
  await checkWritable(join(folder, 'not', 'yet', 'there'));
  await writeFile(join(folder, 'file'), 'kept');
  await checkWritable(join(folder, 'file'));
  await checkWritable('/dev/null');
  assert.equal(await readdir(folder), ['file']);
  assert.is(await readFile(join(folder, 'file'), 'utf8'), 'kept');
  await rejects(checkWritable(folder), 'it is a folder');
  await rejects(checkWritable(join(folder, 'file', 'x')), 'ENOTDIR');
  if (process.platform === 'linux') await rejects(checkWritable('/proc/nothing/x'), 'cannot be written');
});

/** A process that writes what never ends, and is ended when it has begun: by a signal, or with its channel to this one. */
async function interrupted(folder: string, how: NodeJS.Signals | 'disconnect'): Promise<string | number> {
  const script = `
    import { writeWhole } from ${JSON.stringify(MODULE)};
    process.once('disconnect', () => process.exit(7));
    if (!process.connected) process.exit(7);
    for (;;) await writeWhole('file', new Uint8Array(3e7));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  while (!(await readdir(folder)).some((name) => name.endsWith('.tmp')))
    await new Promise((resolve) => setTimeout(resolve, 5));
  if (how === 'disconnect') child.disconnect();
  else child.kill(how);
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

test('Ctrl-C and an exit remove what is half-written; what a killed process left is swept by the next', async ({
  folder,
}) => {
  const temporary = async () => (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
  assert.is(await interrupted(folder, 'SIGINT'), 'SIGINT');
  assert.equal(await temporary(), []);
  for (let i = 0; i < 3; i++) {
    assert.is(await interrupted(folder, 'disconnect'), 7);
    assert.equal(await temporary(), []);
  }
  // Killed between two files it leaves nothing.
  for (let i = 0; i < 20 && (await temporary()).length === 0; i++) await interrupted(folder, 'SIGKILL');
  const [left] = await temporary();
  assert.ok(left);
  const other = left.replace(/^\.hw2-[0-9a-f]{8}/, '.hw2-00000000');
  await writeFile(join(folder, other), 'of another machine');
  await writeWhole(join(folder, 'next'), '');
  assert.equal(await temporary(), [other]);
});

/** A process that writes a set and does something else before a name is given, the first of which has number 0. */
async function disturbed(folder: string, contents: string, disturb: string): Promise<string> {
  const script = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    import { writeSet } from ${JSON.stringify(MODULE)};
    const { renameSync } = fs;
    let count = 0;
    fs.renameSync = (from, to) => {
      const number = count++;
      ${disturb}
      renameSync(from, to);
    };
    syncBuiltinESMExports();
    const set = ['a', 'b', 'c'].map((name) => ({ path: name, contents: '${contents}' }));
    await writeSet(set).catch(({ message }) => console.log(message));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
  let said = '';
  child.stdout.on('data', (part) => {
    said += part;
  });
  await once(child, 'close');
  return said;
}

const killedBetween = (folder: string, contents: string, count: number) =>
  disturbed(folder, contents, `if (number === ${count}) process.kill(process.pid, 'SIGKILL');`);

const contentsOf = (folder: string, read: (path: string) => Promise<unknown>) =>
  Promise.all(['a', 'b', 'c'].map(async (name) => String(await read(join(folder, name)))));
const reading = (path: string) => readLimited(path, 100).then((bytes) => new TextDecoder().decode(bytes));

test('whoever reads or writes a folder finishes the set of a process that was killed between two names', async ({
  folder,
}) => {
  const set = ['a', 'b', 'c'].map((name) => ({ path: join(folder, name), contents: 'old' }));
  // The first name is that of the plan. Before it none is given, after it all will be.
  for (const [count, expected] of ['old', 'new', 'new', 'new', 'new'].entries()) {
    await writeSet(set);
    await killedBetween(folder, 'new', count);
    assert.equal(await contentsOf(folder, reading), [expected, expected, expected], `killed before ${count}`);
    // Files that are not there yet, too.
    await Promise.all(set.map(({ path }) => rm(path)));
    await killedBetween(folder, 'new', count);
    if (expected === 'new') assert.equal(await contentsOf(folder, reading), ['new', 'new', 'new']);
    else await rejects(reading(set[0]!.path), 'no such file');
  }
  // What is written after a set is newer than what that process left.
  await writeSet(set);
  await killedBetween(folder, 'new', 2);
  await writeWhole(join(folder, 'c'), 'newest');
  assert.equal(await contentsOf(folder, (path) => readFile(path, 'utf8')), ['new', 'new', 'newest']);
  assert.equal((await readdir(folder)).sort(), ['a', 'b', 'c']);
});

test('where one file of a set cannot take its name, none has', async ({ folder }) => {
  const set = ['a', 'b', 'c'].map((name) => ({ path: join(folder, name), contents: 'old' }));
  const fail = (condition: string) =>
    `if (${condition}) throw Object.assign(new Error('injected'), { code: 'EIO' });`;
  for (let count = 0; count < 4; count++) {
    await writeSet(set);
    assert.match(
      await disturbed(folder, 'new', fail(`number === ${count}`)),
      /^(\.|a|b|c): cannot be written \(EIO\)\n$/,
    );
    assert.equal(await contentsOf(folder, readFile), ['old', 'old', 'old'], `failed at ${count}`);
    assert.equal((await readdir(folder)).sort(), ['a', 'b', 'c']);
    // Of files that were not there, none is.
    await Promise.all(set.slice(1).map(({ path }) => rm(path)));
    await disturbed(folder, 'new', fail(`number === ${count}`));
    assert.equal(await readdir(folder), ['a']);
    assert.is(await readFile(join(folder, 'a'), 'utf8'), 'old');
  }
});

test('where what was replaced cannot be put back either, it is said, and the next who reads there finds one set', async ({
  folder,
}) => {
  const set = ['a', 'b', 'c'].map((name) => ({ path: join(folder, name), contents: 'old' }));
  // Names 0 to 3 are those of the plan and the set, then come those of the plan and the files that go back.
  for (const [first, expected] of [
    [1, 'new'],
    [2, 'new'],
    [3, 'new'],
  ] as const) {
    await writeSet(set);
    const said = await disturbed(
      folder,
      'new',
      `if (number >= ${first}) throw Object.assign(new Error('injected'), { code: 'EIO' });`,
    );
    if (first > 1) assert.match(said, /^[bc]: cannot be written \(EIO\); \. holds files of two sets now/);
    const read = await contentsOf(folder, reading);
    assert.equal(read, first > 1 ? [expected, expected, expected] : ['old', 'old', 'old'], `from ${first}`);
  }
  await writeSet(set);
  // The plan of going back is written, but not followed.
  await disturbed(
    folder,
    'new',
    `if (number === 2 || number >= 4) throw Object.assign(new Error('injected'), { code: 'EIO' });`,
  );
  assert.equal(await contentsOf(folder, reading), ['old', 'old', 'old']);
});

test('a plan from elsewhere gives no names outside of its folder, and to nothing but temporary files', async ({
  folder,
}) => {
  const inside = join(folder, 'inside');
  await mkdir(inside);
  await writeFile(join(folder, 'secret'), 'kept');
  await writeFile(join(inside, 'a'), 'own');
  const temporary = `.hw2-00000000-1-${'0'.repeat(12)}.tmp`;
  await writeFile(join(inside, temporary), 'evil');
  for (const files of [
    [{ from: temporary, to: '../secret' }],
    [{ from: temporary, to: '..' }],
    [{ from: '../secret', to: 'a' }],
    [{ from: 'b', to: 'a' }],
    'text',
    [null],
  ]) {
    await writeFile(join(inside, '.hw2-set'), JSON.stringify({ format: 'hw2-set', version: 1, files }));
    assert.is(await reading(join(inside, 'a')), 'own');
    assert.is(await readFile(join(folder, 'secret'), 'utf8'), 'kept');
  }
  for (const text of ['', '{', 'null', '[]']) {
    await writeFile(join(inside, '.hw2-set'), text);
    assert.is(await reading(join(inside, 'a')), 'own');
  }
});

test.run();
