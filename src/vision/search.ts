import { askOnce } from '../processes/remote.js';
import type { Progress } from './training.js';
import type { TrainedImages, TrainingRun } from './training-run.js';

/**
 * Carries out training runs, each in a process of its own, `processes` at a time.
 *
 * @param onImages called with the images that all runs together have been trained on, and those among them that
 * checkpoints brought
 * @returns how the runs ended, in their order
 * @throws what the first run that failed reported
 */
export async function trainAll(
  runs: readonly TrainingRun[],
  { processes, onImages }: { processes: number; onImages?: (images: number, kept: number) => void },
): Promise<Progress[]> {
  const done = runs.map((): TrainedImages => ({ images: 0, kept: 0 }));
  const ended: Progress[] = [];
  const queue = [...runs.entries()];
  const stop = new AbortController();
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, run] = next;
      const onPart = (own: TrainedImages) => {
        done[index] = own;
        const sum = (count: (trained: TrainedImages) => number) =>
          done.reduce((total, one) => total + count(one), 0);
        onImages?.(
          sum(({ images }) => images),
          sum(({ kept }) => kept),
        );
      };
      const program = new URL('./training-process.js', import.meta.url);
      ended[index] = await askOnce({ program, name: 'a training process', signal: stop.signal }, run, onPart);
    }
  };
  const lanes = Array.from({ length: Math.min(processes, runs.length) }, lane);
  try {
    await Promise.all(lanes);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(lanes);
    throw error;
  }
  return ended;
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
