import { existsSync } from 'node:fs';
import { DataError } from '../data/error.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { JobMessage, TrainingJob } from './job.js';
import { train } from './training.js';

/** The program of a training process: takes one job from its parent, reports to it, and ends. */

const REPORT_MS = 200;

// The parent is gone, by Ctrl-C for instance: what finished epochs left is in the checkpoint.
process.once('disconnect', () => process.exit());

process.once('message', async (job: TrainingJob) => {
  try {
    await run(job);
  } catch (error) {
    send({ error: (error as Error).message, isDataError: error instanceof DataError });
  }
  process.disconnect();
});

async function run({ data, identity, initial, checkpoint, resume }: TrainingJob): Promise<void> {
  const from = resume && existsSync(checkpoint) ? await readCheckpoint(checkpoint, identity) : undefined;
  const kept = (from?.curve.length ?? 0) * data.train.labels.length;
  let images = kept;
  let reported = 0;
  send({ images, kept });
  await train(data, identity.options, {
    ...(initial && { initial }),
    ...(from && { from }),
    onBatch: (count) => {
      images += count;
      if (performance.now() - reported < REPORT_MS) return;
      reported = performance.now();
      send({ images, kept });
    },
    onEpoch: (progress) => writeCheckpoint(checkpoint, identity, progress),
  });
  send({ images, kept });
}

/** A parent that is just going takes no more messages; that it is gone is heard a moment later. */
function send(message: JobMessage): void {
  process.send!(message, undefined, undefined, () => undefined);
}
