/**
 * Reads mutated files with every reader of the application, and fails where one is neither read nor refused as it should
 * be, takes too long or too much memory:
 *
 *     npm run build && node build/scripts/fuzz-readers.js                  10⁵ files of every kind
 *     node build/scripts/fuzz-readers.js png jpeg --inputs 1000000 --seed 7
 *
 * Files that failed are written into a folder and named. Each reader has a process of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Fuzzing, inputOf, type Outcome } from './fuzz/fuzz.js';
import { readers } from './fuzz/readers.js';
import { argumentsOf, refuse } from './given.js';

const MAX_SECONDS = 10;
const MAX_BYTES = 2 ** 30;
const CHECK_MS = 500;

const USAGE = '[READER…] [--inputs N] [--seed N]';
const { values, words } = argumentsOf(USAGE, {
  inputs: { type: 'string', default: '100000' },
  seed: { type: 'string', default: '1' },
});
const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
const names = words.length > 0 ? words : Object.keys(readers);
const unknown = names.find((name) => !Object.hasOwn(readers, name));
if (unknown !== undefined) refuse(USAGE, `READER: ${unknown}, expected ${Object.keys(readers).join(', ')}`);
for (const name of ['inputs', 'seed'] as const)
  if (!/^\d+$/.test(values[name])) refuse(USAGE, `--${name}: ${values[name]}, expected a whole number`);
if (names.length === 1) process.exitCode = (await fuzzOne(names[0]!)) ? 0 : 1;
else
  for (const name of names) {
    const args = [process.argv[1]!, name, '--inputs', values.inputs, '--seed', values.seed];
    if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) process.exitCode = 1;
  }

async function fuzzOne(reader: string): Promise<boolean> {
  const fuzzing: Fuzzing = { reader, inputs, seed, maxSeconds: MAX_SECONDS, maxBytes: MAX_BYTES };
  const start = performance.now();
  const { read, refused, slowestSeconds, grownBytes, failures } = await inThread(fuzzing);
  const seconds = ((performance.now() - start) / 1e3).toFixed(0);
  console.log(
    `${reader}: ${read} read, ${refused} refused, ${failures.length} failed in ${seconds} s; the slowest took ${slowestSeconds.toFixed(2)} s, memory grew by ${Math.round(grownBytes / 2 ** 20)} MiB`,
  );
  if (failures.length === 0) return true;
  const folder = mkdtempSync(join(tmpdir(), `hw2-fuzz-${reader}-`));
  for (const { index, reason, bytes } of failures) {
    const path = join(folder, String(index));
    writeFileSync(path, bytes);
    console.log(`  ${path}: ${reason}`);
  }
  return false;
}

/** Runs in a thread, which is ended where it stays with one file for too long. */
function inThread(fuzzing: Fuzzing): Promise<Outcome> {
  const current = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./fuzz/fuzz-worker.js', import.meta.url), {
    workerData: { fuzzing, current },
  });
  // Counted by looks, not by the clock, which goes on where the whole process is stopped.
  let [last, looks] = [-1, 0];
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (current[0] !== last) [last, looks] = [current[0]!, 0];
      else if (++looks * CHECK_MS > 2e3 * MAX_SECONDS) {
        const bytes = inputOf(fuzzing, last);
        const failures = [{ index: last, reason: `it has not ended after ${2 * MAX_SECONDS} s`, bytes }];
        resolve({ read: last, refused: 0, slowestSeconds: 2 * MAX_SECONDS, grownBytes: 0, failures });
        worker.terminate();
      }
    }, CHECK_MS);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => clearInterval(timer));
  });
}
