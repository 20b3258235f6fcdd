import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cores } from 'hw2-engine';
import { DataError } from '../data/error.js';
import { writeWhole } from '../data/write.js';
import type { Problem } from './problem.js';
import type { Race } from './race.js';

/** Where and with what something was measured. */
export interface Machine {
  /** ISO 8601. */
  date: string;
  cpu: string;
  /** Widest vectors of the processor, where the system tells: native code may use them, WebAssembly has 128 bits. */
  vectorBits?: number;
  cores: number;
  platform: string;
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

/** Writes one file a race. @returns their names. @throws DataError naming the file */
export async function saveRecords(
  folder: string,
  machine: Machine,
  races: readonly Race[],
): Promise<string[]> {
  const names = races.map(({ problem }) => join(folder, `${fileName(machine, problem)}.json`));
  for (const [i, race] of races.entries()) {
    const record: BenchRecord = { format: 'hw2-bench', version: 2, machine, race };
    await writeWhole(names[i]!, `${JSON.stringify(record)}\n`);
  }
  return names;
}

function fileName({ node }: Machine, { tier, threads, L, D, heads, isCausal, order }: Problem): string {
  const form = isCausal ? 'causal' : 'dense';
  return `node${Number.parseInt(node.slice(1), 10)}-${tier}-t${threads}-${form}-L${L}-D${D}-h${heads}-k${order}`;
}

/** The races of a file of `hw2 bench --json` or `--save`. @throws DataError for any other */
export async function readRaces(path: string): Promise<Race[]> {
  const text = await readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new DataError(`${path}: cannot be read (${code})`);
  });
  let document: { format?: string; race?: Race; races?: Race[] };
  try {
    document = JSON.parse(text);
  } catch {
    throw new DataError(`${path}: is no JSON`);
  }
  if (document?.format === 'hw2-bench') return document.races ?? [document.race!];
  throw new DataError(`${path}: expected a file that hw2 bench --json or --save wrote`);
}

/** Whether two races ask the same: their times can be compared. */
export function sameProblem(a: Problem, b: Problem): boolean {
  return (Object.keys(a) as (keyof Problem)[]).every((key) => a[key] === b[key]);
}
