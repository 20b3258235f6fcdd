/**
 * Temporary files on their way to their names. Their names tell whose they are, so that those of processes that were killed can be
 * swept away; a process that is interrupted removes its own.
 */
import { createHash, randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TEMPORARY } from './pending-set.js';

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** A name that no other file has, and that tells whose it is. */
export function temporaryName(folder: string): string {
  return join(folder, `.hw2-${HOST}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
}

const swept = new Set<string>();

/** Removes temporary files of processes on this machine that are no more. Once a folder is enough for one process. */
export async function sweep(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  for (const name of await readdir(folder)) {
    const [, host, pid] = TEMPORARY.exec(name) ?? [];
    if (host === HOST && !isRunning(Number(pid)))
      await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

/** The next `sweep` of a folder looks at it again. */
export function sweepAgain(folder: string): void {
  swept.delete(folder);
}

/** Whether a process of this machine is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Temporary files that this process has not finished with. */
const pending = new Set<string>();
/** What ends a program that does not listen. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** From now on the file is removed where a signal ends this process. */
export function hold(temporary: string): void {
  pending.add(temporary);
  watchInterrupts();
}

/** It has its name, or is removed. */
export function letGo(temporary: string): void {
  pending.delete(temporary);
  watchInterrupts();
}

/** While there are temporary files, Ctrl-C removes them before it ends the process as it would without. */
function watchInterrupts(): void {
  if (pending.size > 0) {
    for (const signal of SIGNALS)
      if (!process.listeners(signal).includes(removePending)) process.on(signal, removePending);
    return;
  }
  // Signals that came meanwhile are told of in the next turn of the event loop; without a listener they would be lost.
  setImmediate(() => setImmediate(() => pending.size === 0 && stopWatching()).unref()).unref();
}

function stopWatching(): void {
  for (const signal of SIGNALS) process.removeListener(signal, removePending);
}

function removePending(signal: NodeJS.Signals): void {
  for (const temporary of pending) {
    try {
      unlinkSync(temporary);
    } catch {
      // It may have been renamed just now.
    }
  }
  pending.clear();
  stopWatching();
  process.kill(process.pid, signal);
}
