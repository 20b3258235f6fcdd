import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeArrays } from '#hw2/data/write-arrays.js';
import { readArrays } from '../data/fixtures.js';
import { folder, hw2, MAIN } from './run.js';

const random = (dims: number[], seed: number) => {
  let state = seed;
  const size = dims.reduce((a, b) => a * b, 1);
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return { data: Float32Array.from({ length: size }, next), dims };
};

async function tensorFile(name: string, dims: { q: number[]; k: number[]; v: number[] }): Promise<string> {
  const path = join(folder, name);
  await writeArrays(
    path,
    new Map([
      ['q', random(dims.q, 1)],
      ['k', random(dims.k, 2)],
      ['v', random(dims.v, 3)],
    ]),
  );
  return path;
}

test('prints both methods in one table, and nothing on standard error', () => {
  const { code, out, err } = hw2('attention', '--L', '130', '--D', '16');
  assert.is(code, 0, err);
  assert.match(out, /^exact +130 +16/m);
  assert.match(out, /^taylor, order 2 +130 +16 +153/m);
  assert.match(out, /Order 2 is a rough approximation here/);
  assert.is(err, '');
});

test('--cache takes one step with a cache of each type', () => {
  const sizes = ['--cache', '64', '--heads', '4', '--kv-heads', '2', '--D', '16', '--repeat', '1'];
  const { code, out, err } = hw2('attention', ...sizes, '--json');
  assert.is(code, 0, err);
  const { format, problem, results } = JSON.parse(out);
  assert.is(format, 'hw2-attention-cache');
  assert.is(problem.keys, 64);
  const types = ['float32', 'bfloat16', 'int8'];
  assert.equal(
    results.map(({ type }: { type: string }) => type),
    types,
  );
  // 2 heads of 16 numbers, keys and values; int8 has a scale of 4 bytes a row.
  assert.equal(
    results.map(({ bytesPerToken }: { bytesPerToken: number }) => bytesPerToken),
    [256, 128, 80],
  );
  for (const { seconds, maxAbsError, errorBound, type } of results) {
    assert.ok(seconds > 0);
    assert.ok(
      type === 'float32' ? maxAbsError <= 1e-6 && errorBound === 0 : maxAbsError <= errorBound + 1e-6,
    );
  }
  assert.match(hw2('attention', ...sizes).out, /^int8 .*\n\nA cache of int8 takes/m);
  assert.is(hw2('attention', '--cache', '64', '--L', '9').code, 2);
});

test('JSON says what was computed and how well', () => {
  const { out } = hw2(
    'attention',
    '--L',
    '200',
    '--D',
    '8',
    '--heads',
    '4',
    '--kv-heads',
    '2',
    '--causal',
    '--json',
  );
  const { sizes, results, verdict } = JSON.parse(out);
  assert.equal(sizes, {
    batches: 1,
    heads: 4,
    kvHeads: 2,
    queries: 200,
    keys: 200,
    headDim: 8,
    valueDim: 8,
    isCausal: true,
    scale: 1 / Math.sqrt(8),
  });
  const [exact, taylor] = results;
  assert.ok(exact.maxAbsError > 0 && exact.maxAbsError < 1e-6, `${exact.maxAbsError}`);
  assert.is(taylor.features, 45);
  assert.ok(taylor.maxAbsError > 0 && taylor.maxAbsError < 1e-6, `${taylor.maxAbsError}`);
  assert.ok(taylor.relativeErrorToSoftmax > 1e-3);
  assert.match(verdict, /Order 2/);
});

test('tensors that hold NaN or infinity are named, and nothing is called usable', async () => {
  for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
    const path = join(folder, 'not-finite.npz');
    const k = random([2, 12, 4], 2);
    k.data[12 * 4 + 4 * 4 + 3] = value;
    await writeArrays(
      path,
      new Map([
        ['q', random([2, 12, 4], 1)],
        ['k', k],
        ['v', random([2, 12, 4], 3)],
      ]),
    );
    const { code, out, err } = hw2('attention', '--qkv', path, '--repeat', '1');
    assert.is(code, 0, err);
    assert.match(out, /^Order 2 cannot be judged here: q, k, v or the outputs hold NaN or infinity\.$/m);
    assert.ok(err.includes(`k holds ${value} at [0, 1, 4, 3]`), err);
    assert.match(err, /the output holds NaN or infinity/);
    const auto = JSON.parse(
      hw2('attention', '--qkv', path, '--repeat', '1', '--method', 'auto', '--json').out,
    );
    assert.is(auto.choice.method, 'exact');
  }
});

