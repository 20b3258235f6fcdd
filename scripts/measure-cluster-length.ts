/**
 * Causal linear attention over 10⁸ tokens, D 32, order 2, by two workers of a Redis queue, and how much memory they take.
 * Writes docs/benchmarks/cluster-length.json and the table of docs/cluster.md between its markers: `npm run build &&
 * node build/scripts/measure-cluster-length.js`, about half an hour of two cores. Needs redis-server, and Linux, whose
 * /proc knows the largest memory that a process ever had. A smaller number of tokens can be given, for a trial; then
 * nothing is written.
 *
 * Inputs are drawn from a seed by the workers, and of outputs the checksums are kept: as files they would be 51 GB. To
 * see that they are right, the last shard is computed once more with its output, and rows of it are compared with sums
 * over all keys before them in float64.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { chooseTier, createEngine, enableTier } from 'hw2-engine';
import { planOf, readRun } from '#hw2/cluster/run.js';
import { readManifest } from '#hw2/cluster/shards/manifest.js';
import { readShard, sha256 } from '#hw2/cluster/shards/shards.js';
import { openStore } from '#hw2/cluster/store/open-store.js';
import type { Store } from '#hw2/cluster/store/store.js';
import type { TaskKind } from '#hw2/cluster/task.js';
import { flatten } from '#hw2/cluster/task.js';
import { runTask } from '#hw2/cluster/tasks/run-task.js';
import { parseNpy } from '#hw2/data/npy.js';
import { median } from '#hw2/statistics/estimates.js';
import {
  childrenOf,
  isInstalled,
  RedisServer,
  startWorker,
  succeed,
  temporaryFolder,
} from '../test/cluster/servers.js';
import { type LengthRecord, withTables } from './cluster/record.js';
import { argumentsOf, refuse } from './given.js';

const TOKENS = 1e8;
const D = 32;
const WORKERS = 2;

/** The largest resident memory of a process in MiB, and its processor time in seconds, so far. */
function usage(pid: number): { peak: number; seconds: number } {
  try {
    // A process that is ending has no memory any more.
    const [, peak = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    // After the name, which may hold spaces: user and system time are fields 14 and 15, in hundredths.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return { peak: Number(peak) / 1024, seconds: (Number(fields[11]) + Number(fields[12])) / 100 };
  } catch {
    // It has ended since it was listed.
    return { peak: 0, seconds: 0 };
  }
}

/** Looks at workers once a second until it is told to stop: processes may end, and their memory with them. */
function watch(workers: readonly number[]) {
  const peaks = new Map<number, number>();
  const seconds = new Map<number, number>();
  const look = () => {
    for (const worker of workers) {
      const all = [worker, ...childrenOf(worker)].map((pid) => ({ pid, ...usage(pid) }));
      peaks.set(worker, Math.max(peaks.get(worker) ?? 0, ...[all.reduce((sum, each) => sum + each.peak, 0)]));
      for (const each of all) if (each.seconds > 0) seconds.set(each.pid, each.seconds);
    }
  };
  const timer = setInterval(look, 1000);
  return () => {
    look();
    clearInterval(timer);
    return {
      workerMiB: Math.max(...peaks.values()),
      processorHours: [...seconds.values()].reduce((sum, each) => sum + each, 0) / 3600,
    };
  };
}

/** Seconds of tasks by kind, from the lines that workers print: `run-state-000001-000002: 3.20 s`. */
function secondsOf(said: string): Partial<Record<TaskKind, number>> {
  const found = new Map<TaskKind, number[]>();
  for (const [, name, range, seconds] of said.matchAll(
    /length-(state|causal)(-\d+-\d+)?[-\d]*: ([\d.]+) s/g,
  )) {
    const [first, end] = range ? range.slice(1).split('-').map(Number) : [];
    const kind = name === 'causal' ? 'causal' : end! - first! === 1 ? 'state' : 'merge';
    found.set(kind, [...(found.get(kind) ?? []), Number(seconds)]);
  }
  return Object.fromEntries([...found].map(([kind, all]) => [kind, median(all)]));
}

/** Some rows of the last shard, as the run computes them, against sums in float64 over all keys that they see. */
async function compare(store: Store): Promise<LengthRecord['float64']> {
  const manifest = await readManifest(store, 'shards');
  const last = manifest.shards.length - 1;
  const { first, tokens } = manifest.shards[last]!;
  const task = flatten((await planOf(store, await readRun(store, 'length'))).at(-1)!)[last]!;
  if (task.input.kind !== 'causal') throw new Error(`the last task is of kind ${task.input.kind}`);
  enableTier('relaxed');
  const engine = await createEngine({ tier: chooseTier(), threads: 1 });
  await runTask({ input: { ...task.input, keepOutput: true }, output: 'last.npy' }, { store, engine });
  await engine.dispose();
  const bytes = await store.read('last.npy');
  const { sha256: expected } = JSON.parse(new TextDecoder().decode(await store.read(task.output)));
  if (sha256(bytes) !== expected) throw new Error('the last shard has other bytes than in the run');
  const output = parseNpy(bytes, 'last.npy').data as Float32Array;

  const rows = [0, Math.floor(tokens / 2), tokens - 1];
  const { data: q } = await readShard(store, manifest, last, 'q');
  const weights = rows.map(() => 0);
  const sums = rows.map(() => new Float64Array(D));
  for (const [shard, part] of manifest.shards.entries()) {
    const { data: k } = await readShard(store, manifest, shard, 'k');
    const { data: v } = await readShard(store, manifest, shard, 'v');
    for (const [i, row] of rows.entries()) {
      const query = q.subarray(row * D, (row + 1) * D);
      const visible = Math.min(part.tokens, first + row + 1 - part.first);
      for (let key = 0; key < visible; key++) {
        let score = 0;
        for (let d = 0; d < D; d++) score += query[d]! * k[key * D + d]!;
        score /= Math.sqrt(D);
        const weight = 1 + score + (score * score) / 2;
        weights[i]! += weight;
        for (let d = 0; d < D; d++) sums[i]![d]! += weight * v[key * D + d]!;
      }
    }
  }
  let [difference, largest] = [0, 0];
  for (const [i, row] of rows.entries()) {
    for (let d = 0; d < D; d++) {
      const exact = sums[i]![d]! / weights[i]!;
      largest = Math.max(largest, Math.abs(exact));
      difference = Math.max(difference, Math.abs(output[row * D + d]! - exact));
    }
  }
  return { rows: rows.map((row) => first + row), difference, largest };
}

const [given = String(TOKENS)] = argumentsOf('[TOKENS]').words;
const tokens = Number(given);
if (!Number.isSafeInteger(tokens) || tokens < 1)
  refuse('[TOKENS]', `TOKENS: ${given}, expected a whole number`);
if (!isInstalled('redis-server'))
  refuse('[TOKENS]', 'expected redis-server, which Debian has as `apt-get install redis-server`');
const folder = temporaryFolder('length');
const redis = await RedisServer.start();
const workers = await Promise.all(Array.from({ length: WORKERS }, () => startWorker(redis.url)));
try {
  await succeed(['shard', '--random', '--store', folder, '--L', `${tokens}`, '--D', `${D}`]);
  const stop = watch(workers.map(({ child }) => child.pid!));
  const { stdout } = await succeed([
    ...['cluster', 'run', 'attention', '--causal', '--order', '2', '--no-output', '--json'],
    ...['--store', folder, '--run', 'length', '--queue', redis.url],
  ]);
  const measured = stop();
  const { seconds, tasks } = JSON.parse(stdout);
  const record: LengthRecord = {
    machine: `${cpus()[0]!.model}, ${cpus().length} cores, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    ...{ tokens, headDim: D, order: 2, workers: WORKERS, tasks, hours: seconds / 3600 },
    ...measured,
    taskSeconds: secondsOf(workers.map((worker) => worker.said()).join('')),
    float64: await compare(await openStore(folder)),
  };
  process.stdout.write(`${JSON.stringify(record, null, 1)}\n`);
  if (tokens === TOKENS) {
    writeFileSync('docs/benchmarks/cluster-length.json', `${JSON.stringify(record, null, 1)}\n`);
    writeFileSync('docs/cluster.md', withTables(readFileSync('docs/cluster.md', 'utf8'), { length: record }));
  }
} finally {
  for (const { child } of workers) child.kill('SIGTERM');
  await Promise.all(workers.map(({ finished }) => finished));
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}
