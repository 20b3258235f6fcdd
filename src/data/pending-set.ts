import {
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Files that belong together take their names one after the other, and a process can be killed between two of them.
 * Therefore a folder first gets a file, `.hw2-set`, that says which temporary file is to take which name. Whoever reads
 * or writes there next gives the names that are still to be given and removes it, so that nobody of this program ever sees
 * files of two sets together. It does not matter whether the writer is still at work: what another has named has its name.
 */
const PLAN = '.hw2-set';
/** Mode of a folder where only the owner of a file may rename it. */
const STICKY = 0o1000;

/** A temporary file and the name that it is to take, both in one folder. */
export interface Naming {
  from: string;
  to: string;
}

/** What a temporary file of this program is called; the parts are machine, process and something random. */
export const TEMPORARY = /^\.hw2-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}\.tmp$/;

/** What became of the files of a set that could not all take their names; `path` is that of the one that could not. */
export class NamingError extends Error {
  override name = 'NamingError';

  constructor(
    readonly path: string,
    override readonly cause: NodeJS.ErrnoException,
    /** Whether those that had taken their names could not give them back: then the folder's plan is still to be followed. */
    readonly isUnfinished: boolean,
  ) {
    super(cause.message);
  }
}

/**
 * Gives files their names, all or none of them: where one cannot take its name, what the others replaced gets its own back. When
 * the process is killed on the way, the rest is done by whoever reads or writes in the folder next.
 *
 * @param newName makes a temporary name in the folder
 * @throws NamingError
 */
export function nameSet(folder: string, files: readonly Naming[], newName: () => string): void {
  giveNames(folder);
  const replaced: Naming[] = [];
  let isUnfinished = false;
  try {
    for (const { to } of files) {
      const from = newName();
      if (keepAs(join(folder, to), join(folder, from))) replaced.push({ from, to });
    }
    carryOut(folder, files, newName());
  } catch (error) {
    const { path = folder } = error as NodeJS.ErrnoException;
    try {
      takeBack(folder, files, replaced, newName());
    } catch {
      isUnfinished = true;
    }
    const culprit = TEMPORARY.test(basename(path)) ? folder : path;
    throw new NamingError(culprit, error as NodeJS.ErrnoException, isUnfinished);
  } finally {
    if (!isUnfinished) for (const { from } of replaced) rmSync(join(folder, from), { force: true });
  }
}

/** Keeps a file that is to be replaced under a second name, if there is one. */
function keepAs(path: string, second: string): boolean {
  try {
    linkOrCopy(path, second);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Gives a file a second name that no file has yet. Where no file can have two, it is copied.
 * @throws Error of the file system, with code ENOENT where there is no such file and EEXIST where the name is taken
 */
export function linkOrCopy(path: string, second: string): void {
  try {
    linkSync(path, second);
  } catch (error) {
    if (['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code!)) throw error;
    copyFileSync(path, second, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}

/** Puts back what a set has replaced so far, and removes those of its files that replaced nothing. */
function takeBack(
  folder: string,
  files: readonly Naming[],
  replaced: readonly Naming[],
  temporary: string,
): void {
  const named = files.filter(({ from }) => !lstatSync(join(folder, from), { throwIfNoEntry: false }));
  const isAmong = (some: readonly Naming[], { to }: Naming) => some.some((other) => other.to === to);
  const plan = join(folder, PLAN);
  if (named.length > 0)
    carryOut(
      folder,
      replaced.filter((file) => isAmong(named, file)),
      temporary,
    );
  else if (readText(plan) === textOf(files)) rmSync(plan);
  for (const file of named) if (!isAmong(replaced, file)) rmSync(join(folder, file.to), { force: true });
}

const textOf = (files: readonly Naming[]) => JSON.stringify({ format: 'hw2-set', version: 1, files });

/** Says in a folder which names files are to take, instead of what was said before, and gives them. */
function carryOut(folder: string, files: readonly Naming[], temporary: string): void {
  const [path, plan, text] = [join(folder, temporary), join(folder, PLAN), textOf(files)];
  try {
    writeFileSync(path, text, { flag: 'wx' });
    renameSync(path, plan);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
  follow(folder, files);
  // Another process may have said what comes next.
  if (readText(plan) === text) discard(plan);
}

/**
 * Gives the files of a folder the names that were planned for them, if any were.
 *
 * @returns whether there was a plan
 * @throws Error of the file system, with `path` of the file that could not take its name; no further one has
 */
export function giveNames(folder: string): boolean {
  const plan = join(folder, PLAN);
  const text = readText(plan);
  if (text === undefined || isStrangers(folder, plan)) return false;
  follow(folder, parsePlan(text));
  if (readText(plan) === text) discard(plan);
  return true;
}

function follow(folder: string, files: readonly Naming[]): void {
  for (const { from, to } of files) {
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
}

/** Forgets a plan. A folder that cannot be written to keeps it, which does no harm where all have their names. */
function discard(plan: string): void {
  try {
    rmSync(plan, { force: true });
  } catch {
    // Nobody can.
  }
}

/** In a folder such as /tmp anyone may plan, but no one may have others' files replaced. */
function isStrangers(folder: string, plan: string): boolean {
  const user = process.getuid?.();
  if (user === undefined || lstatSync(plan, { throwIfNoEntry: false })?.uid === user) return false;
  return ((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & STICKY) !== 0;
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
