/**
 * Runs on a queue, with what dies in the middle of tasks. Every output is compared byte for byte with that of the same
 * run on one machine without a server. Needs redis-server; `npm run test:cluster` runs it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBackend } from '#hw2/cluster/runners/bullmq/backend.js';
import { LIVENESS, TASKS } from '#hw2/cluster/runners/bullmq/queues.js';
import {
  childrenOf,
  holdTask,
  hw2,
  outputsInWork,
  outputsOf,
  RedisServer,
  secondsUntil,
  start,
  startWorker,
  succeed,
  temporaryFolder,
  until,
} from './servers.js';

const queue = suite('runs on a queue');
const store = temporaryFolder('cluster');
let redis: RedisServer;
/** What the run gives on one machine. */
let expected: Record<string, string>;
/** Tasks of about half a second each. */
const SHARDS = ['--L', '400000', '--D', '32', '--shard', '25000', '--store', store];
const run = (name: string, ...more: string[]) => [
  ...['cluster', 'run', 'attention', '--store', store, '--causal', '--run', name],
  ...more,
];

queue.before(async () => {
  redis = await RedisServer.start();
  await succeed(['shard', '--random', ...SHARDS]);
  await succeed(run('local', '--concurrency', '2'));
  expected = outputsOf(store, 'local');
  assert.is(Object.keys(expected).length, 16);
});

queue.after(async () => {
  await redis.stop();
  rmSync(store, { recursive: true, force: true });
});

type Worker = Awaited<ReturnType<typeof startWorker>>;

/** Lets a run go on among workers while `fault` happens to them, and looks at what it left. */
async function under(
  name: string,
  fault: (workers: Worker[], over: () => boolean) => Promise<void>,
  count = 2,
): Promise<void> {
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(redis.url)));
  const submitted = start(run(name, '--queue', redis.url, '--json'));
  let over = false;
  submitted.finished.then(() => {
    over = true;
  });
  try {
    // From here on something dies in the middle of the run.
    await until(
      () => existsSync(join(store, 'runs', name, 'state')),
      60_000,
      () => `not begun: ${submitted.said()}`,
    );
    await fault(workers, () => over);
    const { code, stderr } = await submitted.finished;
    assert.is(code, 0, stderr);
    assert.equal(outputsOf(store, name), expected);
    const { stdout } = await succeed(['cluster', 'status', '--queue', redis.url, '--json']);
    const { runs, waiting, active } = JSON.parse(stdout);
    assert.equal({ runs, waiting, active }, { runs: [], waiting: 0, active: 0 });
  } finally {
    for (const { child } of workers) child.kill('SIGKILL');
  }
}

for (const count of [1, 2, 4])
  queue(`${count} workers, without a fault`, () => under(`calm-${count}`, async () => {}, count));

queue('the task of a worker that is killed is done again within its lock and two looks for silence', () =>
  under(
    'again',
    async (workers) => {
      const [{ child }] = workers as [Worker];
      const { output } = await holdTask(redis.url, store, child);
      workers.push(await startWorker(redis.url));
      // Not the worker alone: its computing process would end what it has begun.
      const processes = [child.pid!, ...childrenOf(child.pid!)];
      for (const pid of processes) process.kill(pid, 'SIGKILL');
      // And a second for the task itself.
      await secondsUntil([output], (LIVENESS.lockDuration + 2 * LIVENESS.stalledInterval) / 1e3 + 1);
    },
    1,
  ),
);

queue('the task of a computing process that is killed is done again at once', () =>
  under(
    'at-once',
    async (workers) => {
      const [{ child, said }] = workers as [Worker];
      const { output } = await holdTask(redis.url, store, child);
      for (const pid of childrenOf(child.pid!)) process.kill(pid, 'SIGKILL');
      // The worker gives it back itself, for another attempt after a pause of 0.2 s: no lock has to lapse.
      await secondsUntil([output], 60);
      assert.match(said(), /at-once-\S+: a computing process ended with SIGKILL/);
    },
    1,
  ),
);

queue('a worker is killed in the middle of a task', () =>
  under('worker', async (workers, over) => {
    for (let kill = 0; kill < 3 && !over(); kill++) {
      await sleep(1500);
      const at = kill % 2;
      const orphans = childrenOf(workers[at]!.child.pid!);
      workers[at]!.child.kill('SIGKILL');
      workers[at] = await startWorker(redis.url);
      await until(
        () => orphans.every((pid) => !isAlive(pid)),
        60_000,
        () => 'a computing process outlived its worker',
      );
    }
  }),
);

for (const count of [2, 4])
  queue(`computing processes of ${count} workers are killed in the middle of tasks`, () =>
    under(
      `process-${count}`,
      async (workers, over) => {
        // A task has five attempts: of four kills no task can lose them all, however they fall.
        for (let kill = 0; kill < 4 && !over(); kill++) {
          await sleep(500);
          for (const pid of childrenOf(workers[kill % count]!.child.pid!)) process.kill(pid, 'SIGKILL');
        }
      },
      count,
    ),
  );

