/** A run on PostgreSQL, with workers that are killed; skipped, and said, where PostgreSQL is not installed. */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  outputsOf,
  postgresPrograms,
  start,
  startPostgres,
  startWorker,
  succeed,
  temporaryFolder,
} from './servers.js';

const programs = postgresPrograms();
if (!programs) console.log('skipped: PostgreSQL is not installed here');

(programs ? test : test.skip)('PostgreSQL: workers are killed in the middle of tasks', async () => {
  const store = temporaryFolder('cluster');
  const { url, stop } = await startPostgres(programs!);
  const run = (name: string) => ['cluster', 'run', 'attention', '--store', store, '--run', name];
  const workers = [await startWorker(url), await startWorker(url)];
  try {
    await succeed(['shard', '--random', '--L', '300000', '--D', '32', '--shard', '30000', '--store', store]);
    await succeed(run('local'));
    const submitted = start([...run('queue'), '--queue', url]);
    await sleep(2500);
    workers[0]!.child.kill('SIGKILL');
    workers[0] = await startWorker(url);
    const { code, stderr } = await submitted.finished;
    assert.is(code, 0, stderr);
    assert.equal(outputsOf(store, 'queue'), outputsOf(store, 'local'));
  } finally {
    for (const { child } of workers) child.kill('SIGKILL');
    stop();
    rmSync(store, { recursive: true, force: true });
  }
});

test.run();
