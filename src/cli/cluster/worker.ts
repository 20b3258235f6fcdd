import type { Command } from 'commander';
import { adviceFor, redacted } from '../../cluster/runners/bullmq/backend.js';
import { work } from '../../cluster/runners/bullmq/worker.js';
import { formatCounted, formatSeconds } from '../../format/numbers.js';
import { wholeNumber } from '../arguments.js';
import { belowStatus, note, printJson, warn } from '../output.js';

interface Arguments {
  queue: string;
  concurrency: number;
  idleExit?: number;
  bench?: boolean;
  json?: boolean;
}

export function register(cluster: Command): void {
  cluster
    .command('worker')
    .description('Compute tasks of a queue until told to stop.')
    .requiredOption('--queue <url>', 'redis://host or postgres://host')
    .option('--concurrency <n>', 'tasks at a time, one process each', wholeNumber(1, 1024), 1)
    .option('--bench', 'take measurements alone, one at a time: for a machine that is quiet')
    .option('--idle-exit <seconds>', 'end after so long without a task', wholeNumber(1))
    .option('--json', 'print JSON when it ends')
    .addHelpText(
      'before',
      'Examples:\n  hw2 cluster worker --queue redis://host\n  hw2 cluster worker --queue redis://host --concurrency 8 --idle-exit 60\n',
    )
    .action(run);
}

async function run({ queue, concurrency, idleExit, bench = false, json }: Arguments): Promise<void> {
  for (const line of await adviceFor(queue)) warn(line);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const tasks = { computed: 0, skipped: 0, failed: 0 };
  const heard = await work({
    queue,
    concurrency,
    bench,
    ...(idleExit !== undefined && { idleExit }),
    signal: stop.signal,
    onReady: () => note(`ready: ${concurrency} at a time from ${redacted(queue)}; Ctrl-C gives tasks back`),
    onEnd: (given) => {
      if (stop.signal.aborted) note(`${belowStatus()}ends; ${formatCounted(given, 'task')} given back`);
      else note(`ends; nothing to do for ${idleExit} s`);
    },
    onTask: (name, { seconds, skipped }) => {
      tasks[skipped ? 'skipped' : 'computed']++;
      note(`${name}: ${skipped ? 'was there already' : formatSeconds(seconds)}`);
    },
    onFailure: (name, reason) => {
      tasks.failed++;
      warn(`${name}: ${reason}`);
    },
  });
  if (json) printJson('cluster-worker', { tasks });
  if (heard) return;
  warn(`${redacted(queue)} does not answer; a task in flight is done again when its lock has lapsed`);
  // Connections that are tried again would keep the process for as long as the server is away.
  process.exit();
}
