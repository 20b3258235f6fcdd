/**
 * Temporary files on their way to their names. Their names tell whose they are, so that those of processes that were killed can be
 * swept away; a process that is interrupted, or exits before they have their names, removes its own, and its locks.
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

/** What is to be removed where this process ends before it has its name, and how. */
const pending = new Map<string, () => void>();
/** What ends a program that does not listen. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** From now on a file, or what `remove` removes, does not outlive this process where a signal or `process.exit` ends it. */
export function hold(path: string, remove: () => void = () => unlinkSync(path)): void {
  if (!process.listeners('exit').includes(removePending)) process.on('exit', removePending);
  pending.set(path, remove);
  watchInterrupts();
}

/** It has its name now, or is gone. */
export function letGo(path: string): void {
  pending.delete(path);
  watchInterrupts();
}

/** While there is something to remove, Ctrl-C does so before it ends the process as it would without. */
function watchInterrupts(): void {
  if (pending.size > 0) {
    for (const signal of SIGNALS)
      if (!process.listeners(signal).includes(endBySignal)) process.on(signal, endBySignal);
    return;
  }
  // Signals that came meanwhile are told of in the next turn of the event loop; without a listener they would be lost. The turns are
  // asked for, or a process that waits for a message would not end where a signal comes in the middle of what it then computes.
  setImmediate(() => setImmediate(() => pending.size === 0 && stopWatching()));
}

function stopWatching(): void {
  for (const signal of SIGNALS) process.removeListener(signal, endBySignal);
}

function endBySignal(signal: NodeJS.Signals): void {
  removePending();
  stopWatching();
  process.kill(process.pid, signal);
}

function removePending(): void {
  // The last first: a folder is removed after what was put into it.
  for (const remove of [...pending.values()].reverse()) {
    try {
      remove();
    } catch {
      // It may have been renamed just now.
    }
  }
  pending.clear();
}
