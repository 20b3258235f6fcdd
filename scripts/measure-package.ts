/**
 * Packs hw2-engine, installs it into an empty folder, and measures what it takes there: bytes, and the time of its import in
 * fresh processes of Node 20 and 24, by turns. Writes docs/benchmarks/engine-package.json and the sentence between the markers of
 * src/engine/README.md: `npm run build && node build/scripts/measure-package.js`, a minute on a quiet machine.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '#hw2/statistics/estimates.js';
import { packEngine } from '../test/hosts/examples.js';
import { argumentsOf } from './given.js';
import { between } from './markers.js';

const PROCESSES = 20;
const RECORD = 'docs/benchmarks/engine-package.json';
const README = 'src/engine/README.md';
const IMPORT =
  "const start = performance.now(); await import('hw2-engine'); console.log(performance.now() - start);";

export interface PackageRecord {
  machine: string;
  date: string;
  version: string;
  bytes: { packed: number; unpacked: number; files: number };
  /** Milliseconds from before `import('hw2-engine')` to after it, process by process. */
  imports: { node: string; milliseconds: number[] }[];
}

/** The record in a sentence. */
export function describePackage({ version, machine, bytes, imports }: PackageRecord): string {
  const kB = (value: number) => `${(value / 1e3).toFixed(1)} kB`;
  const times = imports.map(
    ({ node, milliseconds }) => `${Math.round(median(milliseconds))} ms on Node ${node}`,
  );
  return [
    `Version ${version} takes ${kB(bytes.unpacked)} (${kB(bytes.packed)} packed), and its import ${times.join(' and ')}:`,
    `medians of ${imports[0]!.milliseconds.length} fresh processes, ${machine}.`,
  ].join('\n');
}

/** Paths of Node's executables, found once, for npx takes longer than what is measured. */
const executable = (node: number) =>
  execFileSync('npx', ['-y', '-p', `node@${node}`, 'node', '-p', 'process.execPath'], {
    encoding: 'utf8',
  }).trim();

async function measure(): Promise<PackageRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'hw2-package-'));
  try {
    const tarball = await packEngine();
    const install = ['install', '--no-audit', '--no-fund', '--prefix', folder, tarball];
    execFileSync('npm', install, { stdio: 'ignore' });
    const installed = join(folder, 'node_modules/hw2-engine');
    const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const files = execFileSync('find', [installed, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n');
    const unpacked = files.reduce((sum, file) => sum + statSync(file).size, 0);
    const runs = [20, 24].map((node) => ({ node: executable(node), milliseconds: [] as number[] }));
    const time = (node: string) =>
      Number(execFileSync(node, ['--input-type=module', '-e', IMPORT], { cwd: folder, encoding: 'utf8' }));
    for (const { node } of runs) time(node);
    for (let i = 0; i < PROCESSES; i++)
      for (const { node, milliseconds } of runs) milliseconds.push(time(node));
    return {
      machine: `${cpus()[0]!.model}, ${cpus().length} cores`,
      date: new Date().toISOString().slice(0, 10),
      version,
      bytes: { packed: statSync(tarball).size, unpacked, files: files.length },
      imports: runs.map(({ node, milliseconds }) => ({
        node: execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim(),
        milliseconds,
      })),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  argumentsOf('');
  const record = await measure();
  const sentence = describePackage(record);
  writeFileSync(RECORD, `${JSON.stringify(record)}\n`);
  writeFileSync(README, between(readFileSync(README, 'utf8'), 'package', sentence, README));
  process.stdout.write(`${sentence}\n`);
}
