import type { Command } from 'commander';
import { checkRunName, folderOf, isUnfinished } from '../../cluster/run.js';
import { adviceFor } from '../../cluster/runners/bullmq/backend.js';
import { cancelRun, queueStatus } from '../../cluster/runners/bullmq/submit.js';
import { openStore } from '../../cluster/store/open-store.js';
import { DataError } from '../../data/error.js';
import { formatCounted } from '../../format/numbers.js';
import { print, printJson, warn } from '../output.js';
import { printTable } from '../table.js';

interface QueueArguments {
  queue: string;
  json?: boolean;
}

export function register(cluster: Command): void {
  cluster
    .command('status')
    .description('The runs that a queue knows.')
    .requiredOption('--queue <url>', 'redis://host or postgres://host')
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  hw2 cluster status --queue redis://host\n')
    .action(status);
  cluster
    .command('cancel')
    .description('Take a run out of a queue; what it computed stays in its store.')
    .argument('<run>', 'name of the run')
    .requiredOption('--queue <url>', 'redis://host or postgres://host')
    .option('--store <place>', 'store of the run, where two stores have one of this name')
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  hw2 cluster cancel night --queue redis://host\n')
    .action(async (run: string, { queue, store, json }: QueueArguments & { store?: string }) => {
      for (const line of await adviceFor(queue)) warn(line);
      await cancelRun(queue, checkRunName(run), store && (await openStore(store)).url);
      if (json) printJson('cluster-cancel', { run });
      else print(`run ${run} is out of the queue`);
    });
  cluster
    .command('clean')
    .description('Remove what a run needed on its way: states, means and parts. Outputs stay unless --all.')
    .argument('<run>', 'name of the run')
    .option('--store <place>', 'folder or s3://bucket/prefix', 'hw2-store')
    .option('--all', 'remove the outputs, too')
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  hw2 cluster clean night --store /shared/night\n')
    .action(clean);
}

/** What BullMQ calls a run that waits for a worker, one whose tasks are being added, and one whose tasks are computed. */
const STATES: Record<string, string> = {
  waiting: 'waits for a worker',
  active: 'adds its tasks',
  'waiting-children': 'waits for its tasks',
  completed: 'has ended',
};

async function status({ queue, json }: QueueArguments): Promise<void> {
  for (const line of await adviceFor(queue)) warn(line);
  const { runs, waiting, again, active, workers } = await queueStatus(queue);
  if (json) {
    printJson('cluster-status', { runs, waiting, again, active, workers });
    return;
  }
  if (runs.length > 0) {
    const rows = runs.map(({ run, state, stage, store }) => [
      run,
      STATES[state] ?? state,
      String(stage),
      store,
    ]);
    printTable(['run', 'state', 'stages done', 'store'], rows, 'left');
    for (const { run, reason } of runs) if (reason) print(`run ${run} failed: ${reason}`);
  }
  const tried = again > 0 ? ` (${again} of them to be tried again)` : '';
  print(
    `${formatCounted(runs.length, 'run')}; tasks: ${waiting} waiting${tried}, ${active} in work; ${formatCounted(workers, 'worker')}`,
  );
}

async function clean(
  run: string,
  { store: place, all, json }: { store: string; all?: boolean; json?: boolean },
): Promise<void> {
  const store = await openStore(place);
  const folder = folderOf(checkRunName(run));
  const names = await store.list(`${folder}/`);
  if (names.length === 0) throw new DataError(`clean: no run "${run}" in ${store.url}`);
  const keep = (name: string) =>
    !all && (name.startsWith(`${folder}/output/`) || name === `${folder}/run.json`) && !isUnfinished(name);
  const removed = names.filter((name) => !keep(name));
  for (const name of removed) await store.remove(name);
  if (json) printJson('cluster-clean', { run, removed });
  else
    print(
      `run ${run}: ${formatCounted(removed.length, 'file')} removed, ${names.length - removed.length} kept`,
    );
}
