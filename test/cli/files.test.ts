import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { lstat, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesOf, concat, npyBytes, text } from '../data/fixtures.js';
import { folder, hw2, MAIN } from './run.js';

const write = (name: string, contents: Uint8Array | string) => {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
};

const floats = (count: number) => bytesOf(Float32Array.from({ length: count }, (_, i) => Math.sin(i)));
const tensor = npyBytes("'<f4'", [4, 4], floats(16));
const whole = npyBytes("'<i8'", [4, 4], new Uint8Array(128));
const none = npyBytes("'<f4'", [0, 4], new Uint8Array());
const safetensors = (header: unknown, data: Uint8Array) => {
  const json = text(JSON.stringify(header));
  return concat(bytesOf(BigUint64Array.of(BigInt(json.length))), json, data);
};
const scan = zipSync({ 'x.txt': text('no arrays') });
mkdirSync(join(folder, 'as-file.npz'));

const evil = 'q\nerror: all your files are gone\x1b[2J\x1b]0;title\x07';
const wrong: [string, string[], RegExp][] = [
  [
    'tensors of whole numbers',
    ['attention', '--qkv', write('ints.npz', zipSync({ 'q.npy': whole, 'k.npy': whole, 'v.npy': whole }))],
    /ints\.npz: q is int64; expected float32/,
  ],
  [
    'an archive of something else',
    ['attention', '--qkv', write('text.npz', scan)],
    /text\.npz: no tensor "q"/,
  ],
  ['a folder', ['attention', '--qkv', join(folder, 'as-file.npz')], /as-file\.npz: a folder/],
  ['a device', ['attention', '--qkv', '/dev/zero'], /\/dev\/zero: a device/],
  [
    'tensors without a number',
    ['attention', '--qkv', write('nothing.npz', zipSync({ 'q.npy': none, 'k.npy': none, 'v.npy': none }))],
    /nothing\.npz: q has dims \[0, 4\], expected at least one number/,
  ],
  ['a data set that is not there', ['eval-cnn', '--data', 'missing.npz'], /missing\.npz: no such/],
  [
    'names that would write to the terminal',
    ['attention', '--qkv', write('evil.npz', zipSync({ [`${evil}.npy`]: tensor, 'x.npy': tensor }))],
    /among q\\nerror: all your files are gone\\x1b\[2J\\x1b\]0;title\\x07, x$/m,
  ],
  [
    'names in another format',
    [
      'attention',
      '--qkv',
      write(
        'evil.safetensors',
        safetensors({ [evil]: { dtype: 'F99', shape: [1], data_offsets: [0, 3] } }, text('abc')),
      ),
    ],
    /q\\nerror: all/,
  ],
  [
    'shapes that do not fit',
    [
      'attention',
      '--qkv',
      write(
        'odd.npz',
        zipSync({ 'q.npy': tensor, 'k.npy': tensor, 'v.npy': npyBytes("'<f4'", [5, 4], floats(20)) }),
      ),
    ],
    /odd\.npz: /,
  ],
  [
    'half a baseline',
    ['bench', '--baseline', write('half.json', '{"format":"hw2-bench","races":[{"problem":')],
    /half\.json: is no JSON/,
  ],
  [
    'a baseline of nulls',
    ['bench', '--baseline', write('null.json', '{"format":"hw2-bench","races":[null]}')],
    /null\.json: expected a file/,
  ],
  [
    'a baseline without races',
    ['bench', '--baseline', write('none.json', '{"format":"hw2-bench"}')],
    /none\.json: expected a file/,
  ],
  [
    'a baseline that is null',
    ['bench', '--baseline', write('nothing.json', 'null')],
    /nothing\.json: expected a file/,
  ],
  [
    'a model that is text',
    ['eval-cnn', '--model', write('text.onnx', 'hello')],
    /text\.onnx: not an ONNX model/,
  ],
  [
    'a model that is empty',
    ['eval-cnn', '--model', write('empty.onnx', '')],
    /empty\.onnx: not an ONNX model/,
  ],
  ['pictures of another kind', ['classify', write('x.gif', 'GIF89a')], /x\.gif: a picture of kind GIF/],
];
for (const [what, args, message] of wrong)
  test(`${what}: one line, exit code 2`, () => {
    const { code, out, err } = hw2(...args);
    assert.is(code, 2, err);
    assert.is(out, '');
    assert.match(err, message);
    assert.is(err.trimEnd().split('\n').length, 1, err);
    assert.not.match(err.trimEnd(), /\p{Cc}/u);
  });

test('an output that cannot be written is found before the work', async () => {
  const file = write('in-the-way', '');
  const nowhere = join(folder, 'nowhere');
  await symlink('not/there', nowhere);
  const start = performance.now();
  for (const [command, out] of [
    ['attention --L 1000000 --D 64 --method exact --out', join(file, 'x.npy')],
    ['report --out', folder],
    ['train-cnn --data phantom:1000000 --out', join(file, 'models')],
    ['bench --full --save', file],
    ['bench --full --plot', nowhere],
    ['shard --random --store', join(file, 'store')],
    ['cluster run bench --full --store', nowhere],
    ['web --out', nowhere],
  ] as const) {
    const { code, err } = hw2(...command.split(' '), out);
    assert.is(code, 2, `${command}: ${err}`);
    assert.match(
      err,
      /^error: .* cannot be (written|opened) \((ENOTDIR|it is a folder|.* is a link that leads nowhere)\)\n$/,
    );
  }
  for (const [command, out] of [
    ['report --out', ''],
    ['report --out', '-'],
    ['bench --save', ''],
    ['shard --random --store', ''],
    ['attention --qkv', ''],
    ['transcribe', ''],
  ] as const) {
    const { code, err } = hw2(...command.split(' '), out);
    assert.is(code, 2, `${command}: ${err}`);
    assert.match(err, /^error: .*(given nothing|argument '-' is invalid|given an empty argument).*\n$/);
  }
  // Most of this work takes many minutes on a machine that does nothing else.
  assert.ok(performance.now() - start < 240_000);
});