queue('the server is killed and comes back', () =>
  under('server', async (_workers, over) => {
    for (let kill = 0; kill < 2 && !over(); kill++) {
      await sleep(1500);
      await redis.kill();
      await sleep(1500);
      await redis.run();
    }
  }),
);

queue('the server is killed and comes back without its data', () =>
  under('forgotten', async () => {
    await sleep(1500);
    await redis.lose();
    await redis.run();
  }),
);

queue('a worker sleeps for longer than its lock, and wakes up again', () =>
  under('asleep', async (workers) => {
    await sleep(1000);
    workers[0]!.child.kill('SIGSTOP');
    await sleep(17_000);
    workers[0]!.child.kill('SIGCONT');
  }),
);

queue('two runs at once, for one of which two commands wait', async () => {
  const workers = [await startWorker(redis.url), await startWorker(redis.url)];
  try {
    const names = ['first', 'second'];
    await Promise.all([...names, 'first'].map((name) => succeed(run(name, '--queue', redis.url))));
    for (const name of names) assert.equal(outputsOf(store, name), expected);
  } finally {
    for (const { child } of workers) child.kill('SIGKILL');
  }
});

queue('a state that is damaged fails the run by name; without it, the run goes on', async () => {
  const worker = await startWorker(redis.url);
  try {
    await succeed(run('damaged', '--queue', redis.url));
    const folder = join(store, 'runs', 'damaged');
    const [name] = readdirSync(join(folder, 'state')).sort();
    const path = join(folder, 'state', name!);
    const bytes = readFileSync(path);
    bytes[100]! ^= 1;
    writeFileSync(path, bytes);
    rmSync(join(folder, 'output'), { recursive: true });
    const { code, stderr } = await hw2(...run('damaged', '--queue', redis.url));
    assert.is(code, 1);
    assert.match(stderr, name!);
    assert.match(stderr, 'damaged');
    rmSync(path);
    await succeed(run('damaged', '--queue', redis.url));
    assert.equal(outputsOf(store, 'damaged'), expected);
  } finally {
    worker.child.kill('SIGKILL');
  }
});

/** A file where a run has to make a folder: every attempt to write an output fails, and nothing is damaged. */
function hinder(run: string): () => void {
  const folder = join(store, 'runs', run);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'output'), '');
  return () => rmSync(join(folder, 'output'));
}

queue(
  'a task that fails at all of its attempts fails the run by name; without the cause, the run goes on',
  async () => {
    const worker = await startWorker(redis.url);
    try {
      const unhinder = hinder('hindered');
      const { code, stderr } = await hw2(...run('hindered', '--queue', redis.url));
      assert.is(code, 1);
      assert.match(stderr, /^error: run hindered: causal-0000\d\d: .*ENOTDIR/m);
      const attempts = worker.said().match(/hindered-causal-000000: .*ENOTDIR/g) ?? [];
      assert.ok(attempts.length >= 2, worker.said());
      unhinder();
      await succeed(run('hindered', '--queue', redis.url));
      assert.equal(outputsOf(store, 'hindered'), expected);
    } finally {
      worker.child.kill('SIGKILL');
    }
  },
);

queue('a measurement that fails, in the queue of its own, says why', async () => {
  const worker = await startWorker(redis.url, {}, '--bench');
  try {
    hinder('measured');
    const bench = ['cluster', 'run', 'bench', '--peers', 'none', '--store', store, '--run', 'measured'];
    const { code, stderr } = await hw2(...bench, '--queue', redis.url);
    assert.is(code, 1);
    assert.match(stderr, /^error: run measured: bench-00\d\d\d\d: .*ENOTDIR/m);
  } finally {
    worker.child.kill('SIGKILL');
  }
});

queue('runs of one name in two stores do not meet', async () => {
  const other = temporaryFolder('other');
  const inOther = ['cluster', 'run', 'attention', '--store', other, '--queue', redis.url, '--run', 'shared'];
  const cancel = ['cluster', 'cancel', 'shared', '--queue', redis.url];
  await succeed(['shard', '--random', '--L', '300', '--D', '8', '--shard', '100', '--store', other]);
  const submitted = [start(run('shared', '--queue', redis.url)), start(inOther)];
  try {
    const stores = async () => {
      const { stdout } = await succeed(['cluster', 'status', '--queue', redis.url, '--json']);
      return JSON.parse(stdout).runs.map((each: { store: string }) => each.store);
    };
    await until(
      async () => (await stores()).length === 2,
      60_000,
      () => submitted.map((each) => each.said()).join(''),
    );
    const { code, stderr } = await hw2(...cancel);
    assert.is(code, 2);
    assert.match(stderr, '--store');
    const worker = await startWorker(redis.url);
    await Promise.all(submitted.map(({ finished }) => finished));
    worker.child.kill('SIGKILL');
    assert.equal(outputsOf(store, 'shared'), expected);
    await succeed(['cluster', 'run', 'attention', '--store', other, '--run', 'local']);
    assert.equal(outputsOf(other, 'shared'), outputsOf(other, 'local'));
  } finally {
    for (const { child } of submitted) child.kill('SIGKILL');
    rmSync(other, { recursive: true, force: true });
  }
});

