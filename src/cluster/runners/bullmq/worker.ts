import type { Job } from 'bullmq';
import { DataError } from '../../../data/error.js';
import { Processes } from '../../processes.js';
import { planOf, readRun } from '../../run.js';
import { openStore } from '../../store/open-store.js';
import type { TaskReport } from '../../tasks/run-task.js';
import { type Backend, openBackend } from './backend.js';
import { BENCH, flowOf, LIVENESS, RUNS, type RunData, TASKS, type TaskData } from './queues.js';

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
}

/** Takes tasks of all runs until it is told to stop, or has been idle for long enough. */
export async function work(options: WorkerOptions): Promise<void> {
  const backend = await openBackend(options.queue);
  const processes = new Processes();
  const { connection } = backend;
  const flow = new backend.FlowProducer({ connection });
  let busy = 0;
  let idleSince = performance.now();

  const compute = async (
    job: Job<TaskData, TaskReport>,
    _token: string | undefined,
    signal?: AbortSignal,
  ) => {
    busy++;
    const { store, input, output } = job.data;
    try {
      return await processes.run({ store, task: { input, output } }, signal);
    } catch (error) {
      // Another attempt would find the same file.
      throw error instanceof DataError ? new backend.UnrecoverableError(error.message) : error;
    } finally {
      busy--;
      idleSince = performance.now();
    }
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

  const stopped = new Promise<void>((resolve) => {
    options.signal?.addEventListener('abort', () => resolve());
    const { idleExit } = options;
    if (idleExit === undefined) return;
    const timer = setInterval(() => {
      if (busy > 0 || performance.now() - idleSince < 1e3 * idleExit) return;
      clearInterval(timer);
      resolve();
    }, 250);
  });
  await Promise.all([tasks.waitUntilReady(), runs.waitUntilReady()]);
  options.onReady?.();
  await stopped;
  // Tasks in flight are given back at once: they are done again elsewhere, and nothing that is written is lost.
  tasks.cancelAllJobs('the worker stops');
  processes.close();
  await Promise.all([tasks.close(), runs.close(), flow.close()]);
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
}
