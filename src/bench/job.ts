import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Accuracy } from './accuracy.js';
import type { Problem } from './problem.js';
import type { Race } from './race.js';

/** Contenders of a job: this project's alone, or also native ones, or those in WebAssembly. */
export type Peers = 'none' | 'native' | 'web';

/** What one process measures. */
export type Job =
  | {
      kind: 'race';
      problem: Problem;
      peers: Peers;
      /** Names of the contenders that take part; all if not given. */
      only?: readonly string[];
      rounds: number;
      seconds: number;
    }
  | { kind: 'memory'; problem: Problem; peers: Peers; contender: string }
  | { kind: 'accuracy'; problem: Problem; orders: readonly number[]; sigmas: readonly number[] };

/** Bytes that a process grew by: tensors, output and whatever the contender needs beside them. */
export interface Growth {
  bytes: number;
}

export type JobMessage = { round: number } | { result: Race | Growth | Accuracy } | { error: string };

/** Races `only` some contenders, or all. @throws Error that the process reports */
export function runRace(
  job: Extract<Job, { kind: 'race' }>,
  onRound?: (round: number) => void,
): Promise<Race> {
  return runJob(job, onRound) as Promise<Race>;
}

/** @throws Error that the process reports */
export function measureGrowth(job: Extract<Job, { kind: 'memory' }>): Promise<Growth> {
  return runJob(job) as Promise<Growth>;
}

/** @throws Error that the process reports */
export function measureAccuracy(job: Extract<Job, { kind: 'accuracy' }>): Promise<Accuracy> {
  return runJob(job) as Promise<Accuracy>;
}

/**
 * Runs a job in a process of its own: V8's flags of one tier, and the memory of one measurement, do not touch the
 * next.
 */
function runJob(job: Job, onRound: (round: number) => void = () => {}): Promise<Race | Growth | Accuracy> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./job-process.js', import.meta.url)));
    let failure = '';
    child.on('message', (message: JobMessage) => {
      if ('round' in message) onRound(message.round);
      else if ('result' in message) resolve(message.result);
      else failure = message.error;
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(failure || `a measuring process ended with ${signal ?? `code ${code}`}`));
    });
    child.send(job);
  });
}
