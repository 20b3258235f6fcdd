import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { beginRun, type Computation, checkRunName, outputsOf, planOf } from '../../cluster/run.js';
import { runLocally } from '../../cluster/runners/local.js';
import { openWritableStore } from '../../cluster/store/open-store.js';
import type { Store } from '../../cluster/store/store.js';
import { flatten, type Stage } from '../../cluster/task.js';
import { formatSeconds } from '../../format/numbers.js';
import { outputPath, wholeNumber } from '../arguments.js';
import { clearStatus, hintWhenInterrupted, print, printJson, status, warn } from '../output.js';

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
  /** Tasks whose output was there; not known of a queue's workers. */
  skipped?: number;
  retries?: number;
  seconds: number;
  outputs: string[];
  warnings: string[];
}

export function addRunOptions(command: Command): Command {
  return command
    .option('--store <place>', 'folder or s3://bucket/prefix that all workers share', outputPath, 'hw2-store')
    .option('--queue <url>', 'redis://… or postgres://…, whose workers compute (default: this machine)')
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
  const summary: Summary = { run: name, store: store.url, tasks, seconds: 0, outputs, warnings: [] };
  const start = performance.now();
  hintWhenInterrupted(`What is computed stays; the same command goes on with run ${name}.`);
  if (options.queue === undefined) await locally(stages, options, summary);
  else await queued(stages, options.queue, summary);
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
  const start = performance.now();
  let done = 0;
  summary.skipped = 0;
  summary.retries = 0;
  await runLocally(stages, {
    store: summary.store,
    concurrency,
    onTask: (_, { skipped, warnings }) => {
      done++;
      if (skipped) summary.skipped!++;
      for (const text of warnings) if (!summary.warnings.includes(text)) summary.warnings.push(text);
      const seconds = (performance.now() - start) / 1e3;
      const left = formatSeconds((seconds / done) * (summary.tasks - done));
      status(
        `${done} of ${summary.tasks} tasks, ${(done / seconds).toFixed(1)} a second, ${left} left, ${summary.retries} retries`,
      );
    },
    onRetry: (task, reason) => {
      summary.retries!++;
      warn(`${task.name}: ${reason}; tried again`);
    },
  });
}

async function queued(stages: readonly Stage[], queue: string, { store, run }: Summary): Promise<void> {
  const { adviceFor } = await import('../../cluster/runners/bullmq/backend.js');
  const { runOnQueue } = await import('../../cluster/runners/bullmq/submit.js');
  for (const line of await adviceFor(queue)) warn(line);
  await runOnQueue({
    ...{ queue, store, run },
    onProgress: ({ stage, waiting, active, workers }) =>
      status(
        `stage ${stage + 1} of ${stages.length}: ${waiting} waiting, ${active} computed, by ${workers} workers`,
      ),
  });
}

/** One line on the run, and one on where its outputs lie; or the JSON document of every run, with more from the command. */
export function printSummary(summary: Summary, isJson: boolean | undefined, more: object = {}): void {
  if (isJson) {
    printJson('cluster-run', { ...summary, ...more });
    return;
  }
  const { run, store, tasks, skipped, retries, seconds, outputs, warnings } = summary;
  const kept = skipped ? `, ${skipped} of them were there already` : '';
  const again = retries ? `, ${retries} tried again` : '';
  print(`run ${run}: ${tasks} tasks in ${formatSeconds(seconds)}${kept}${again}`);
  const last = outputs.length > 1 ? ` … ${outputs.at(-1)!.split('/').at(-1)}` : '';
  print(`outputs: ${store}/${outputs[0]}${last}`);
  for (const text of warnings) warn(text);
}
