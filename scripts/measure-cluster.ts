/**
 * Measures what `hw2 cluster` costs beside the work itself, and writes docs/benchmarks/cluster.json and the table of
 * docs/cluster.md between its markers: `npm run build && node build/scripts/measure-cluster.js`, some three minutes on a
 * quiet machine. Needs redis-server. The projection to many workers is a simulation with the times that were measured.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { attentionStages } from '#hw2/cluster/plan/attention.js';
import { openStore } from '#hw2/cluster/store/open-store.js';
import { flatten, type Stage, type TaskKind } from '#hw2/cluster/task.js';
import { median } from '#hw2/statistics/estimates.js';
import { isInstalled, RedisServer, startWorker, succeed, temporaryFolder } from '../test/cluster/servers.js';
import { refuse } from './given.js';

if (!isInstalled('redis-server'))
  refuse('', 'expected redis-server, which Debian has as `apt-get install redis-server`');

const ROUNDS = 3;
const store = temporaryFolder('measure');

interface ClusterRecord {
  machine: string;
  date: string;
  /** Milliseconds that a task takes in which next to nothing is computed: the growth of the time of a run with its tasks. */
  overheadMs: { local: number; redis: number };
  /** Seconds of the same run by one worker and by two, round by round. */
  scaling: { one: number[]; two: number[]; ratio: number };
  /** Bytes of states and means over bytes of inputs and outputs, D 64, shards of 2¹⁸ tokens. */
  bytesBeside: number;
  /** Median seconds of each kind of task, shards of 2¹⁸ tokens, D 64, order 2, one core. */
  taskSeconds: Partial<Record<TaskKind, number>>;
  projection: { tokens: number; workers: number; hours: number; busy: number };
}

async function seconds(run: string, queue?: string): Promise<number> {
  const more = queue === undefined ? ['--concurrency', '1'] : ['--queue', queue];
  const { stdout } = await succeed([
    ...['cluster', 'run', 'attention', '--store', store, '--shards', run.split('-')[0]!, '--run', run],
    ...['--no-mean-key', '--no-output', '--json', ...more],
  ]);
  return JSON.parse(stdout).seconds;
}

const shard = (name: string, L: number, size: number, D: number) =>
  succeed([
    ...['shard', '--random', '--store', store, '--name', name],
    ...['--L', `${L}`, '--shard', `${size}`, '--D', `${D}`],
  ]);

/** How the time of a run grows with each task, when a shard is one token. A run that is polled ends at a poll: median of rounds. */
async function overhead(queue?: string): Promise<number> {
  const where = queue ? 'redis' : 'local';
  const growth: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
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
  const first = await startWorker(queue);
  await seconds('large-warm', queue);
  for (let round = 0; round < ROUNDS; round++) {
    one.push(await seconds(`large-one-${round}`, queue));
    const second = await startWorker(queue);
    // Both are warm when they are compared: the first task of a process waits until it has started.
    await seconds(`few-warm-${round}`, queue);
    two.push(await seconds(`large-two-${round}`, queue));
    second.child.kill('SIGTERM');
    await second.finished;
  }
  first.child.kill('SIGTERM');
  await first.finished;
  return { one, two, ratio: median(one.map((time, round) => time / two[round]!)) };
}

/** One run with outputs on one core, with the time of every task; its files stay to be counted. */
async function times(): Promise<{ seconds: ClusterRecord['taskSeconds']; bytes: number }> {
  const { runLocally } = await import('#hw2/cluster/runners/local.js');
  const { beginRun, planOf } = await import('#hw2/cluster/run.js');
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

/** Simulates a run: whoever is free takes the next task that is ready, and a stage begins when the last one has ended. */
function simulate(
  stages: readonly Stage[],
  workers: number,
  secondsOf: (kind: TaskKind) => number,
): { seconds: number; busy: number } {
  let now = 0;
  let work = 0;
  for (const stage of stages) {
    const tasks = flatten(stage);
    const ends = new Map<string, number>();
    const free = new Array<number>(workers).fill(now);
    for (const { output, input, children } of tasks) {
      const ready = Math.max(now, ...children.map((child) => ends.get(child.output)!));
      let worker = 0;
      for (let i = 1; i < workers; i++) if (free[i]! < free[worker]!) worker = i;
      const end = Math.max(free[worker]!, ready) + secondsOf(input.kind);
      work += secondsOf(input.kind);
      free[worker] = end;
      ends.set(output, end);
    }
    now = Math.max(...ends.values());
  }
  return { seconds: now, busy: work / (now * workers) };
}

function table({
  overheadMs,
  scaling,
  bytesBeside,
  taskSeconds,
  projection,
  machine,
}: ClusterRecord): string {
  const rows = [
    [
      'a task in which next to nothing is computed, on this machine without a server',
      `${overheadMs.local.toFixed(1)} ms`,
    ],
    ['the same by Redis', `${overheadMs.redis.toFixed(1)} ms`],
    ['two workers over one, linear, D 64', `${scaling.ratio.toFixed(2)}×`],
    [
      'bytes of states and means over those of inputs and outputs, D 64',
      `${(100 * bytesBeside).toFixed(2)} %`,
    ],
    ...(Object.entries(taskSeconds) as [TaskKind, number][]).map(([kind, time]) => [
      `task \`${kind}\`, 2¹⁸ tokens, D 64, order 2, one core`,
      `${time.toPrecision(2)} s`,
    ]),
    [
      `simulated: ${projection.tokens.toExponential(0).replace('e+', '·10^')} tokens on ${projection.workers} workers`,
      `${projection.hours.toFixed(2)} h, ${Math.round(100 * projection.busy)} % busy`,
    ],
  ];
  return `| | |\n|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n\n${machine}; \`docs/benchmarks/cluster.json\`, by \`scripts/measure-cluster\`.\n`;
}

const redis = await RedisServer.start();
try {
  await shard('few', 100, 1, 8);
  await shard('many', 400, 1, 8);
  await shard('large', 24 * 2 ** 15, 2 ** 15, 64);
  await shard('times', 4 * 2 ** 18, 2 ** 18, 64);
  const local = await overhead();
  const worker = await startWorker(redis.url);
  const byRedis = await overhead(redis.url);
  worker.child.kill('SIGTERM');
  await worker.finished;
  const measured = await times();
  const tokens = 1e9;
  const workers = 64;
  const { seconds: total, busy } = simulate(
    plan(Math.ceil(tokens / 2 ** 18), false, true),
    workers,
    (kind) => (measured.seconds[kind] ?? 0) + byRedis / 1e3,
  );
  const record: ClusterRecord = {
    machine: `${cpus()[0]!.model}, ${cpus().length} cores, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    overheadMs: { local, redis: byRedis },
    scaling: await scaling(redis.url),
    bytesBeside: measured.bytes,
    taskSeconds: measured.seconds,
    projection: { tokens, workers, hours: total / 3600, busy },
  };
  writeFileSync('docs/benchmarks/cluster.json', `${JSON.stringify(record, null, 1)}\n`);
  const marked = /(<!-- cluster -->\n).*?(<!-- \/cluster -->)/s;
  const page = readFileSync('docs/cluster.md', 'utf8');
  writeFileSync(
    'docs/cluster.md',
    page.replace(marked, (_, begin, end) => `${begin}${table(record)}${end}`),
  );
  process.stdout.write(table(record));
} finally {
  await redis.stop();
  rmSync(store, { recursive: true, force: true });
}