test('--out through a symbolic link writes to what it leads to', async () => {
  const real = write('real.npz', '');
  const link = join(folder, 'link.npz');
  await symlink('real.npz', link);
  const { code, err } = hw2('attention', '--L', '8', '--D', '4', '--repeat', '1', '--out', link);
  assert.is(code, 0, err);
  assert.ok((await lstat(link)).isSymbolicLink());
  assert.ok((await readFile(real)).length > 100);
});

test('Ctrl-C ends a long computation at once', async () => {
  const args = [
    'attention',
    '--L',
    '200000',
    '--D',
    '64',
    '--method',
    'exact',
    '--threads',
    '1',
    '--repeat',
    '1',
  ];
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, HW2_DATA: folder } });
  // Said just before the kernel takes the thread for minutes.
  await new Promise((resolve) => child.stderr.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const start = performance.now();
  child.kill('SIGINT');
  const signal = await new Promise((resolve) => child.once('exit', (_, cause) => resolve(cause)));
  assert.is(signal, 'SIGINT');
  // The kernel alone takes minutes: a machine that is busy has time to stand still, and one that is fast is told from a signal unheard.
  assert.ok(performance.now() - start < 60_000);
});

test('two trainings do not share a folder', async () => {
  const out = join(folder, 'shared');
  const args = [
    'train-cnn',
    '--data',
    'phantom:900',
    '--epochs',
    '10000',
    '--variant',
    'stride',
    '--lr',
    '0.01',
  ];
  const first = spawn(process.execPath, [MAIN, ...args, '--out', out]);
  while (!existsSync(join(out, '.hw2-lock'))) await new Promise((resolve) => setTimeout(resolve, 20));
  const { code, err } = hw2(...args, '--out', out);
  assert.is(code, 2, err);
  assert.match(err, /shared: another hw2 works there \(process \d+/);
  first.kill('SIGKILL');
  await new Promise((resolve) => first.once('exit', resolve));
  const again = hw2(...args.with(4, '1'), '--out', out);
  assert.is(again.code, 0, again.err);
});

test('hw2 shard reads the tensors that hw2 attention reads, and says where they hold what is no number', () => {
  const half = npyBytes("'<f2'", [4, 4], bytesOf(Uint16Array.from({ length: 16 }, (_, i) => 0x3800 + i)));
  const bad = npyBytes(
    "'>f8'",
    [4, 4],
    Uint8Array.from({ length: 128 }, (_, i) => (i % 8 < 2 ? 0xff : 0)),
  );
  const others = { 'names.npy': npyBytes("'<U1'", [2], new Uint8Array(8)), 'README.txt': text('no array') };
  // Of q and Q, what is called q is meant.
  const file = write(
    'shard.npz',
    zipSync({ 'V.npy': tensor, 'Q.npy': half, 'key.npy': tensor, 'v.npy': bad, ...others }),
  );
  const store = join(folder, 'store');
  const { code, out, err } = hw2('shard', file, '--store', store, '--shard', '3');
  assert.is(code, 0, err);
  assert.match(out, '4 tokens in 2 shards');
  assert.is(err.trim(), `warning: ${file}: v holds NaN among tokens 0 to 3`);
  const q = readFileSync(join(store, 'shards/q/000000.npy')).subarray(-48);
  assert.is(q.readFloatLE(4), 0.50048828125);
  for (const [wrong, message] of [
    [[], 'shard: expected either a file or --random'],
    [['--random', '--name', '../x'], '--name: given "../x"'],
    [['--random', '--heads', '3', '--kv-heads', '2'], '--kv-heads: given 2'],
    [
      ['--random', '--L', '9007199254740991', '--shard', '1'],
      '--shard: given 1, which makes 9007199254740991',
    ],
    [[write('i.npz', zipSync({ 'q.npy': whole, 'k.npy': tensor, 'v.npy': tensor }))], 'i.npz: q is int64'],
    [[write('n.npz', zipSync({ 'q.npy': tensor }))], 'n.npz: no tensor "k" among q'],
  ] as const) {
    const refused = hw2('shard', ...wrong, '--store', store);
    assert.is(refused.code, 2);
    assert.match(refused.err, message);
  }
  const plain = hw2('cluster', 'run', 'attention', '--store', file);
  assert.is(plain.code, 2);
  assert.match(plain.err, 'shard.npz: no folder, and the store has to be one');
  const other = hw2('shard', '--random', '--store', 'http://host/store');
  assert.is(other.code, 2);
  assert.match(other.err, 'http://host/store: expected a folder or s3://bucket/prefix');
  const nowhere = hw2('cluster', 'clean', 'night', '--store', store);
  assert.is(nowhere.code, 2);
  assert.match(nowhere.err, /^error: clean: no run "night" in .*store\n$/);
  const cache = hw2('attention', '--cache', '16777216', '--heads', '64', '--D', '512');
  assert.is(cache.code, 2);
  assert.match(cache.err, 'memory: this call needs');
});

test.run();
