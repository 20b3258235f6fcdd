import { setTimeout as sleep } from 'node:timers/promises';
import type { JobType, Queue } from 'bullmq';
import { DataError } from '../../../data/error.js';
import { folderOf } from '../../run.js';
import { openBackend } from './backend.js';
import { BENCH, keyOf, RUNS, type RunData, TASKS, type TaskData } from './queues.js';

export interface SubmitOptions {
  queue: string;
  /** Where the run lies, and its name there. */
  store: string;
  run: string;
  onProgress?: (progress: QueueProgress) => void;
}

export interface QueueProgress {
  /** Stages that have ended. */
  stage: number;
  /** Tasks of all runs in the queue. */
  waiting: number;
  active: number;
  workers: number;
}

/**
 * How often the state of a run is asked for: each time it is older by this share, so that its end is seen late by no more
 * than that, and a run of hours costs its server little.
 */
const POLL_SHARE = 0.01;
const SHORTEST_POLL_MS = 20;
const LONGEST_POLL_MS = 200;
/** Progress is for people, and takes seven questions; no more often than so, in milliseconds. */
const PROGRESS_MS = 500;
/** Long enough for workers to notice that the jobs of a run are to be taken back. */
const REMOVE_PAUSE_MS = 200;
const REMOVE_ATTEMPTS = 150;

/**
 * Submits a run, or goes on with it, and waits for its end. The state is asked for: events may be lost with a
 * connection. A server that lost its data gets the run again; what is in the store is not computed again.
 * @throws Error with the reason of a run that failed
 */
export async function runOnQueue(options: SubmitOptions): Promise<void> {
  const { store, run } = options;
  await withQueues(options.queue, async ({ runs, tasks }) => {
    const id = jobIdOf(options);
    const data: RunData = { store, run, stage: 0, added: false };
    const add = () => runs.add('run', data, { jobId: id, attempts: 3 });
    const known = await runs.getJob(id);
    const before = known && (await known.getState());
    // A graph that has ended, well or badly, does not take tasks a second time; a new one finds what it left.
    if (before === 'failed' || before === 'completed') await removeRun(runs, id);
    await add();
    const start = performance.now();
    let lastProgress = Number.NEGATIVE_INFINITY;
    for (;;) {
      const state = await runs.getJobState(id).catch(() => 'unreachable' as const);
      if (state === 'completed' || state === 'failed') {
        const reason = state === 'failed' ? await reasonOf(options, { runs, tasks }) : undefined;
        await removeRun(runs, id);
        if (reason !== undefined) throw new Error(`run ${run}: ${reason}`);
        return;
      }
      if (state === 'unknown') await add().catch(() => {});
      if (options.onProgress && state !== 'unreachable' && performance.now() - lastProgress >= PROGRESS_MS) {
        lastProgress = performance.now();
        const progress = await progressOf(runs, tasks, id).catch(() => undefined);
        if (progress) options.onProgress(progress);
      }
      const pause = Math.max(SHORTEST_POLL_MS, POLL_SHARE * (performance.now() - start));
      await sleep(Math.min(pause, LONGEST_POLL_MS));
    }
  });
}

type Runs = Queue<RunData>;
type Tasks = readonly Queue<TaskData>[];

async function progressOf(runs: Runs, tasks: Tasks, id: string): Promise<QueueProgress> {
  const progress = { stage: (await runs.getJob(id))?.data.stage ?? 0, waiting: 0, active: 0, workers: 0 };
  for (const queue of tasks) {
    const { active = 0, ...waiting } = await queue.getJobCounts(
      ...(['waiting', 'active', 'delayed', 'waiting-children', 'prioritized'] as const),
    );
    progress.active += active;
    progress.waiting += Object.values(waiting).reduce((sum, count) => sum + count, 0);
    progress.workers += await queue.getWorkersCount();
  }
  return progress;
}

/** Why a run failed: what its task said, for the run itself says only that one of them failed. */
async function reasonOf(
  { store, run }: Pick<RunData, 'store' | 'run'>,
  { runs, tasks }: { runs: Runs; tasks: Tasks },
): Promise<string> {
  const failed = (await Promise.all(tasks.map((queue) => queue.getJobs(['failed'])))).flat();
  // By their outputs: names of runs may begin alike.
  const own = failed.find(
    (job) => job?.data.store === store && job.data.output.startsWith(`${folderOf(run)}/`),
  );
  if (own) return `${own.name.slice(run.length + 1)}: ${own.failedReason}`;
  return (await runs.getJob(jobIdOf({ store, run })))?.failedReason ?? 'failed';
}

export interface QueuedRun {
  run: string;
  store: string;
  state: string;
  stage: number;
  /** Why a run failed. */
  reason?: string;
}

/** The runs that a server knows, with the tasks that wait and are computed. */
export function queueStatus(
  url: string,
): Promise<{ runs: QueuedRun[]; waiting: number; active: number; workers: number }> {
  return withQueues(url, async ({ runs, tasks }) => {
    const jobs = await runs.getJobs(STATES);
    const { waiting, active, workers } = await progressOf(runs, tasks, '');
    return {
      runs: await Promise.all(
        jobs.map(async (job) => ({
          run: job.data.run,
          store: job.data.store,
          state: await job.getState(),
          stage: job.data.stage,
          ...(job.failedReason && { reason: job.failedReason }),
        })),
      ),
      ...{ waiting, active, workers },
    };
  });
}

const STATES: JobType[] = ['waiting', 'active', 'waiting-children', 'delayed', 'failed', 'completed'];

/**
 * Takes a run and its tasks out of the queue; what it computed stays in its store.
 *
 * @param store of the run, needed where two stores have a run of this name
 * @throws DataError for no run, and for two
 */
export function cancelRun(url: string, run: string, store?: string): Promise<void> {
  return withQueues(url, async ({ runs }) => {
    const named = (await runs.getJobs(STATES)).filter(({ data }) => data.run === run);
    const found = store === undefined ? named : named.filter(({ data }) => data.store === store);
    const [only, another] = found;
    if (!only) throw new DataError(`cancel: no run "${run}" in the queue`);
    if (another) {
      const stores = found.map(({ data }) => data.store).join(' and ');
      throw new DataError(`cancel: "${run}" is a run of ${stores}; say which by --store`);
    }
    await removeRun(runs, only.id!);
  });
}

/** A key alone could be digits alone to a queue. */
const jobIdOf = (run: Pick<RunData, 'store' | 'run'>) => `run-${keyOf(run)}`;

/** Removes the job of a run with its tasks. Tasks that are being computed have to end first. */
async function removeRun(runs: Runs, id: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const job = await runs.getJob(id);
    if (!job) return;
    try {
      await job.remove({ removeChildren: true });
      return;
    } catch (error) {
      if (attempt === REMOVE_ATTEMPTS) throw error;
      await sleep(REMOVE_PAUSE_MS);
    }
  }
}

async function withQueues<T>(
  url: string,
  work: (queues: { runs: Runs; tasks: Tasks }) => Promise<T>,
): Promise<T> {
  const { Queue, connection } = await openBackend(url);
  const runs = new Queue<RunData>(RUNS, { connection }) as Runs;
  const tasks = [TASKS, BENCH].map((name) => new Queue<TaskData>(name, { connection }) as Queue<TaskData>);
  const all = [runs, ...tasks];
  // BullMQ connects again by itself; what cannot be done says so where it is asked for.
  for (const queue of all) queue.on('error', () => {});
  try {
    return await work({ runs, tasks });
  } finally {
    await Promise.all(all.map((queue) => queue.close()));
  }
}
