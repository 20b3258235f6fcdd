import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import {
  beginRun,
  type Computation,
  checkRunName,
  folderOf,
  outputsOf,
  planOf,
  tidyRun,
} from '../../cluster/run.js';
import { runLocally } from '../../cluster/runners/local.js';
import { openWritableStore } from '../../cluster/store/open-store.js';
import type { Store } from '../../cluster/store/store.js';
import { flatten, type Stage } from '../../cluster/task.js';
import { formatCounted, formatSeconds } from '../../format/numbers.js';
import { outputPath, wholeNumber } from '../arguments.js';
import {
  clearStatus,
  hintWhenInterrupted,
  isStatusShown,
  print,
  printJson,
  status,
  warn,
} from '../output.js';

/** Options of every run. */
export interface RunArguments {
  store: string;
  queue?: string;
  run?: string;
  concurrency: number;
  json?: boolean;
}

/** What a run did, for people and programs. */
export interface Summary {
  run: string;
  store: string;
  tasks: number;
  /** Tasks whose output was there. */
  skipped: number;
  /** Not known of a queue's workers. */
  retries?: number;
  seconds: number;
  outputs: string[];
  warnings: string[];
}

export function addRunOptions(command: Command): Command {
  return command
    .option('--store <place>', 'folder or s3://bucket/prefix that all workers share', outputPath, 'hw2-store')
    .option('--queue <url>', 'redis://host or postgres://host, whose workers compute (default: this machine)')
    .option('--run <name>', 'name of the run; given again, it goes on (default: made from its options)')
    .option('--concurrency <n>', 'processes, without --queue', wholeNumber(1, 1024), availableParallelism())
    .option('--json', 'print JSON');
}

/** Carries a computation out, here or by the workers of a queue, or goes on with it. */
export async function carryOut(
  options: RunArguments,
  computation: Computation,
): Promise<{ store: Store; summary: Summary }> {
  const hash = createHash('sha256').update(JSON.stringify(computation)).digest('hex').slice(0, 8);
  const name = checkRunName(options.run ?? `${computation.kind}-${hash}`);
  const store = await openWritableStore(options.store);
  const stages = await planOf(store, await beginRun(store, name, computation));
  const outputs = outputsOf(stages);
  const tasks = stages.flatMap(flatten).length;
  const summary: Summary = {
    run: name,
    store: store.url,
    tasks,
    skipped: 0,
    seconds: 0,
    outputs,
    warnings: [],
  };
  const start = performance.now();
  if (options.queue === undefined) {
    await locally(stages, options, summary);
    await tidyRun(store, name);
  } else await queued(stages, options.queue, store, summary);
  hintWhenInterrupted();
  clearStatus();
  summary.seconds = (performance.now() - start) / 1e3;
  return { store, summary };
}

async function locally(
  stages: readonly Stage[],
  { concurrency }: RunArguments,
  summary: Summary,
): Promise<void> {
  hintWhenInterrupted(`What is computed stays; the same command goes on with run ${summary.run}.`);
  const start = performance.now();
  let done = 0;
  summary.retries = 0;
  await runLocally(stages, {
    store: summary.store,
    concurrency,
    onTask: (_, { skipped, warnings }) => {
      done++;
      if (skipped) summary.skipped++;
      for (const text of warnings) if (!summary.warnings.includes(text)) summary.warnings.push(text);
      status(`${progress(done, summary, start)}, ${summary.retries} retries`);
    },
    onRetry: (task, reason) => {
      summary.retries!++;
      warn(`${task.name}: ${reason}; tried again`);
    },
  });
}

async function queued(
  stages: readonly Stage[],
  queue: string,
  store: Store,
  summary: Summary,
): Promise<void> {
  const { adviceFor, redacted } = await import('../../cluster/runners/bullmq/backend.js');
  const { runOnQueue } = await import('../../cluster/runners/bullmq/submit.js');
  for (const line of await adviceFor(queue)) warn(line);
  const all = stages.flatMap(flatten).map(({ output }) => output);
  const ended = async (names: readonly string[] = all) => {
    const found = new Set(await store.list(`${folderOf(summary.run)}/`));
    return names.filter((name) => found.has(name)).length;
  };
  summary.skipped = await ended();
  let done = summary.skipped;
  const start = performance.now();
  /** Outputs are counted again when that has taken no more than a twentieth of the time. */
  let next = 0;
  const count = async () => {
    const begin = performance.now();
    if (begin < next) return;
    next = Number.POSITIVE_INFINITY;
    done = await ended().catch(() => done);
    next = performance.now() + 20 * (performance.now() - begin);
  };
  await runOnQueue({
    ...{ queue, store: store.url, run: summary.run },
    hasEnded: async () => (await ended(summary.outputs)) === summary.outputs.length,
    onAdded: () =>
      hintWhenInterrupted(
        `Workers go on with run ${summary.run}; the same command waits for it, and hw2 cluster cancel ${summary.run} --queue ${redacted(queue)} ends it.`,
      ),
    wantsProgress: isStatusShown,
    onProgress: ({ again, workers }) => {
      void count();
      if (workers === 0) status(`no worker yet: hw2 cluster worker --queue ${redacted(queue)}`);
      else {
        const by = formatCounted(workers, 'worker');
        status(`${progress(done, summary, start)}, ${by}, ${again} retries`);
      }
    },
  });
}

/** How far a run is, at which rate, and when it will have ended; tasks that were there already took no time. */
function progress(done: number, { tasks, skipped }: Summary, start: number): string {
  const seconds = (performance.now() - start) / 1e3;
  const computed = Math.max(0, done - skipped);
  const left =
    done === tasks
      ? 'ending'
      : computed > 0
        ? `${formatSeconds((seconds / computed) * (tasks - done))} left`
        : 'just begun';
  return `${done} of ${tasks} tasks, ${(computed / seconds).toFixed(1)} a second, ${left}`;
}

/** One line on the run, and one on where its outputs lie; or the JSON document of every run, with more from the command. */
export function printSummary(summary: Summary, isJson: boolean | undefined, more: object = {}): void {
  if (isJson) {
    printJson('cluster-run', { ...summary, ...more });
    return;
  }
  const { run, store, tasks, skipped, retries, seconds, outputs, warnings } = summary;
  const kept = skipped ? `, ${skipped} of them ${skipped === 1 ? 'was' : 'were'} there already` : '';
  const again = retries ? `, ${retries} tried again` : '';
  print(`run ${run}: ${formatCounted(tasks, 'task')} in ${formatSeconds(seconds)}${kept}${again}`);
  const last = outputs.length > 1 ? ` … ${outputs.at(-1)!.split('/').at(-1)}` : '';
  print(`outputs: ${store}/${outputs[0]}${last}`);
  for (const text of warnings) warn(text);
}
