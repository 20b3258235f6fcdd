/**
 * Measures what `hw2 cluster` costs beside the work itself, and writes docs/benchmarks/cluster.json and the table of
 * docs/cluster.md between its markers: `npm run build && node build/scripts/measure-cluster.js`, some thirteen minutes on
 * a quiet machine. Needs redis-server. With names of parts (overhead, scaling, recovery, distance, times) only these are measured
 * anew. The projection to many workers is a simulation with the times that were measured.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { attentionStages } from '#hw2/cluster/plan/attention.js';
import { Processes } from '#hw2/cluster/processes.js';
import { beginRun, planOf } from '#hw2/cluster/run.js';
import { runLocally } from '#hw2/cluster/runners/local.js';
import { openStore } from '#hw2/cluster/store/open-store.js';
import { flatten, type TaskKind } from '#hw2/cluster/task.js';
import { median } from '#hw2/statistics/estimates.js';
import {
  childrenOf,
  isInstalled,
  outputsInWork,
  RedisServer,
  secondsUntil,
  start,
  startWorker,
  succeed,
  temporaryFolder,
} from '../test/cluster/servers.js';
import { distance } from './cluster/distance.js';
import { type ClusterRecord, withTables } from './cluster/record.js';
import { simulate } from './cluster/simulate.js';
import { argumentsOf, refuse } from './given.js';

if (!isInstalled('redis-server'))
  refuse('[PART…]', 'expected redis-server, which Debian has as `apt-get install redis-server`');

/** Of runs of one to two minutes, in which what a run takes to begin and to end is less than a hundredth. */
const SCALING_ROUNDS = 3;
const OVERHEAD_ROUNDS = 5;
const DISTANCE_SEEDS = 7;
const store = temporaryFolder('measure');

async function seconds(run: string, queue?: string): Promise<number> {
  const more = queue === undefined ? ['--concurrency', '1'] : ['--queue', queue];
  const { stdout } = await succeed([
    ...['cluster', 'run', 'attention', '--store', store, '--shards', run.split('-')[0]!, '--run', run],
    ...['--no-mean-key', '--no-output', '--json', ...more],
  ]);
  return JSON.parse(stdout).seconds;
}

const shard = (name: string, L: number, size: number, D: number, seed = 1) =>
  succeed([
    ...['shard', '--random', '--store', store, '--name', name, '--seed', `${seed}`],
    ...['--L', `${L}`, '--shard', `${size}`, '--D', `${D}`],
  ]);

/** How the time of a run grows with each task, when a shard is one token. */
async function overhead(queue?: string): Promise<number> {
  const where = queue ? 'redis' : 'local';
  const growth: number[] = [];
  // The computing process of a worker starts with its first task.
  if (queue) await seconds('few-warm', queue);
  for (let round = 0; round < OVERHEAD_ROUNDS; round++) {
    const few = await seconds(`few-${where}-${round}`, queue);
    growth.push((await seconds(`many-${where}-${round}`, queue)) - few);
  }
  return (1e3 * median(growth)) / (tasksOf(400) - tasksOf(100));
}

const plan = (count: number, isCausal = false, subtractMeanKey = false) =>
  attentionStages(
    {
      ...{ method: 'taylor', order: 2, isCausal, subtractMeanKey },
      ...{ shards: 's', keepOutput: true, keyShards: 1 },
    },
    new Array(count).fill(2 ** 18),
    'r',
  );
const tasksOf = (count: number) => plan(count).flatMap(flatten).length;

async function scaling(queue: string): Promise<ClusterRecord['scaling']> {
  const one: number[] = [];
  const two: number[] = [];
  const apart: { one: number[]; two: number[] } = { one: [], two: [] };
  const processes = new Processes();
  await alone(processes, 'warm', 2);
  const first = await startWorker(queue);
  await seconds('large-warm', queue);
  for (let round = 0; round < SCALING_ROUNDS; round++) {
    one.push(await seconds(`large-one-${round}`, queue));
    const second = await startWorker(queue);
    // Both are warm when they are compared: a process starts, and its kernels are made faster, in its first tasks.
    await seconds(`some-warm-${round}`, queue);
    two.push(await seconds(`large-two-${round}`, queue));
    second.child.kill('SIGTERM');
    await second.finished;
    apart.one.push(await alone(processes, `one-${round}`, 1));
    apart.two.push(await alone(processes, `two-${round}`, 2));
  }
  processes.close();
  first.child.kill('SIGTERM');
  await first.finished;
  const ratio = median(one.map((time, round) => time / two[round]!));
  return {
    ...{ one, two, ratio },
    apart: { ...apart, ratio: median(apart.one.map((time, round) => (2 * time) / apart.two[round]!)) },
  };
}

/** Seconds in which each of so many processes computes eight states, without a queue: what the machine allows. */
async function alone(processes: Processes, name: string, count: number): Promise<number> {
  const begin = performance.now();
  const lane = async (lane: number) => {
    for (let i = 0; i < 8; i++) {
      const input = {
        kind: 'state',
        shards: 'large',
        shard: 8 * lane + i,
        order: 2,
        isCausal: false,
      } as const;
      await processes.run({ store, task: { input, output: `alone/${name}/${lane}-${i}.hw2s` } });
    }
  };
  await Promise.all(Array.from({ length: count }, (_, i) => lane(i)));
  return (performance.now() - begin) / 1e3;
}

