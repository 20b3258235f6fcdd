import { setTimeout as sleep } from 'node:timers/promises';
import type { JobType, Queue } from 'bullmq';
import { DataError } from '../../../data/error.js';
import { openBackend } from './backend.js';
import { BENCH, RUNS, type RunData, runIdOf, TASKS, type TaskData } from './queues.js';

export interface SubmitOptions {
  queue: string;
  /** Where the run lies, and its name there. */
  store: string;
  run: string;
  /** Whether all outputs of the run are in its store. */
  hasEnded: () => Promise<boolean>;
  /** Called once the queue has the run: from then on it is computed, whatever becomes of this process. */
  onAdded?: () => void;
  onProgress?: (progress: QueueProgress) => void;
  /** Whether progress would be shown now: it takes seven questions. */
  wantsProgress?: () => boolean;
}

export interface QueueProgress {
  /** Stages that have ended. */
  stage: number;
  /** Tasks of all runs in the queue, and how many of them wait to be tried again. */
  waiting: number;
  again: number;
  active: number;
  workers: number;
}

/**
 * How often the state of a run is asked for: each time it is older by this share, so that its end is seen late by no more
 * than that, and a run of hours costs its server little.
 */
const POLL_SHARE = 0.02;
const SHORTEST_POLL_MS = 20;
const LONGEST_POLL_MS = 100;
/** How often progress is asked for at most, in milliseconds. */
const PROGRESS_MS = 1000;
/** A worker that was killed holds its tasks until their locks have lapsed. */
const REMOVE_PAUSE_MS = 200;
const REMOVE_ATTEMPTS = 150;

/**
 * Submits a run, or goes on with it, and waits for its end. The state is asked for: events may be lost with a
 * connection. A server that lost its data gets the run again; what is in the store is not computed again.
 * @throws Error with the reason of a run that failed, or that it was cancelled
 */
export async function runOnQueue(options: SubmitOptions): Promise<void> {
  const { store, run } = options;
  await withQueues(options.queue, async ({ runs, tasks }) => {
    const id = runIdOf(options);
    const data: RunData = { store, run, stage: 0, added: false };
    const add = () => runs.add('run', data, { jobId: id, attempts: 3 });
    // A server loses its data only together with the connection; else, a run that is not there was taken out.
    let mayHaveForgotten = false;
    runs.on('ioredis:close', () => {
      mayHaveForgotten = true;
    });
    const known = await runs.getJob(id);
    const before = known && (await known.getState());
    // A graph that has ended, well or badly, does not take tasks a second time; a new one finds what it left.
    if (before === 'failed' || before === 'completed' || known?.data.cancelled) await takeOut(runs, id);
    await add();
    options.onAdded?.();
    const start = performance.now();
    let lastProgress = Number.NEGATIVE_INFINITY;
    for (;;) {
      const state = await runs.getJobState(id).catch(() => 'unreachable' as const);
      if (state === 'completed') return takeOut(runs, id);
      if (state === 'failed') {
        const reason = await reasonOf(options, { runs, tasks });
        // Tasks that are computed are of no use any more. What is left here in spite of it, the next run finds.
        await takeOut(runs, id).catch(() => {});
        throw new Error(`run ${run}: ${reason}`);
      }
      if (state === 'unknown') {
        // Another command that waited for the run, too, removes it when it ends.
        if (await options.hasEnded()) return;
        if (!mayHaveForgotten) throw new Error(`run ${run}: ${TAKEN_OUT}`);
        await add().then(
          () => {
            mayHaveForgotten = false;
          },
          () => {},
        );
      }
      const isDue = performance.now() - lastProgress >= PROGRESS_MS && options.wantsProgress?.();
      if (isDue && state !== 'unreachable') {
        lastProgress = performance.now();
        const progress = await progressOf(runs, tasks, id).catch(() => undefined);
        if (progress) options.onProgress?.(progress);
      }
      const pause = Math.max(SHORTEST_POLL_MS, POLL_SHARE * (performance.now() - start));
      await sleep(Math.min(pause, LONGEST_POLL_MS));
    }
  });
}

const TAKEN_OUT = 'taken out of the queue; the same command goes on with it';

type Runs = Queue<RunData>;
type Tasks = readonly Queue<TaskData>[];

async function progressOf(runs: Runs, tasks: Tasks, id: string): Promise<QueueProgress> {
  const progress = {
    stage: (await runs.getJob(id))?.data.stage ?? 0,
    waiting: 0,
    again: 0,
    active: 0,
    workers: 0,
  };
  for (const queue of tasks) {
    const { active = 0, ...waiting } = await queue.getJobCounts(
      ...(['waiting', 'active', 'delayed', 'waiting-children', 'prioritized'] as const),
    );
    progress.active += active;
    progress.again += waiting.delayed ?? 0;
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
  const job = await runs.getJob(runIdOf({ store, run }));
  if (job?.data.cancelled) return TAKEN_OUT;
  const failed = (await Promise.all(tasks.map((queue) => queue.getJobs(['failed'])))).flat();
  const own = failed.find((task) => task?.data.store === store && task.data.run === run);
  if (own) return `${own.name.slice(run.length + 1)}: ${own.failedReason}`;
  return job?.failedReason ?? 'failed';
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
export function queueStatus(url: string): Promise<{ runs: QueuedRun[] } & Omit<QueueProgress, 'stage'>> {
  return withQueues(url, async ({ runs, tasks }) => {
    const jobs = await runs.getJobs(STATES);
    const { stage: _, ...counts } = await progressOf(runs, tasks, '');
    return {
      runs: await Promise.all(
        jobs.map(async (job) => {
          const { run, store, stage } = job.data;
          const state = await job.getState();
          const reason = state === 'failed' && (await reasonOf({ store, run }, { runs, tasks }));
          return { run, store, state, stage, ...(reason && { reason }) };
        }),
      ),
      ...counts,
    };
  });
}

const STATES: JobType[] = ['waiting', 'active', 'waiting-children', 'delayed', 'failed', 'completed'];

/**
 * Takes a run and its tasks out of the queue; what it computed stays in its store. Tasks in work are ended.
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
    await takeOut(runs, only.id!);
  });
}

/**
 * Removes the job of a run with its tasks. A task in work cannot be removed: its worker sees that the run is cancelled,
 * and gives it up.
 */
async function takeOut(runs: Runs, id: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const job = await runs.getJob(id);
    if (!job) return;
    try {
      await job.remove({ removeChildren: true });
      return;
    } catch {
      if (attempt === REMOVE_ATTEMPTS)
        throw new Error(`run ${job.data.run}: a task is still in work; is its worker alive? Try again`);
      // Said again where a worker went on to the next stage at that moment, or the job has gone meanwhile.
      if (!job.data.cancelled) await job.updateData({ ...job.data, cancelled: true }).catch(() => {});
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
