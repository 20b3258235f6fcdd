import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from '../../data/error.js';
import { Processes } from '../processes.js';
import { flatten, type Stage, type Task } from '../task.js';
import type { TaskReport } from '../tasks/run-task.js';

export interface LocalOptions {
  /** Where the objects of the run lie. */
  store: string;
  /** Tasks at a time. */
  concurrency: number;
  onTask?: (task: Task, report: TaskReport) => void;
  onRetry?: (task: Task, reason: string) => void;
}

const ATTEMPTS = 5;
const BACK_OFF_MS = 200;

/**
 * Runs the stages of a plan in processes of this machine, without a server.
 * @throws what a task reported that failed for good: at once for a file that is missing or damaged, which another
 * attempt would find again, else after five attempts
 */
export async function runLocally(stages: readonly Stage[], options: LocalOptions): Promise<void> {
  const processes = new Processes();
  // Tasks of the other lanes are of no use to a run that failed.
  const stop = new AbortController();
  try {
    for (const stage of stages) await runStage(stage, processes, stop, options);
  } finally {
    processes.close();
  }
}

async function runStage(
  stage: Stage,
  processes: Processes,
  stop: AbortController,
  options: LocalOptions,
): Promise<void> {
  const tasks = flatten(stage);
  const parents = new Map(tasks.flatMap((task) => task.children.map((child) => [child, task] as const)));
  const missing = new Map(tasks.map((task) => [task, task.children.length]));
  const ready = tasks.filter((task) => task.children.length === 0);
  let left = tasks.length;
  /** Lanes without a task, which wait for one to become ready. */
  let waiting: (() => void)[] = [];
  const wake = () => {
    for (const resume of waiting) resume();
    waiting = [];
  };
  const lane = async () => {
    while (left > 0 && !stop.signal.aborted) {
      const task = ready.shift();
      if (!task) {
        await new Promise<void>((resume) => waiting.push(resume));
        continue;
      }
      const report = await attempt(task, processes, stop.signal, options);
      left--;
      options.onTask?.(task, report);
      const parent = parents.get(task);
      if (parent) missing.set(parent, missing.get(parent)! - 1);
      if (parent && missing.get(parent) === 0) ready.push(parent);
      wake();
    }
  };
  const lanes = Array.from({ length: Math.min(options.concurrency, tasks.length) }, () =>
    lane().catch((error) => {
      stop.abort(error);
      wake();
      throw error;
    }),
  );
  await Promise.allSettled(lanes);
  // The first failure; what the other lanes say came of it.
  if (stop.signal.aborted) throw stop.signal.reason;
}

async function attempt(
  task: Task,
  processes: Processes,
  signal: AbortSignal,
  { store, onRetry }: LocalOptions,
): Promise<TaskReport> {
  for (let tries = 1; ; tries++) {
    try {
      return await processes.run({ store, task: { input: task.input, output: task.output } }, signal);
    } catch (error) {
      if (signal.aborted || error instanceof DataError || tries === ATTEMPTS) throw error;
      onRetry?.(task, (error as Error).message);
      await sleep(BACK_OFF_MS * 2 ** (tries - 1), undefined, { signal });
    }
  }
}
