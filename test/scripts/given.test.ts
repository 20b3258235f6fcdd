import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = resolve(import.meta.dirname, '../../..');
const names = ['.', 'gpu'].flatMap((folder) =>
  readdirSync(join(root, 'scripts', folder))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);
const textOf = (name: string) => readFileSync(join(root, 'scripts', name), 'utf8');
/** Files that scripts share: they export, and run nothing. */
const SHARED = [
  ...['asr-sources.ts', 'asr-stages.ts', 'given.ts', 'image-tables.ts', 'markers.ts', 'page-notices.ts'],
  ...['gpu/packs.ts', 'gpu/programs.ts', 'gpu/work.ts'],
];
const scripts = names.filter((name) => !SHARED.includes(name));
/** Those that can do without: what they need is optional, found or a program. */
const OPTIONAL = [
  'image-results.ts',
  'measure-cluster.ts',
  'measure-cluster-length.ts',
  'select-pneumonia.ts',
];
const needing = scripts.filter((name) => /\bgiven\(/.test(textOf(name)) || name === 'measure-centroids.ts');

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

test('every script has its arguments read by given.ts, before it does anything', () => {
  for (const name of scripts) assert.match(textOf(name), /\b(given|argumentsOf)\(/, name);
  for (const name of names)
    if (name !== 'given.ts')
      assert.not.match(textOf(name), /parseArgs|process\.exit\(2\)|exitCode = 2/, name);
});

test('what a script does not take is refused in one line: an option, one without its value, a surplus argument', async () => {
  const cases: [name: string, args: string[], reason: string][] = [
    ['measure-centroids.ts', ['--nonsense'], "Unknown option '--nonsense'"],
    ['measure-centroids.ts', ['--qkv'], "Option '--qkv <value>' argument missing"],
    ['fuzz-readers.ts', ['--seed', '--inputs', '3'], "Option '--seed' argument is ambiguous"],
    ['fuzz-readers.ts', ['--seed', '1.5'], '--seed: 1.5, expected a whole number'],
    ['fuzz-readers.ts', ['gif'], 'READER: gif, expected npy, '],
    ['bench-record.ts', ['--table=1'], "Option '--table' does not take an argument"],
    ['bench-record.ts', ['node18-simd'], 'NAME: node18-simd, expected node20-simd, '],
    ['make-phrases.ts', ['-n'], "Unknown option '-n'"],
    ['generate-tiles.ts', ['--help'], "Unknown option '--help'"],
    ['generate-tiles.ts', ['simd'], 'simd, expected no more arguments'],
    ['gpu/validate.ts', ['work', '0', '2', 'more'], 'more, expected no more arguments'],
  ];
  for (const [name, args, reason] of cases) {
    const { code, err } = await run(name, ...args);
    assert.is(code, 2, `${name} ${args}: ${err}`);
    assert.match(err, /^error: .*\n$/, name);
    assert.ok(err.includes(`: ${reason}`), err);
  }
});

test('no script reads a folder beside the clone that nobody gave it', () => {
  for (const name of names) assert.not.match(textOf(name), /'\.\.', '(?!\.\.)|'\/work|\.\.\/shared/, name);
});

test('without the files and folders that it needs, a script says so in one line and ends with 2', async () => {
  const all = [...needing.filter((name) => !OPTIONAL.includes(name)), 'subset-font.sh'];
  assert.ok(all.length > 16);
  for (const name of all) {
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
