import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from 'bullmq';
import { DataError } from '../../../data/error.js';
import { Processes } from '../../processes.js';
import { planOf, readRun, tidyRun } from '../../run.js';
import { openStore } from '../../store/open-store.js';
import type { TaskReport } from '../../tasks/run-task.js';
import { type Backend, openBackend } from './backend.js';
import { BENCH, flowOf, LIVENESS, RUNS, type RunData, runIdOf, TASKS, type TaskData } from './queues.js';

export interface WorkerOptions {
  queue: string;
  /** Tasks at a time. */
  concurrency: number;
  /** Takes measurements, one at a time, and no other tasks. */
  bench: boolean;
  /** Ends a worker that has had nothing to do for so many seconds. */
  idleExit?: number;
  signal?: AbortSignal;
  onTask?: (name: string, report: TaskReport) => void;
  onFailure?: (name: string, reason: string) => void;
  onReady?: () => void;
  /** It ends, and gives so many tasks back. */
  onEnd?: (tasks: number) => void;
}

/** How often a worker asks whether the runs of its tasks have been cancelled, in milliseconds. */
const CANCELLED_MS = 1000;
const CANCELLED = 'the run was cancelled';
const STOPPED = 'the worker stops';

/** How long a worker that stops waits for its server, in milliseconds: BullMQ would wait for as long as it is away. */
const FAREWELL_MS = 3000;

/**
 * Takes tasks of all runs until it is told to stop, or has been idle for long enough.
 *
 * @returns whether the server heard of its end. Where it did not, connections that are tried again keep the process, which
 *   the caller has to end, and tasks in flight are another worker's when their locks have lapsed.
 */
export async function work(options: WorkerOptions): Promise<boolean> {
  const backend = await openBackend(options.queue);
  const processes = new Processes();
  const { connection } = backend;
  const flow = new backend.FlowProducer({ connection });
  const known = new backend.Queue<RunData>(RUNS, { connection });
  const inWork = new Set<Job<TaskData>>();
  let idleSince = performance.now();

  const compute = async (job: Job<TaskData, TaskReport>, token?: string, signal?: AbortSignal) => {
    inWork.add(job);
    const { store, input, output } = job.data;
    // Beside the work, which may take less than to ask.
    void endWhereCancelled(job);
    try {
      return await processes.run({ store, task: { input, output } }, signal);
    } catch (error) {
      if (signal?.reason === CANCELLED) throw new backend.UnrecoverableError(CANCELLED);
      if (signal?.reason === STOPPED) {
        // Given back: that counts as no attempt.
        await job.moveToWait(token);
        throw new backend.WaitingError();
      }
      // Another attempt would find the same file.
      throw error instanceof DataError ? new backend.UnrecoverableError(error.message) : error;
    } finally {
      inWork.delete(job);
      idleSince = performance.now();
    }
  };
  const endWhereCancelled = async (job: Job<TaskData>) => {
    const run = await known.getJob(runIdOf(job.data)).catch(() => undefined);
    if (run?.data.cancelled) tasks.cancelJob(job.id!, CANCELLED);
  };
  const tasks = new backend.Worker<TaskData, TaskReport>(options.bench ? BENCH : TASKS, compute, {
    connection,
    concurrency: options.bench ? 1 : options.concurrency,
    ...LIVENESS,
  });
  const runs = new backend.Worker<RunData>(RUNS, (job, token) => orchestrate(backend, flow, job, token), {
    connection,
    concurrency: 4,
    ...LIVENESS,
  });
  // A lock that could not be renewed is another worker's by now: what is computed here is computed twice.
  tasks.on('lockRenewalFailed', (ids) => {
    for (const id of ids) tasks.cancelJob(id, 'the lock was lost');
  });
  tasks.on('completed', (job, report) => options.onTask?.(job.name, report));
  tasks.on('failed', (job, error) => options.onFailure?.(job?.name ?? 'a task', error.message));
  // The server may be away for a while; BullMQ connects again by itself.
  const ignore = () => {};
  tasks.on('error', ignore);
  runs.on('error', ignore);
  flow.on('error', ignore);
  known.on('error', ignore);
  const asking = setInterval(() => inWork.forEach(endWhereCancelled), CANCELLED_MS);

  const stopped = new Promise<void>((resolve) => {
    options.signal?.addEventListener('abort', () => resolve());
    const { idleExit } = options;
    if (idleExit === undefined) return;
    const timer = setInterval(() => {
      if (inWork.size > 0 || performance.now() - idleSince < 1e3 * idleExit) return;
      clearInterval(timer);
      resolve();
    }, 250);
  });
  const ready = Promise.all([tasks.waitUntilReady(), runs.waitUntilReady()]);
  await Promise.race([ready.then(() => options.onReady?.()), stopped]);
  await stopped;
  options.onEnd?.(inWork.size);
  // Tasks in flight are given back at once: they are done again elsewhere, and nothing that is written is lost.
  clearInterval(asking);
  tasks.cancelAllJobs(STOPPED);
  const closed = Promise.all([tasks, runs, flow, known].map((each) => each.close())).then(() => true);
  processes.close();
  return Promise.race([closed, sleep(FAREWELL_MS, false, { ref: false })]);
}

/**
 * Adds the tasks of one stage after the other under the job of the run, which sleeps while they are computed. Every
 * step can be repeated: whoever goes on after a death finds in the job what had been done, and adding tasks that are
 * there adds nothing.
 */
async function orchestrate(
  backend: Backend,
  flow: InstanceType<Backend['FlowProducer']>,
  job: Job<RunData>,
  token: string | undefined,
): Promise<void> {
  if (job.data.cancelled) throw new backend.UnrecoverableError(CANCELLED);
  const store = await openStore(job.data.store);
  const stages = await planOf(store, await readRun(store, job.data.run));
  while (job.data.stage < stages.length) {
    if (!job.data.added) {
      const parent = { id: job.id!, queue: job.queueQualifiedName };
      await flow.addBulk(stages[job.data.stage]!.map((task) => flowOf(job.data, task, parent)));
      await job.updateData({ ...job.data, added: true });
    }
    if (await job.moveToWaitingChildren(token!)) throw new backend.WaitingChildrenError();
    await job.updateData({ ...job.data, stage: job.data.stage + 1, added: false });
  }
  await tidyRun(store, job.data.run);
}
