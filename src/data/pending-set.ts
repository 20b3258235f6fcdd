import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Files that belong together take their names one after the other, and a process can be killed between two of them.
 * Therefore a folder first gets a file, `.hw2-set`, that says which temporary file is to take which name. Whoever reads
 * or writes there next gives the names that are still to be given and removes it, so that nobody of this program ever sees
 * files of two sets together. It does not matter whether the writer is still at work: what another has named has its name.
 */
const PLAN = '.hw2-set';

/** A temporary file and the name that it is to take, both in one folder. */
export interface Naming {
  from: string;
  to: string;
}

/** What a temporary file of this program is called; the parts are machine, process and something random. */
export const TEMPORARY = /^\.hw2-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}\.tmp$/;

/**
 * Says in a folder which names its files are to take. From then on they will, whatever happens to this process.
 *
 * @param temporary path of a file in the folder that is not there yet
 */
export function planNames(folder: string, files: readonly Naming[], temporary: string): void {
  giveNames(folder);
  try {
    writeFileSync(temporary, JSON.stringify({ format: 'hw2-set', version: 1, files }), { flag: 'wx' });
    renameSync(temporary, join(folder, PLAN));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Gives the files of a folder the names that were planned for them, if any were.
 *
 * @throws Error of the file system, with `path` of the file that could not take its name; no further one has
 */
export function giveNames(folder: string): void {
  const path = join(folder, PLAN);
  const text = readText(path);
  if (text === undefined) return;
  for (const { from, to } of parsePlan(text)) {
    const temporary = join(folder, from);
    // A folder that cannot be written to refuses to name what is not there, too.
    if (!lstatSync(temporary, { throwIfNoEntry: false })) continue;
    try {
      renameSync(temporary, join(folder, to));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw Object.assign(error as Error, { path: join(folder, to) });
    }
  }
  if (readText(path) === text) discardPlan(folder);
}

/** Forgets what was planned. A folder that cannot be written to keeps it, which does no harm where all have their names. */
export function discardPlan(folder: string): void {
  try {
    rmSync(join(folder, PLAN), { force: true });
  } catch {
    // Nobody can.
  }
}

function readText(path: string): string | undefined {
  try {
    // Nearly always there is none, and to look for it costs less than to fail at reading it.
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** A folder may come from anywhere: only what this program would have written is followed, and only within the folder. */
function parsePlan(text: string): Naming[] {
  try {
    const plan = JSON.parse(text) as { format?: unknown; version?: unknown; files?: unknown } | null;
    if (plan?.format !== 'hw2-set' || plan.version !== 1 || !Array.isArray(plan.files)) return [];
    const files = plan.files as (Partial<Naming> | null)[];
    return files.every(isNaming) ? (files as Naming[]) : [];
  } catch {
    return [];
  }
}

function isNaming(file: Partial<Naming> | null): boolean {
  return (
    typeof file?.from === 'string' &&
    TEMPORARY.test(file.from) &&
    typeof file.to === 'string' &&
    file.to === basename(file.to) &&
    !['', '.', '..'].includes(file.to)
  );
}
