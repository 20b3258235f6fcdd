import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attention, createEngine, type Engine } from 'hw2-engine';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AttentionRun } from '#hw2/cluster/plan/attention.js';
import { beginRun, isUnfinished, outputsOf, planOf, readRun } from '#hw2/cluster/run.js';
import { runLocally } from '#hw2/cluster/runners/local.js';
import { arraySource } from '#hw2/cluster/shards/array-source.js';
import { readManifest, writeManifest } from '#hw2/cluster/shards/manifest.js';
import { cut, readShard, writeShards } from '#hw2/cluster/shards/shards.js';
import { openStore } from '#hw2/cluster/store/open-store.js';
import type { Store } from '#hw2/cluster/store/store.js';
import { flatten, type Task } from '#hw2/cluster/task.js';
import { readFloats } from '#hw2/cluster/tasks/objects.js';
import { runTask } from '#hw2/cluster/tasks/run-task.js';
import { parseNpy } from '#hw2/data/npy.js';
import type { TensorName } from '#hw2/data/qkv.js';
import { Random } from '#hw2/statistics/random.js';
import { rejects } from '../rejects.js';
import { succeed, temporaryFolder } from './servers.js';

const local = suite('runs on one machine');
const folder = temporaryFolder('local');
const [heads, kvHeads, length, headDim, valueDim] = [4, 2, 301, 8, 5];
let store: Store;
let engine: Engine;
const random = new Random(7);
/** Keys and values that are far from zero on average, as real ones are. */
const tensor = (count: number, dim: number, mean: number, tokens = length) => ({
  type: 'float32' as const,
  data: Float32Array.from({ length: count * tokens * dim }, () => mean + random.normal()),
  dims: [1, count, tokens, dim],
});
const whole = {
  q: tensor(heads, headDim, 0.2),
  k: tensor(kvHeads, headDim, 0.5),
  v: tensor(kvHeads, valueDim, 3),
};

local.before(async () => {
  store = await openStore(folder);
  engine = await createEngine();
  const source = (name: TensorName) => arraySource(name, whole[name]);
  await writeShards(store, 'shards', { q: source('q'), k: source('k'), v: source('v') }, 64);
});

local.after(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const base = {
  kind: 'attention' as const,
  ...{ method: 'taylor' as const, order: 2, isCausal: false, subtractMeanKey: true },
  ...{ shards: 'shards', keepOutput: true, keyShards: 2 },
};

async function compute(
  name: string,
  changes: Partial<AttentionRun>,
  onRetry: (task: Task) => void = () => {},
): Promise<{ skipped: number; tasks: number }> {
  const run = await beginRun(store, name, { ...base, ...changes });
  const stages = await planOf(store, run);
  let [skipped, tasks] = [0, 0];
  await runLocally(stages, {
    store: store.url,
    concurrency: 2,
    onRetry,
    onTask: (_, report) => {
      tasks++;
      if (report.skipped) skipped++;
    },
  });
  return { skipped, tasks };
}

/** The outputs of a run as one tensor [heads, length, valueDim]. */
async function outputOf(name: string): Promise<Float32Array> {
  const outputs = outputsOf(await planOf(store, await readRun(store, name)));
  const output = new Float32Array(heads * length * valueDim);
  for (const [i, { first, tokens }] of cut(length, 64).entries()) {
    const { data } = parseNpy(await store.read(outputs[i]!), outputs[i]!);
    for (let head = 0; head < heads; head++) {
      const rows = (data as Float32Array).subarray(head * tokens * valueDim, (head + 1) * tokens * valueDim);
      output.set(rows, (head * length + first) * valueDim);
    }
  }
  return output;
}

for (const [name, changes] of Object.entries({
  'dense-linear': {},
  'dense-linear-order-1': { order: 1 },
  'without-mean-key': { subtractMeanKey: false },
  exact: { method: 'exact' as const },
  'exact-whole': { method: 'exact' as const, keyShards: 100 },
  'exact-causal': { method: 'exact' as const, isCausal: true, keyShards: 1 },
  'causal-linear': { isCausal: true, subtractMeanKey: false },
})) {
  local(`${name}: what one call gives, and no more than its own tasks the second time`, async () => {
    const { tasks } = await compute(name, changes);
    const { method, order, isCausal, subtractMeanKey } = { ...base, ...changes };
    const linear = method === 'taylor' ? { order, subtractMeanKey } : {};
    const { output } = await attention(engine, whole, { method, isCausal, ...linear });
    const sharded = await outputOf(name);
    const largest = output.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let i = 0; i < sharded.length; i++)
      assert.ok(
        Math.abs(sharded[i]! - output.data[i]!) < 2e-6 * largest,
        `${i}: ${sharded[i]} ${output.data[i]}`,
      );
    assert.equal(await compute(name, changes), { skipped: tasks, tasks });
  });
}

