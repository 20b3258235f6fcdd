import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cores } from 'hw2-engine';
import { DataError } from '../data/error.js';
import { readJson } from '../data/json-file.js';
import { writeSet } from '../data/write.js';
import type { Problem } from './problem.js';
import type { Race } from './race.js';
import { runtimeName } from './runtime.js';

/** Where and with what something was measured. */
export interface Machine {
  /** ISO 8601. */
  date: string;
  cpu: string;
  /** Widest vectors of the processor, where the system tells: native code may use them, WebAssembly has 128 bits. */
  vectorBits?: number;
  cores: number;
  platform: string;
  /** `Node 24.1.0`, or the name of another runtime; then `node` is the version that it claims to resemble. */
  runtime?: string;
  node: string;
  v8: string;
  /** Version of this package and of the peers that are installed. */
  versions: Record<string, string>;
}

/** One measurement as a file. */
export interface BenchRecord {
  format: 'hw2-bench';
  version: 2;
  machine: Machine;
  race: Race;
}

const PACKAGES = ['hw2-engine', 'onnxruntime-node', 'onnxruntime-web', '@tensorflow/tfjs-backend-wasm'];

export async function describeMachine(): Promise<Machine> {
  const versions: Record<string, string> = {};
  for (const name of PACKAGES) {
    const version = await versionOf(name);
    if (version) versions[name] = version;
  }
  const vectorBits = await widestVectors();
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    ...(vectorBits && { vectorBits }),
    cores: cores(),
    platform: `${process.platform} ${process.arch}`,
    runtime: runtimeName(),
    node: process.version,
    v8: process.versions.v8,
    versions,
  };
}

/** From the flags that Linux lists for x86. */
async function widestVectors(): Promise<number | undefined> {
  const flags = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  if (/\bavx512f\b/.test(flags)) return 512;
  return /\bavx2\b/.test(flags) ? 256 : undefined;
}

async function versionAt(path: URL | string): Promise<string> {
  return JSON.parse(await readFile(path, 'utf8')).version;
}

/** The version of an installed package, found without running it. */
async function versionOf(name: string): Promise<string | undefined> {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const version = await versionAt(join(folder, name, 'package.json')).catch(() => undefined);
    if (version) return version;
  }
  return undefined;
}

/** Writes one file a race, all of them or none. @returns their names. @throws Error naming the file */
export async function saveRecords(
  folder: string,
  machine: Machine,
  races: readonly Race[],
): Promise<string[]> {
  const records = races.map((race) => {
    const record: BenchRecord = { format: 'hw2-bench', version: 2, machine, race };
    const path = join(folder, `${fileName(machine, race.problem)}.json`);
    return { path, contents: `${JSON.stringify(record)}\n` };
  });
  await writeSet(records);
  return records.map(({ path }) => path);
}

function fileName({ node }: Machine, { tier, threads, L, D, heads, isCausal, order }: Problem): string {
  const form = isCausal ? 'causal' : 'dense';
  return `node${Number.parseInt(node.slice(1), 10)}-${tier}-t${threads}-${form}-L${L}-D${D}-h${heads}-k${order}`;
}

/** The races of a file of `hw2 bench --json` or `--save`. @throws DataError for any other */
export async function readRaces(path: string): Promise<Race[]> {
  const document = (await readJson(path)) as { format?: unknown; race?: unknown; races?: unknown } | null;
  const races = document?.races ?? [document?.race];
  if (document?.format !== 'hw2-bench' || !Array.isArray(races) || !races.every(isRace))
    throw new DataError(`${path}: expected a file that hw2 bench --json or --save wrote`);
  return races;
}

/** Whether a part of a document has what comparisons look at: the problem, and who took how long. */
function isRace(value: unknown): value is Race {
  const { problem, entries } = (value ?? {}) as Partial<Race>;
  const isEntry = (entry: Partial<Race['entries'][number]> | null) =>
    typeof entry?.contender === 'string' &&
    Array.isArray(entry.seconds) &&
    entry.seconds.length > 0 &&
    entry.seconds.every((seconds) => Number.isFinite(seconds));
  return typeof problem === 'object' && problem !== null && Array.isArray(entries) && entries.every(isEntry);
}

/** Whether two races ask the same: their times can be compared. */
export function sameProblem(a: Problem, b: Problem): boolean {
  return (Object.keys(a) as (keyof Problem)[]).every((key) => a[key] === b[key]);
}
