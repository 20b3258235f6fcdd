import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DataError } from '../data/error.js';
import { readCheckpoint } from './checkpoint.js';
import type { JobMessage, TrainingJob } from './job.js';
import type { Progress } from './training.js';

/**
 * Runs training jobs, each in a process of its own, `processes` at a time.
 *
 * @param onImages called with the images that all jobs together have been trained on, and those among them that
 * checkpoints brought
 * @returns the finished runs, in the order of the jobs
 * @throws what the first job that failed reported
 */
export async function runJobs(
  jobs: readonly TrainingJob[],
  { processes, onImages }: { processes: number; onImages?: (images: number, kept: number) => void },
): Promise<Progress[]> {
  const done = jobs.map(() => ({ images: 0, kept: 0 }));
  const queue = [...jobs.entries()];
  const stop = new AbortController();
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, job] = next;
      await runJob(job, stop.signal, (own) => {
        done[index] = own;
        const sum = (count: (job: JobImages) => number) => done.reduce((total, job) => total + count(job), 0);
        onImages?.(
          sum(({ images }) => images),
          sum(({ kept }) => kept),
        );
      });
    }
  };
  const lanes = Array.from({ length: Math.min(processes, jobs.length) }, lane);
  try {
    await Promise.all(lanes);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(lanes);
    throw error;
  }
  return Promise.all(jobs.map(({ checkpoint, identity }) => readCheckpoint(checkpoint, identity)));
}

type JobImages = Exclude<JobMessage, { error: string }>;

function runJob(job: TrainingJob, signal: AbortSignal, onImages: (own: JobImages) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL('./job-process.js', import.meta.url));
    const child = fork(path, { serialization: 'advanced', signal });
    let failure: Error | undefined;
    child.on('message', (message: JobMessage) => {
      if ('images' in message) onImages(message);
      else failure = message.isDataError ? new DataError(message.error) : new Error(message.error);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (failure) reject(failure);
      else if (code === 0) resolve();
      else reject(new Error(`a training process ended with code ${code}`));
    });
    child.send(job);
  });
}

/**
 * The index of the run with the highest validation accuracy after its last epoch, the first of equals; −1 when all
 * diverged.
 */
export function bestRun(runs: readonly Progress[]): number {
  const accuracies = runs.map(({ curve, diverged }) => (diverged ? -1 : curve.at(-1)!.accuracy));
  const highest = Math.max(...accuracies);
  return highest < 0 ? -1 : accuracies.indexOf(highest);
}
