import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = resolve(import.meta.dirname, '../../..');
/** Scripts whose arguments are choices, and which need no file or folder. */
const CHOOSING = ['bench-record.ts', 'fuzz-readers.ts'];

const scripts = (await readdir(join(root, 'scripts'))).filter((name) => name.endsWith('.ts'));
const textOf = (name: string) => readFileSync(join(root, 'scripts', name), 'utf8');
/** Those that can do without: what they need is optional, found or a program. */
const OPTIONAL = [
  'image-results.ts',
  'measure-cluster.ts',
  'measure-cluster-length.ts',
  'select-pneumonia.ts',
];
/** Those that check their arguments themselves. */
const OWN = ['make-phrases.ts', 'train-asr-models.ts'];
const needing = scripts.filter((name) => textOf(name).includes("'./given.js'") || OWN.includes(name));

/** What a script says, and how it ends, in an empty folder. */
async function run(name: string, ...args: string[]): Promise<{ code: number; err: string }> {
  const cwd = mkdtempSync(join(tmpdir(), 'hw2-script-'));
  const [program, path] = name.endsWith('.sh')
    ? ['sh', join(root, 'scripts', name)]
    : [process.execPath, join(root, 'build', 'scripts', name.replace('.ts', '.js'))];
  return promisify(execFile)(program, [path, ...args], { cwd }).then(
    () => ({ code: 0, err: '' }),
    ({ code, stderr }) => ({ code, err: stderr }),
  );
}

test('every script that reads arguments checks them as all do', () => {
  const reading = scripts.filter((name) =>
    /process\.argv\.slice|process\.argv\[[2-9]\]|parseArgs/.test(textOf(name)),
  );
  assert.equal(
    reading.filter((name) => !needing.includes(name) && !CHOOSING.includes(name) && name !== 'given.ts'),
    [],
  );
});

test('no script reads a folder beside the clone that nobody gave it', () => {
  for (const name of scripts) assert.not.match(textOf(name), /'\.\.', '(?!\.\.)|'\/work|\.\.\/shared/, name);
});

test('without the files and folders that it needs, a script says so in one line and ends with 2', async () => {
  const names = [...needing.filter((name) => !OPTIONAL.includes(name)), 'subset-font.sh'];
  assert.ok(names.length > 12);
  for (const name of names) {
    const { code, err } = await run(name);
    assert.is(code, 2, `${name}: ${err}`);
    assert.match(err, /^error: .*\b(expected|needs) .+\n$/, name);
  }
});

test('a folder that is not there, or lacks a file, is named', async () => {
  const missing = await run('genuine-clips.ts', '/nowhere', '/nowhere', 'out');
  assert.is(missing.code, 2);
  assert.match(missing.err, /^error: .*expected LJSPEECH, .* but \/nowhere does not exist\n$/);
  const empty = await run('genuine-clips.ts', '.', '.', 'out');
  assert.match(empty.err, /^error: .*expected LJSPEECH, .* but metadata.csv does not exist\n$/);
});

test.run();
