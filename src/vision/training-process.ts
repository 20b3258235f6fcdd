/** The program of a training process. What finished epochs left is in the checkpoint, whenever it is ended. */
import { existsSync } from 'node:fs';
import { answerQuestions } from '../processes/answer.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { train } from './training.js';
import type { TrainedImages, TrainingRun } from './training-run.js';

const REPORT_MS = 200;

answerQuestions(async (run: TrainingRun, onPart: (trained: TrainedImages) => void) => {
  const { data, identity, initial, checkpoint, resume } = run;
  const from = resume && existsSync(checkpoint) ? await readCheckpoint(checkpoint, identity) : undefined;
  const kept = (from?.curve.length ?? 0) * data.train.labels.length;
  let images = kept;
  let reported = 0;
  onPart({ images, kept });
  const progress = await train(data, identity.options, {
    ...(initial && { initial }),
    ...(from && { from }),
    onBatch: (count) => {
      images += count;
      if (performance.now() - reported < REPORT_MS) return;
      reported = performance.now();
      onPart({ images, kept });
    },
    onEpoch: (present) => writeCheckpoint(checkpoint, identity, present),
  });
  onPart({ images, kept });
  return progress;
});