local('a causal shard that begins from the state of the one before has the bits of one call', async () => {
  // More tokens than a state adds at once in a dense run.
  const tokens = 1280;
  const [q, k, v] = [
    tensor(heads, headDim, 0.2, 2 * tokens),
    tensor(kvHeads, headDim, 0.5, 2 * tokens),
    tensor(kvHeads, valueDim, 3, 2 * tokens),
  ];
  await writeShards(
    store,
    'two',
    { q: arraySource('q', q), k: arraySource('k', k), v: arraySource('v', v) },
    tokens,
  );
  const changes = { shards: 'two', isCausal: true, subtractMeanKey: false };
  const stages = await planOf(store, await beginRun(store, 'bits', { ...base, ...changes }));
  // By the engine of the call: tiers round differently.
  for (const task of stages.flatMap(flatten)) await runTask(task, { store, engine });
  const { output } = await attention(engine, { q, k, v }, { method: 'taylor', order: 2, isCausal: true });
  const { data } = await readFloats(store, outputsOf(stages)[1]!);
  const size = tokens * valueDim;
  for (let head = 0; head < heads; head++)
    assert.equal(
      data.slice(head * size, (head + 1) * size),
      output.data.slice((2 * head + 1) * size, (2 * head + 2) * size),
    );
});

local('a run that was stopped goes on, and gives the same bytes', async () => {
  await compute('whole', {});
  const before = await store.read('runs/whole/output/000002.npy');
  for (const name of ['output/000002.npy', 'state/000001-000002.hw2s'])
    await store.remove(`runs/whole/${name}`);
  const { skipped, tasks } = await compute('whole', {});
  assert.is(tasks - skipped, 2);
  assert.equal(await store.read('runs/whole/output/000002.npy'), before);
});

local('random shards are the same wherever they are drawn, and have the deviation asked for', async () => {
  const shape = { heads: 2, kvHeads: 1, headDim: 16, valueDim: 16, length: 1000 };
  const manifest = {
    ...{ format: 'hw2-shards' as const, version: 1 as const, ...shape },
    ...{ shards: cut(1000, 400), random: { seed: 3, sigma: 2 } },
  };
  await writeManifest(store, 'drawn', manifest);
  const read = await readManifest(store, 'drawn');
  assert.equal(read, manifest);
  const q = await readShard(store, read, 2, 'q');
  assert.equal(q.dims, [1, 2, 200, 16]);
  assert.equal(q.data, (await readShard(store, read, 2, 'q')).data);
  const deviation = Math.sqrt(q.data.reduce((sum, x) => sum + x * x, 0) / q.data.length);
  assert.ok(Math.abs(deviation - 2) < 0.1);
});

