import { readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from './error.js';
import { linkOrCopy } from './pending-set.js';
import { hold, isRunning, letGo, temporaryName } from './temporary.js';
import { checkWritable } from './write.js';

/** What a lock file holds. */
interface Holder {
  pid: number;
  host: string;
}

const PAUSE = 200;

/** Files that this process has locked. */
const held = new Set<string>();

/**
 * Does some work while no other process of this program does the same, as told by a lock file that names its process. A
 * lock whose process is no more, because it was killed, counts for nothing.
 *
 * @param path of the lock file; its folder must be there
 * @param onTaken what to do about a lock that another process holds: wait, or throw
 */
export async function withLock<T>(
  path: string,
  onTaken: (holder: Holder) => void,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    if (held.has(path)) onTaken(self());
    else if (take(path)) break;
    else {
      const holder = await readHolder(path);
      if (!holder) continue;
      if (isAlive(holder)) onTaken(holder);
      else {
        breakLock(path, holder);
        continue;
      }
    }
    await sleep(PAUSE);
  }
  try {
    return await work();
  } finally {
    // In one step, or a caller of this process could lock anew before the old lock is removed.
    rmSync(path, { force: true });
    held.delete(path);
    letGo(path);
  }
}

const self = (): Holder => ({ pid: process.pid, host: hostname() });

/**
 * Does some work in a folder of its own, which is made where it is not there. Where the work fails, or a signal ends the process, a
 * folder that was made for it and holds nothing is removed again.
 *
 * @throws DataError when another process works there; Error when the folder cannot be written to
 */
export async function withFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await checkWritable(join(folder, LOCK));
  const made = await mkdir(folder, { recursive: true });
  const removeMade = () => made !== undefined && removeEmpty(resolve(folder), resolve(made));
  hold(folder, removeMade);
  const refuse = ({ pid, host }: Holder) => {
    throw new DataError(
      `${folder}: another hw2 works there (process ${pid} on ${host}); choose another --out`,
    );
  };
  try {
    return await withLock(join(folder, LOCK), refuse, work);
  } catch (error) {
    removeMade();
    throw error;
  } finally {
    letGo(folder);
  }
}

const LOCK = '.hw2-lock';

/** Removes a folder and those around it up to `last`, as far as they are empty. */
function removeEmpty(folder: string, last: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
  if (folder !== last) removeEmpty(dirname(folder), last);
}

/**
 * Makes the lock file, unless there is one. It has its text before it has its name: a process that found it empty, because this one
 * stood still in between, would take it for that of a process that was killed.
 */
function take(path: string): boolean {
  const temporary = temporaryName(dirname(path));
  hold(temporary);
  try {
    writeFileSync(temporary, JSON.stringify(self()), { flag: 'wx' });
    linkOrCopy(temporary, path);
    held.add(path);
    hold(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
    letGo(temporary);
  }
}

/** Undefined when the lock is gone. One that stays without its text, as a copy can that was cut, belongs to nobody. */
async function readHolder(path: string): Promise<Holder | undefined> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const text = readText(path);
    if (text === undefined) return undefined;
    const holder = parseHolder(text);
    if (holder) return holder;
    await sleep(PAUSE);
  }
  return { pid: 0, host: hostname() };
}

/** @throws Error naming a lock that is there and cannot be read, such as a folder: to ask for it again would never end */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Error(`${path}: this lock cannot be read (${code}); remove it if nothing uses it`);
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host } = JSON.parse(text) as Holder;
    return Number.isInteger(pid) && typeof host === 'string' ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

/** A lock of this very process that it does not hold is that of another with the same number before it. */
function isAlive({ pid, host }: Holder): boolean {
  return host !== hostname() || (pid > 0 && pid !== process.pid && isRunning(pid));
}

/** Takes a dead process's lock away. Another process may do so, too, and lock anew: what was moved then is put back. */
function breakLock(path: string, dead: Holder): void {
  const aside = temporaryName(dirname(path));
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = parseHolder(readText(aside) ?? '');
  if (moved && moved.pid !== dead.pid) renameSync(aside, path);
  else rmSync(aside, { force: true });
}
