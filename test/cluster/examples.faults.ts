/**
 * The files of examples/cluster, as far as one machine can try them: the SLURM script runs with an `srun` that starts
 * as many processes as the real one would, the Kubernetes manifests are valid by the schemas of Kubernetes, and what
 * their container runs is run. Neither SLURM nor Kubernetes is here. Needs redis-server, and npx for the schemas.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { queueStatus } from '#hw2/cluster/runners/bullmq/submit.js';
import { outputsOf, RedisServer, start, succeed, temporaryFolder, until } from './servers.js';

const examples = suite('examples of a cluster');
const ROOT = resolve(import.meta.dirname, '../../..');
const SLURM = join(ROOT, 'examples/cluster/slurm.sh');
const KUBERNETES = join(ROOT, 'examples/cluster/kubernetes.yaml');
const folder = temporaryFolder('examples');
const store = join(folder, 'store');
const run = (name: string) => ['cluster', 'run', 'attention', '--store', store, '--run', name];
let redis: RedisServer;

examples.before(async () => {
  redis = await RedisServer.start();
  await succeed(['shard', '--random', '--L', '3000', '--D', '16', '--shard', '500', '--store', store]);
  await succeed(run('local'));
});

examples.after(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command beside a run that waits for workers; both have to succeed. @returns what the command said */
async function works(name: string, command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const submitted = start([...run(name), '--queue', redis.url]);
  // Workers that find nothing to do end soon.
  await until(
    async () => (await queueStatus(redis.url)).runs.length > 0,
    60_000,
    () => submitted.said(),
  );
  const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env } });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const [code] = await once(child, 'close');
  assert.is(code, 0, said);
  const { code: done, stderr } = await submitted.finished;
  assert.is(done, 0, stderr);
  assert.equal(outputsOf(store, name), outputsOf(store, 'local'));
  return said;
}

examples('the SLURM script starts its workers, which end when there is nothing to do', async () => {
  const text = readFileSync(SLURM, 'utf8');
  const options = [...text.matchAll(/^#SBATCH (.*)$/gm)].map(([, option]) => option!);
  // As sbatch(1) knows them; an unknown one is an error there.
  for (const option of options)
    assert.match(
      option,
      /^--(job-name=\w+|ntasks=\d+|cpus-per-task=\d+|mem-per-cpu=\d+[KMG]|time=\d+:\d\d:\d\d)$/,
    );
  const stubs = join(folder, 'bin');
  mkdirSync(stubs);
  writeFileSync(
    join(stubs, 'srun'),
    '#!/bin/sh\nfor i in $(seq $SLURM_NTASKS); do SLURM_PROCID=$i "$@" & all="$all $!"; done\nfor p in $all; do wait $p || exit 1; done\n',
  );
  chmodSync(join(stubs, 'srun'), 0o755);
  const said = await works('slurm', 'sh', [SLURM], {
    ...{ PATH: `${stubs}${delimiter}${process.env.PATH}`, SLURM_NTASKS: '2' },
    ...{ QUEUE: redis.url, IDLE_EXIT: '2' },
  });
  assert.is(said.match(/ready: 1 at a time/g)?.length, 2, said);
});

interface Manifest {
  kind: string;
  spec: {
    template?: { spec: { containers: { command: string[]; args: string[]; env: { name: string }[] }[] } };
  };
}

/** Reads and checks manifests by packages that npx fetches: their own schemas are 50 MB. */
function validManifests(): Manifest[] {
  const script = join(folder, 'validate.cjs');
  writeFileSync(
    script,
    `const { createRequire } = require('node:module');
    const bin = process.env.PATH.split(':').find((folder) => folder.includes('_npx'));
    const fetched = createRequire(bin + '/../here.js');
    const text = require('node:fs').readFileSync(process.argv[2], 'utf8');
    const documents = fetched('yaml').parseAllDocuments(text).map((document) => document.toJS());
    for (const document of documents) {
      const kinds = fetched('kubernetes-models/' + document.apiVersion);
      new kinds[document.kind](document).validate();
    }
    console.log(JSON.stringify(documents));`,
  );
  const packages = ['-y', '-p', 'kubernetes-models@4.5.0', '-p', 'yaml@2.9.1'];
  return JSON.parse(execFileSync('npx', [...packages, 'node', script, KUBERNETES], { encoding: 'utf8' }));
}

examples('the Kubernetes manifests are valid, and what their container runs does the work', async () => {
  const manifests = validManifests();
  assert.equal(
    manifests.map(({ kind }) => kind),
    ['PersistentVolumeClaim', 'Job'],
  );
  const [container] = manifests[1]!.spec.template!.spec.containers;
  const { command, args, env } = container!;
  assert.equal(
    env.map(({ name }) => name),
    ['QUEUE'],
  );
  // As Kubernetes does it: $(NAME) is the variable of the container.
  const [program, ...rest] = [...command, ...args].map((part) =>
    part.replace('$(QUEUE)', redis.url).replace(/^120$/, '2'),
  );
  const said = await works('kubernetes', program!, rest, {});
  assert.match(said, 'ready: 4 at a time');
});

examples.run();