test('centroids: their name, the interval of their distance, causal without near keys', async () => {
  const path = await tensorFile('centroids.npz', { q: [2, 300, 8], k: [2, 300, 8], v: [2, 300, 8] });
  const given = [
    'attention',
    '--qkv',
    path,
    '--method',
    'taylor',
    '--centroids',
    '6',
    '--near',
    '0.1',
    '--repeat',
    '1',
  ];
  const { code, out, err } = hw2(...given);
  assert.is(code, 0, err);
  assert.match(out, /^taylor, 6 centroids, order 1, 10 % near +300 +8 +–/m);
  assert.match(out, /^Order 1 about 6 centroids /m);
  assert.match(out, /^Over all rows that is at most [\d.,]+ % with 95 % confidence, by 64 of them\.$/m);
  const { results } = JSON.parse(hw2(...given, '--json').out);
  assert.equal([results[0].centroids, results[0].order, results[0].near], [6, 1, 0.1]);
  assert.ok(results[0].error.rms <= results[0].error.interval[1] && results[0].error.rows === 64);
  assert.ok(results[0].relativeErrorToSoftmax <= results[0].error.interval[1]);
  const refused = hw2(...given, '--causal');
  assert.is(refused.code, 2);
  assert.match(refused.err, /near: given 0\.1, expected 0 in causal attention/);
  const causal = hw2(...given.filter((word) => word !== '--near' && word !== '0.1'), '--causal', '--json');
  assert.is(causal.code, 0, causal.err);
  const [row] = JSON.parse(causal.out).results;
  assert.ok(row.relativeErrorToSoftmax > 0 && row.relativeErrorToSoftmax < 0.2);
  assert.match(hw2(...given, '--order', '2').out, /^Order 2 about 6 centroids /m);
  assert.is(hw2(...given, '--order', '3').code, 2);
});

test('the frontier: every way with its time and distance, exact among them', () => {
  const given = ['attention', '--L', '400', '--D', '8', '--frontier'];
  const { points } = JSON.parse(hw2(...given, '--json').out);
  assert.is(points.filter(({ method }: { method: string }) => method === 'exact').length, 1);
  assert.ok(points.some(({ centroids }: { centroids?: number }) => centroids === 16));
  assert.ok(points[0].isOnFrontier && points[0].secondsMedian > 0);
  const { code, out, err } = hw2(...given);
  assert.is(code, 0, err);
  assert.match(out, /distance to softmax over time as a share of that of exact attention/);
  assert.is(hw2(...given, '--causal').code, 2);
});

test('the same seed gives the same tensors, another seed others', () => {
  const error = (seed: string) =>
    JSON.parse(hw2('attention', '--L', '64', '--D', '4', '--method', 'taylor', '--seed', seed, '--json').out)
      .results[0].relativeErrorToSoftmax;
  assert.is(error('7'), error('7'));
  assert.is.not(error('7'), error('8'));
});

test('reads tensors from a file and writes outputs to one', async () => {
  const qkv = await tensorFile('in.npz', { q: [2, 50, 8], k: [2, 70, 8], v: [2, 70, 5] });
  const path = join(folder, 'out.npz');
  const { code, err } = hw2('attention', '--qkv', qkv, '--out', path);
  assert.is(code, 0, err);
  const arrays = await readArrays(path, { maxBytes: 1e6 });
  assert.equal([...arrays.keys()], ['exact', 'taylor']);
  assert.equal(arrays.get('exact')!.dims, [1, 2, 50, 5]);
});

test('- stands for standard input', async () => {
  const input = readFileSync(await tensorFile('piped.npz', { q: [9, 4], k: [9, 4], v: [9, 4] }));
  const args = [MAIN, 'attention', '--qkv', '-', '--repeat', '1', '--json'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { input, encoding: 'utf8' });
  assert.is(stderr, '');
  assert.equal(JSON.parse(stdout).sizes.queries, 9);
  assert.match(
    spawnSync(process.execPath, args, { input: '', encoding: 'utf8' }).stderr,
    /standard input: it is empty/,
  );
});

