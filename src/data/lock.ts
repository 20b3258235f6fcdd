import { rmdirSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from './error.js';
import { hold, isRunning, letGo } from './temporary.js';
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
    if (held.has(path)) onTaken({ pid: process.pid, host: hostname() });
    else if (await take(path)) break;
    else {
      const holder = await readHolder(path);
      if (!holder) continue;
      if (isAlive(holder)) onTaken(holder);
      else {
        await breakLock(path, holder);
        continue;
      }
    }
    await sleep(PAUSE);
  }
  try {
    return await work();
  } finally {
    held.delete(path);
    await rm(path, { force: true });
    letGo(path);
  }
}

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

async function take(path: string): Promise<boolean> {
  held.add(path);
  try {
    const file = await open(path, 'wx');
    await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder));
    await file.close();
    hold(path);
    return true;
  } catch (error) {
    held.delete(path);
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when the lock is gone. One that was cut while it was written belongs to nobody. */
async function readHolder(path: string): Promise<Holder | undefined> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const { pid, host } = JSON.parse(text) as Holder;
      if (Number.isInteger(pid) && typeof host === 'string') return { pid, host };
    } catch {
      // It is being written, perhaps.
    }
    await sleep(PAUSE);
  }
  return { pid: 0, host: hostname() };
}

/** A lock of this very process that it does not hold is that of another with the same number before it. */
function isAlive({ pid, host }: Holder): boolean {
  return host !== hostname() || (pid > 0 && pid !== process.pid && isRunning(pid));
}

/** Takes a dead process's lock away. Another process may do so, too, and lock anew: what was moved then is put back. */
async function breakLock(path: string, dead: Holder): Promise<void> {
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(() => undefined);
  const moved = await readHolder(aside);
  if (moved && moved.pid !== dead.pid) await rename(aside, path);
  else await rm(aside, { force: true });
}
