import { createHash } from 'node:crypto';
import type { FlowJob, ParentOptions } from 'bullmq';
import type { Task } from '../../task.js';

/** Runs are one job each, which adds the tasks of its stages to the other queue and waits for them. */
export const RUNS = 'hw2-runs';
export const TASKS = 'hw2-tasks';
/** Measurements have a queue of their own, for workers that take one at a time and nothing else. */
export const BENCH = 'hw2-bench';

export interface RunData {
  /** Where the run lies, and its name there. */
  store: string;
  run: string;
  /** Stages that have ended, and whether the tasks of the next have been added. */
  stage: number;
  added: boolean;
  /** It is to be taken out of the queue: workers end its tasks, and the job is removed when none of them is computed. */
  cancelled?: true;
}

export interface TaskData extends Pick<Task, 'input' | 'output'>, Pick<RunData, 'store' | 'run'> {}

/**
 * How long a worker that says nothing is believed to be alive, and how often silence is looked for, in milliseconds. A
 * task of a dead worker is done again within lockDuration + 2 · stalledInterval. That a task was taken from its worker
 * counts as no attempt of its own; what would fail a task on the second dead worker is set high enough.
 */
export const LIVENESS = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 10 };

const ATTEMPTS = { attempts: 5, backoff: { type: 'exponential', delay: 200 }, failParentOnFailure: true };

/** The job of a run. A key alone could be digits alone to a queue. */
export const runIdOf = (run: Pick<RunData, 'store' | 'run'>) => `run-${keyOf(run)}`;

/**
 * What keys of a run in a queue begin with. Names of runs belong to their stores, and two stores may share a queue, so the
 * store is part of it.
 */
function keyOf({ store, run }: Pick<RunData, 'store' | 'run'>): string {
  return `${run}-${createHash('sha256').update(store).digest('hex').slice(0, 8)}`;
}

/** The jobs of a task and its children; they are called by run and task. */
export function flowOf(data: RunData, task: Task, parent?: ParentOptions): FlowJob {
  const { input, output, children } = task;
  const { store, run } = data;
  return {
    name: `${run}-${task.name}`,
    queueName: input.kind === 'bench' ? BENCH : TASKS,
    data: { store, run, input, output } satisfies TaskData,
    opts: { jobId: `${keyOf(data)}-${task.name}`, ...ATTEMPTS, ...(parent && { parent }) },
    ...(children.length > 0 && { children: children.map((child) => flowOf(data, child)) }),
  };
}