local('damage is named, and nothing is computed from it', async () => {
  const path = join(folder, 'shards/k/000001.npy');
  const bytes = readFileSync(path);
  const changed = Buffer.from(bytes);
  changed[200]! ^= 1;
  writeFileSync(path, changed);
  await rejects(compute('damaged', {}), /000001\.npy: damaged, its checksum is not that of the manifest/);
  rmSync(path);
  await rejects(compute('damaged', {}), /000001\.npy: no such file/);
  writeFileSync(path, bytes);
  await compute('damaged', {});

  const manifest = join(folder, 'shards/manifest.json');
  const text = readFileSync(manifest, 'utf8');
  for (const [damage, message] of [
    [text.slice(0, 100), /manifest\.json: damaged, this is not JSON/],
    ['{}', /not a manifest of shards/],
    [text.replace('"version": 1', '"version": 9'), /version 9, expected 1/],
    [text.replace('"heads": 4', '"heads": 3'), /damaged, 3 heads on 2/],
    [text.replace('"headDim": 8', '"headDim": 600'), /expected at most 512/],
    [text.replace('"first": 64', '"first": 63'), /shard 1 does not begin at 64/],
    [text.replace('"length": 301', '"length": 302'), /its shards hold 301 tokens of 302/],
    [text.replace('"kvHeads": 2', '"kvHeads": -2'), /kvHeads is -2/],
    [text.replace('shards/k/000001.npy', '../../etc/passwd'), /lies outside of the store/],
  ] as const) {
    assert.not.equal(damage, text);
    writeFileSync(manifest, damage);
    await rejects(compute(`m${Math.abs(hash(damage))}`, {}), message);
  }
  writeFileSync(manifest, text);
});

/** A name for each damage: manifests are read once by a process, and runs are kept by name. */
const hash = (text: string) => [...text].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) | 0, 7);

local(
  'a task that fails at each of its attempts fails the run; with what it lacked, the run goes on',
  async () => {
    const output = join(folder, 'runs/hindered/output');
    mkdirSync(join(folder, 'runs/hindered'), { recursive: true });
    writeFileSync(output, 'a file where a folder has to be');
    const retried: string[] = [];
    const failing = compute('hindered', {}, ({ name }) => retried.push(name));
    await rejects(failing, /hindered\/output\/.*cannot be written \(ENOTDIR\)|ENOTDIR/);
    // Two are tried at a time, and either may be the first at the end of its five attempts.
    const retries = (name: string) => retried.filter((other) => other === name).length;
    assert.is(Math.max(...retried.map(retries)), 4, retried.join(' '));
    rmSync(output);
    const { skipped } = await compute('hindered', {});
    assert.ok(skipped > 0);
    assert.equal(await outputOf('hindered'), await outputOf('whole'));
  },
);

local('what killed processes had begun to write, on any machine, is gone when a run has ended', async () => {
  const left = (where: string) => `runs/left/${where}.hw2-00000000-1-${'0'.repeat(12)}.tmp`;
  for (const where of ['output/', 'state/', '']) await store.write(left(where), 'begun');
  const run = ['cluster', 'run', 'attention', '--run', 'left', '--shards', 'shards', '--store', store.url];
  await succeed(run);
  const objects = await store.list('runs/left/');
  assert.equal(
    objects.filter((name) => name.startsWith('runs/left/output/')),
    cut(length, 64).map((_, shard) => `runs/left/output/${String(shard).padStart(6, '0')}.npy`),
  );
  assert.equal(objects.filter(isUnfinished), []);
});

local('what is removed leaves no empty folder', async () => {
  for (const name of ['gone/a/1', 'gone/a/2', 'gone/b/3']) await store.write(name, 'x');
  await store.remove('gone/a/1');
  assert.ok(existsSync(join(folder, 'gone/a')));
  await store.remove('gone/a/2');
  assert.not(existsSync(join(folder, 'gone/a')));
  await store.remove('gone/b/3');
  assert.not(existsSync(join(folder, 'gone')));
});

local('a folder that vanishes while a store is listed hides no other object', async () => {
  await store.write('listed/kept', 'x');
  let isDone = false;
  const churn = (async () => {
    for (let i = 0; i < 100; i++) {
      await store.write(`listed/${i}/deep/x`, 'x');
      await store.remove(`listed/${i}/deep/x`);
    }
    isDone = true;
  })();
  while (!isDone) assert.ok((await store.list('listed/')).includes('listed/kept'));
  await churn;
});

local('a name belongs to one run', async () => {
  await compute('mine', {});
  await rejects(compute('mine', { order: 1 }), /"mine" is another run/);
  for (const name of ['', '1', '-a', 'a/b', 'a:b', 'x'.repeat(65)])
    await rejects(compute(name, {}), /--run: given/);
});

local.run();
