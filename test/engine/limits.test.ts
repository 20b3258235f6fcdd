import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('limits that the host sets');
const index = new URL('../../../src/engine/dist/index.js', import.meta.url);
const dist = fileURLToPath(new URL('.', index));
const PROGRAM = `import { attention, createEngine } from ${JSON.stringify(index)};
  const engine = await createEngine({ threads: Number(process.env.THREADS), onWarning: (text) => console.log(text) });
  const t = { data: new Float32Array(64).fill(1), dims: [1, 1, 8, 8] };
  const { output } = await attention(engine, { q: t, k: t, v: t });
  console.log(engine.threads + ' ' + output.data[0]);
  await engine.dispose();`;

/** What a program prints in a process of its own, line by line; `limit` is in KiB of addresses. */
function run({
  flags = [],
  limit = 'unlimited',
  threads = 2,
}: {
  flags?: string[];
  limit?: string;
  threads?: number;
}) {
  const args = [
    '-c',
    'ulimit -v "$0" && exec "$@"',
    limit,
    process.execPath,
    ...flags,
    '--input-type=module',
  ];
  const { stdout, stderr, signal } = spawnSync('sh', [...args, '-e', PROGRAM], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, THREADS: String(threads), NODE_V8_COVERAGE: '', NODE_OPTIONS: '' },
  });
  return { lines: stdout.trimEnd().split('\n'), stderr, signal };
}

const major = Number.parseInt(process.versions.node, 10);
const permission = major < 24 ? '--experimental-permission' : '--permission';
const reads = [
  `--allow-fs-read=${dist}*`,
  `--allow-fs-read=${fileURLToPath(new URL('../../../*', import.meta.url))}`,
];

test('the permission model without workers: one thread, and the flag is named', () => {
  const { lines, stderr } = run({ flags: [permission, ...reads] });
  assert.is(lines.length, 2, stderr);
  assert.match(lines[0]!, /^hw2: no threads here \(Access .*--allow-worker.*\), computing on one thread$/);
  assert.is(lines[1], '1 1');
});

test('the permission model with workers: threads', () => {
  assert.equal(run({ flags: [permission, '--allow-worker', ...reads] }).lines, ['2 1']);
});

test('the permission model without the files of the package: Node says what is restricted', () => {
  assert.match(run({ flags: [permission] }).stderr, 'Access to this API has been restricted');
});

if (process.platform === 'linux') {
  // From too little for one memory, over enough for it and not for a thread, to enough for both.
  for (const gigabytes of [2, 3, 5, 6, 11, 12, 13, 16])
    for (const threads of [1, 3])
      test(`${gigabytes} GB of addresses, ${threads} threads: a result, or one sentence`, () => {
        const { lines, stderr, signal } = run({ limit: String(gigabytes * 1_000_000), threads });
        assert.is(signal, null);
        assert.not.match(stderr, 'Fatal');
        if (/^[13] 1$/.test(lines.at(-1)!)) return;
        assert.match(stderr, /MemoryLimitError: memory: the host refused .*ulimit -v/);
      });
}

test.run();
