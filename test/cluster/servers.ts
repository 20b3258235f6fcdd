/** Servers, workers and commands for tests of the cluster, in folders and processes of their own. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { openBackend } from '#hw2/cluster/runners/bullmq/backend.js';
import { TASKS, type TaskData } from '#hw2/cluster/runners/bullmq/queues.js';
import { sha256 } from '#hw2/cluster/shards/shards.js';
import { MAIN } from '../cli/run.js';

export const temporaryFolder = (name: string) => mkdtempSync(join(tmpdir(), `hw2-${name}-`));

export function isInstalled(command: string): boolean {
  return spawnSync('which', [command]).status === 0;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command in the background: `finished` settles with what it said. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const finished = once(child, 'close').then(([code]): Finished => ({ code, stdout, stderr }));
  return { child, finished, said: () => stderr };
}

export function hw2(...args: string[]): Promise<Finished> {
  return start(args).finished;
}

/** Runs a command that has to succeed. */
export async function succeed(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const finished = await start(args, env).finished;
  assert.is(finished.code, 0, `hw2 ${args.join(' ')}\n${finished.stderr}`);
  return finished;
}

/** A worker that takes tasks already. */
export async function startWorker(queue: string, env: NodeJS.ProcessEnv = {}, ...more: string[]) {
  const worker = start(['cluster', 'worker', '--queue', queue, ...more], env);
  await until(
    () => worker.said().includes('ready'),
    60_000,
    () => `no worker: ${worker.said()}`,
  );
  return worker;
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  ms: number,
  reason: () => string,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    assert.ok(Date.now() < end, reason());
    await sleep(20);
  }
}

/** Files of a certificate, which vouches for itself, and of its key. */
export interface Certificate {
  certificate: string;
  key: string;
}

/** A Redis server, set as docs/cluster.md asks for, that may be killed and started again; with a certificate, by TLS alone. */
export class RedisServer {
  readonly url: string;
  readonly #folder = temporaryFolder('redis');
  readonly #port: number;
  readonly #tls: Certificate | undefined;
  #child: ChildProcess | undefined;

  private constructor(port: number, tls: Certificate | undefined) {
    this.#port = port;
    this.#tls = tls;
    this.url = `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`;
  }

  static async start(tls?: Certificate): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), tls);
    await server.run();
    return server;
  }

  async run(): Promise<void> {
    const port = `${this.#port}`;
    const secured = this.#tls && [
      ...['--port', '0', '--tls-port', port, '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', this.#tls.certificate, '--tls-key-file', this.#tls.key],
      ...['--tls-ca-cert-file', this.#tls.certificate],
    ];
    const trusting = this.#tls ? ['--tls', '--cacert', this.#tls.certificate] : [];
    this.#child = spawn('redis-server', [
      ...(secured ?? ['--port', port]),
      ...['--bind', '127.0.0.1', '--dir', this.#folder],
      ...['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'],
    ]);
    await until(
      () =>
        spawnSync('redis-cli', ['-p', port, ...trusting, 'ping'])
          .stdout?.toString()
          .trim() === 'PONG',
      60_000,
      () => 'redis-server does not answer',
    );
  }

  async kill(): Promise<void> {
    const ended = once(this.#child!, 'exit');
    this.#child!.kill('SIGKILL');
    await ended;
  }

  /** Kills it, and takes away what it had on disk. */
  async lose(): Promise<void> {
    await this.kill();
    rmSync(join(this.#folder, 'appendonlydir'), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const POSTGRES = '/usr/lib/postgresql';

/** Where PostgreSQL's programs lie, as Debian installs them. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(POSTGRES)) return undefined;
  const version = readdirSync(POSTGRES).sort().at(-1);
  return version && join(POSTGRES, version, 'bin');
}

/** A PostgreSQL server of its own, which refuses to run as root. */
export async function startPostgres(programs: string): Promise<{ url: string; stop: () => void }> {
  const folder = temporaryFolder('postgres');
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  const as = (...command: string[]) =>
    isRoot
      ? (['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...command] as const)
      : command;
  if (isRoot) execFileSync('chown', ['postgres', folder]);
  const run = (...command: string[]) => {
    const [program, ...args] = as(...command);
    execFileSync(program!, args, { stdio: 'ignore' });
  };
  run(join(programs, 'initdb'), '-D', join(folder, 'data'), '-A', 'trust', '-U', 'hw2');
  const control = [join(programs, 'pg_ctl'), '-D', join(folder, 'data')];
  const options = `-p ${port} -h 127.0.0.1 -k ${folder}`;
  run(...control, '-w', '-l', join(folder, 'log'), '-o', options, 'start');
  return {
    url: `postgres://hw2@127.0.0.1:${port}/postgres`,
    stop: () => {
      run(...control, '-m', 'immediate', 'stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Outputs of the tasks that workers compute just now, as paths, when there are so many. */
export async function outputsInWork(queue: string, store: string, tasks: number): Promise<string[]> {
  const { Queue, connection } = await openBackend(queue);
  const computed = new Queue<TaskData>(TASKS, { connection });
  let active: { data: TaskData }[] = [];
  await until(
    async () => {
      active = await computed.getActive();
      return active.length === tasks;
    },
    60_000,
    () => `${active.length} tasks are computed, expected ${tasks}`,
  );
  await computed.close();
  return active.map(({ data }) => join(store, data.output));
}

/** A task in whose middle its computing process stands still. */
export interface HeldTask {
  output: string;
  /** Lets the process go on. */
  release: () => void;
}

/** Stops the computing process of the only worker in the middle of a task, which so stays in work however fast this machine is. */
export async function holdTask(queue: string, store: string, { pid }: ChildProcess): Promise<HeldTask> {
  let output = '';
  const tell = (signal: NodeJS.Signals) => {
    for (const child of childrenOf(pid!)) process.kill(child, signal);
  };
  await until(
    async () => {
      await outputsInWork(queue, store, 1);
      tell('SIGSTOP');
      // It may have been stopped before it was there, or between its output and its answer.
      [output] = (await outputsInWork(queue, store, 1)) as [string];
      const isHeld = childrenOf(pid!).length > 0 && !existsSync(output);
      if (!isHeld) tell('SIGCONT');
      return isHeld;
    },
    60_000,
    () => 'no task could be held',
  );
  return { output, release: () => tell('SIGCONT') };
}

/** Seconds until files are there. */
export async function secondsUntil(files: readonly string[], limit: number): Promise<number> {
  const start = performance.now();
  const missing = () => files.filter((file) => !existsSync(file));
  await until(
    () => missing().length === 0,
    1e3 * limit,
    () => `after ${limit} s there is no ${missing().join(', ')}`,
  );
  return (performance.now() - start) / 1e3;
}

/** Processes that a process has started. */
export function childrenOf(pid: number): number[] {
  const found = spawnSync('pgrep', ['-P', String(pid)]).stdout.toString();
  return found.split('\n').filter(Boolean).map(Number);
}

/** Checksums of the outputs of a run, by name, and of whatever else lies there. */
export function outputsOf(store: string, run: string): Record<string, string> {
  const folder = join(store, 'runs', run, 'output');
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, sha256(readFileSync(join(folder, name)))]),
  );
}

export function mountSmallDisk(folder: string, bytes: number): () => void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  return () => execFileSync('umount', [folder]);
}

export const enlargeDisk = (folder: string, bytes: number) =>
  execFileSync('mount', ['-o', `remount,size=${bytes}`, folder]);