/** A worker, and then a computing process, is killed in the middle of a task, and another one does it again. */
async function recovery(queue: string): Promise<ClusterRecord['recovery']> {
  const killed = async (run: string, victim: (worker: number) => number): Promise<number> => {
    const workers = [await startWorker(queue), await startWorker(queue)];
    const attention = ['cluster', 'run', 'attention', '--store', store, '--shards', 'middle', '--run', run];
    const submitted = start([...attention, '--no-output', '--queue', queue]);
    const outputs = await outputsInWork(queue, store, 2);
    process.kill(victim(workers[0]!.child.pid!), 'SIGKILL');
    const passed = await secondsUntil(outputs, 60);
    await submitted.finished;
    for (const { child } of workers) child.kill('SIGKILL');
    return passed;
  };
  return {
    worker: await killed('killed-worker', (worker) => worker),
    process: await killed('killed-process', (worker) => childrenOf(worker)[0]!),
  };
}

/** One run with outputs on one core, with the time of every task; its files stay to be counted. */
async function times(): Promise<{ seconds: ClusterRecord['taskSeconds']; bytes: number }> {
  const place = await openStore(store);
  const run = await beginRun(place, 'times', {
    ...{ kind: 'attention', method: 'taylor', order: 2, isCausal: false, subtractMeanKey: true },
    ...{ shards: 'times', keepOutput: true, keyShards: 1 },
  });
  const found = new Map<TaskKind, number[]>();
  await runLocally(await planOf(place, run), {
    store: place.url,
    concurrency: 1,
    onTask: ({ input }, report) => found.set(input.kind, [...(found.get(input.kind) ?? []), report.seconds]),
  });
  const names = await place.list('runs/times/');
  const size = (wanted: (name: string) => boolean) =>
    names.filter(wanted).reduce((sum, name) => sum + statSync(join(store, name)).size, 0);
  const outputs = size((name) => name.includes('/output/'));
  const beside = size((name) => !name.includes('/output/'));
  // Inputs are drawn from a seed here; as files, q, k and v have three times the size of the output.
  return {
    seconds: Object.fromEntries([...found].map(([kind, all]) => [kind, median(all)])),
    bytes: beside / (4 * outputs),
  };
}

/** Times of tasks, and a run of many workers that is simulated with them. */
async function projected(redisMs: number) {
  const { seconds: taskSeconds, bytes: bytesBeside } = await times();
  const [tokens, workers] = [1e9, 64];
  const { seconds: total, busy } = simulate(
    plan(Math.ceil(tokens / 2 ** 18), false, true),
    workers,
    (kind) => (taskSeconds[kind] ?? 0) + redisMs / 1e3,
  );
  return { taskSeconds, bytesBeside, projection: { tokens, workers, hours: total / 3600, busy } };
}

const RECORD = 'docs/benchmarks/cluster.json';
const PAGE = 'docs/cluster.md';
const PARTS = ['overhead', 'scaling', 'recovery', 'distance', 'times'] as const;
const { words: asked } = argumentsOf('[PART…]');
const unknown = asked.find((name) => !PARTS.some((part) => part === name));
if (unknown) refuse('[PART…]', `PART: ${unknown}, expected ${PARTS.join(', ')}`);
const wants = (part: (typeof PARTS)[number]) => asked.length === 0 || asked.includes(part);

const record: ClusterRecord = JSON.parse(readFileSync(RECORD, 'utf8'));
const redis = await RedisServer.start();
try {
  await shard('few', 100, 1, 8);
  await shard('many', 400, 1, 8);
  await shard('large', 128 * 2 ** 16, 2 ** 16, 64);
  await shard('middle', 40 * 2 ** 15, 2 ** 15, 64);
  await shard('some', 4 * 2 ** 16, 2 ** 16, 64);
  await shard('times', 4 * 2 ** 18, 2 ** 18, 64);
  if (wants('overhead')) {
    const local = await overhead();
    const worker = await startWorker(redis.url);
    record.overheadMs = { local, redis: await overhead(redis.url) };
    worker.child.kill('SIGTERM');
    await worker.finished;
  }
  if (wants('scaling')) record.scaling = await scaling(redis.url);
  if (wants('recovery')) record.recovery = await recovery(redis.url);
  if (wants('distance')) {
    const place = await openStore(store);
    record.distance = { dense: [], causal: [] };
    for (let seed = 1; seed <= DISTANCE_SEEDS; seed++) {
      await shard(`distance-${seed}`, 8 * 2 ** 13, 2 ** 13, 64, seed);
      record.distance.dense.push(await distance(place, `distance-${seed}`, false));
      record.distance.causal.push(await distance(place, `distance-${seed}`, true));
    }
  }
  if (wants('times')) Object.assign(record, await projected(record.overheadMs.redis));
  record.machine = `${cpus()[0]!.model}, ${cpus().length} cores, Node ${process.versions.node}`;
  record.date = new Date().toISOString().slice(0, 10);
  writeFileSync(RECORD, `${JSON.stringify(record, null, 1)}\n`);
  writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8'), { cluster: record }));
  process.stdout.write(`${JSON.stringify(record, null, 1)}\n`);
} finally {
  await redis.stop();
  rmSync(store, { recursive: true, force: true });
}