test('auto takes linear attention where it is faster and close enough, and says why', () => {
  // Long, so that the tenth of the time of exact attention that a search has is ten times what this one takes.
  const auto = ['--L', '40000', '--D', '8', '--method', 'auto', '--repeat', '1', '--json'];
  const choice = (...args: string[]) => JSON.parse(hw2('attention', ...auto, ...args).out).choice;
  assert.is(choice('--sigma', '0.05').method, 'taylor');
  const { method, reason } = choice('--sigma', '2');
  assert.is(method, 'exact');
  assert.match(reason, /^tried .*\(at most .*\); no faster way is expected to be within 0\.01 of softmax/);
});

const misuse: [string, string[], RegExp][] = [
  ['a fraction of a length', ['--L', '0.5'], /--L.*0\.5.*whole number from 1/],
  ['a negative length', ['--L', '-1'], /--L.*-1.*whole number from 1/],
  ['no dimension', ['--D', '0'], /--D.*'0'.*from 1 to 512/],
  ['an order beyond the kernels', ['--order', '9', '--D', '64'], /--order.*'9'.*from 0 to 4/],
  ['a state beyond the limit', ['--order', '4', '--D', '128'], /order: given 4.*11\.6 GiB.*at most 2\.0 GiB/],
  ['an unknown tier', ['--tier', 'fast'], /--tier.*'fast'.*simd, relaxed, wide/],
  ['a missing file', ['--qkv', 'nowhere.npz'], /nowhere\.npz: no such file/],
  [
    'heads that do not divide',
    ['--heads', '3', '--kv-heads', '2'],
    /--kv-heads: given 2, expected a divisor of --heads 3/,
  ],
  ['more memory than there is', ['--L', '67108864', '--D', '256'], /needs 192 GiB, the limit is 4\.0 GiB/],
  ['two arrays in a .npy', ['--out', 'x.npy'], /--out: a \.npy file holds one array/],
  [
    'a shape for tensors that have one',
    ['--qkv', 'x.npz', '--L', '5'],
    /--L: the tensors of --qkv have their own/,
  ],
];
for (const [name, args, message] of misuse) {
  test(`${name} is refused in one line, with exit code 2`, () => {
    const { code, out, err } = hw2('attention', ...args);
    assert.is(code, 2);
    assert.is(out, '');
    assert.match(err, message);
    assert.is(err.trim().split('\n').length, 1, err);
  });
}

test('damaged files are refused in one line, with exit code 2', async () => {
  const whole = readFileSync(await tensorFile('whole.npz', { q: [9, 4], k: [9, 4], v: [9, 4] }));
  const cut = join(folder, 'cut.npz');
  writeFileSync(cut, whole.subarray(0, whole.length / 2));
  const dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (25000, 1000000), }";
  const header = `${dictionary.padEnd(117)}\n`;
  const member = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(header)]);
  const promising = join(folder, 'promising.npz');
  writeFileSync(promising, zipSync({ 'q.npy': member }));
  const mismatched = await tensorFile('mismatched.npz', { q: [9, 4], k: [9, 5], v: [9, 4] });
  for (const [path, message] of [
    [cut, /cut\.npz: .*cut off/],
    [promising, /promising\.npz.*takes 100000000000 bytes/],
    [mismatched, /k: headDim 5, expected 4 as in q/],
  ] as const) {
    const { code, err } = hw2('attention', '--qkv', path);
    assert.is(code, 2, err);
    assert.match(err, message);
    assert.is(err.trim().split('\n').length, 1, err);
  }
});

test('a rule of linear attention: its table, JSON and what does not go with it', () => {
  const sizes = ['--L', '100', '--D', '16', '--heads', '2'];
  const { code, out, err } = hw2('attention', '--rule', 'gated_delta', ...sizes);
  assert.is(code, 0, err);
  assert.match(out, /^gated_delta +100 +16 +2\.0 KiB/m);
  const [result] = JSON.parse(
    hw2('attention', '--rule', 'gated', '--decay-by-key', ...sizes, '--json').out,
  ).results;
  assert.equal([result.rule, result.decayByKey, result.stateBytes], ['gated', true, 2048]);
  assert.ok(result.maxAbsError < 1e-5);
  const causal = hw2('attention', '--rule', 'delta', '--causal');
  assert.is(causal.code, 2);
  assert.match(causal.err, /'--rule <name>' cannot be used with option '--causal'/);
  const byKey = hw2('attention', '--rule', 'delta', '--decay-by-key');
  assert.is(byKey.code, 2);
  assert.match(byKey.err, /--decay-by-key: needs --rule gated or gated_delta, delta was given/);
});

test.run();