queue('a run that is cancelled ends, with its task in work and the command that waits for it', async () => {
  const worker = await startWorker(redis.url);
  try {
    const submitted = start(run('cancelled', '--queue', redis.url));
    const { release } = await holdTask(redis.url, store, worker.child);
    await succeed(['cluster', 'cancel', 'cancelled', '--queue', redis.url]);
    const { code, stderr } = await submitted.finished;
    release();
    assert.is(code, 1);
    assert.match(stderr, /^error: run cancelled: taken out of the queue; the same command goes on with it$/m);
    assert.not(existsSync(join(store, 'runs', 'cancelled', 'output')));
    const { stdout } = await succeed(['cluster', 'status', '--queue', redis.url, '--json']);
    const { runs, waiting, active } = JSON.parse(stdout);
    assert.equal({ runs, waiting, active }, { runs: [], waiting: 0, active: 0 });
    await succeed(run('cancelled', '--queue', redis.url));
    assert.equal(outputsOf(store, 'cancelled'), expected);
  } finally {
    worker.child.kill('SIGKILL');
  }
});

queue('a run that is interrupted leaves a run that goes on', async () => {
  const worker = await startWorker(redis.url);
  try {
    const first = start(run('interrupted', '--queue', redis.url));
    await until(
      () => existsSync(join(store, 'runs', 'interrupted', 'state')),
      60_000,
      () => `not begun: ${first.said()}`,
    );
    first.child.kill('SIGINT');
    const { code, stderr } = await first.finished;
    assert.is(code, null);
    assert.match(stderr, 'interrupted');
    await succeed(run('interrupted', '--queue', redis.url));
    assert.equal(outputsOf(store, 'interrupted'), expected);
  } finally {
    worker.child.kill('SIGKILL');
  }
});

queue(
  'a worker that has nothing to do ends when asked to, and gives its tasks back when told to',
  async () => {
    const idle = await hw2('cluster', 'worker', '--queue', redis.url, '--idle-exit', '1');
    assert.is(idle.code, 0, idle.stderr);
    const worker = await startWorker(redis.url);
    const submitted = start(run('given-back', '--queue', redis.url));
    const { release } = await holdTask(redis.url, store, worker.child);
    worker.child.kill('SIGTERM');
    await until(
      () => worker.said().includes('given back'),
      60_000,
      () => worker.said(),
    );
    release();
    const { code, stderr } = await worker.finished;
    assert.is(code, 0);
    assert.match(stderr, 'ends; 1 task given back');
    // That was no attempt of the five that a task has.
    const { Queue, connection } = await openBackend(redis.url);
    const tasks = new Queue(TASKS, { connection });
    const waiting = await tasks.getJobs(['waiting', 'delayed']);
    await tasks.close();
    assert.ok(waiting.length > 0);
    for (const { name, attemptsMade } of waiting) assert.is(attemptsMade, 0, name);
    const other = await startWorker(redis.url);
    assert.is((await submitted.finished).code, 0);
    other.child.kill('SIGKILL');
    assert.equal(outputsOf(store, 'given-back'), expected);
  },
);

queue('a worker that is told to stop while the server is away ends, and says so', async () => {
  const worker = await startWorker(redis.url);
  const submitted = start(run('left', '--queue', redis.url));
  await outputsInWork(redis.url, store, 1);
  await redis.kill();
  worker.child.kill('SIGTERM');
  // Without a limit of its own it would wait for as long as the server is away.
  const ended = await Promise.race([worker.finished, sleep(60_000, undefined, { ref: false })]);
  worker.child.kill('SIGKILL');
  await redis.run();
  assert.is(ended?.code, 0, worker.said());
  assert.match(ended!.stderr, 'does not answer; a task in flight is done again when its lock has lapsed');
  const other = await startWorker(redis.url);
  assert.is((await submitted.finished).code, 0);
  other.child.kill('SIGKILL');
  assert.equal(outputsOf(store, 'left'), expected);
});

queue('no server', async () => {
  const nowhere = ['--queue', 'redis://127.0.0.1:1'];
  for (const command of [
    run('nowhere', ...nowhere),
    ['cluster', 'status', ...nowhere],
    ['cluster', 'cancel', 'nowhere', ...nowhere],
  ]) {
    const { code, stderr } = await hw2(...command);
    assert.is(code, 1);
    assert.match(stderr, 'redis://127.0.0.1:1 cannot be reached (connect ECONNREFUSED');
  }
  for (const [url, status, message] of [
    ['postgres://me:secret@127.0.0.1:1/x', 1, 'postgres://me:***@127.0.0.1:1/x cannot be reached'],
    ['http://me:secret@host', 2, '--queue: given "http://me:***@host/", expected redis://'],
    ['redis://:p@:x', 2, '--queue: given "redis://:p@:x", expected redis://'],
  ] as const) {
    const { code, stderr } = await hw2('cluster', 'status', '--queue', url);
    assert.is(code, status);
    assert.match(stderr, message);
  }
});

function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

queue.run();
