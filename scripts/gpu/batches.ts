/**
 * Makes the batches that `train` would make, of the packs of a folder WORK, for train.py beside it, in the same order and with the
 * same variations: one file each in WORK/batches, written by all cores and never more than 500 ahead of the training.
 *
 *   node build/scripts/gpu/batches.js WORK
 */
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { augment } from '#hw2/speech/augmentation.js';
import { batchTensors } from '#hw2/speech/batch.js';
import { batches } from '#hw2/speech/buckets.js';
import type { Recording } from '#hw2/speech/corpus.js';
import { rateAt } from '#hw2/speech/training.js';
import { Random } from '#hw2/statistics/random.js';
import { given } from '../given.js';
import { type PackedClip, readPacks, unpack } from './packs.js';
import { finishedEpochs, readWork, type Work } from './work.js';

const AHEAD = 500;

interface Task {
  folder: string;
  work: Work;
  clips: PackedClip[];
  bytes: SharedArrayBuffer;
  thread: number;
  threads: number;
  from: number;
}

/** Clips as `batches` orders them: their bytes stay where they are. */
const asRecordings = (clips: readonly PackedClip[]) => clips as readonly (PackedClip & Recording)[];

/** How many batches train.py has taken. */
function taken(folder: string): number {
  try {
    return Number(readFileSync(join(folder, 'position'), 'utf8'));
  } catch {
    return 0;
  }
}

async function makeBatches({ folder, work, clips, bytes, thread, threads, from }: Task): Promise<void> {
  const { epochs, seed, augment: varied, learningRate } = work;
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = batches(asRecordings(clips), new Random(seed, 1, epoch));
    for (const [i, { shape, recordings }] of order.entries()) {
      const number = step++;
      if (epoch < from || number % threads !== thread) continue;
      while (number > taken(folder) + AHEAD) await setTimeout(20);
      const change = new Random(seed, 2, epoch, i);
      const heard = (recordings as readonly (PackedClip & Recording)[]).map((clip) => ({
        spectrogram: unpack(clip, bytes),
        tokens: clip.tokens,
      }));
      const utterances = heard.map((clip) =>
        change.uniform() < varied ? augment(clip, shape.frames, change) : clip,
      );
      const { spectrogram, frames, previous, next } = batchTensors(utterances, shape);
      const header = new DataView(new ArrayBuffer(16));
      [shape.frames, shape.clips, shape.tokens].forEach((size, at) => {
        header.setInt32(4 * at, size, true);
      });
      header.setFloat32(12, rateAt((epoch + i / order.length) / epochs, learningRate), true);
      const parts = [header, ...[spectrogram, frames, previous, next].map((tensor) => tensor!.data)];
      const path = join(folder, 'batches', `${number}`);
      await writeFile(
        `${path}.part`,
        Buffer.concat(
          parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
        ),
      );
      await rename(`${path}.part`, `${path}.bin`);
    }
  }
}

if (isMainThread) {
  const { WORK: folder } = given('WORK', { WORK: { is: 'the folder that prepare.js made' } });
  const work = readWork(folder);
  const { clips, bytes } = readPacks(join(folder, 'packs'), work.folders);
  const perEpoch = batches(asRecordings(clips), new Random(work.seed, 1, 0)).length;
  const from = finishedEpochs(folder, work);
  await rm(join(folder, 'batches'), { recursive: true, force: true });
  await mkdir(join(folder, 'batches'));
  await writeFile(join(folder, 'position'), String(from * perEpoch));
  await writeFile(join(folder, 'plan.part'), JSON.stringify({ perEpoch, epochs: work.epochs, from }));
  await rename(join(folder, 'plan.part'), join(folder, 'plan.json'));
  const threads = Math.max(1, availableParallelism() - 4);
  for (let thread = 0; thread < threads; thread++)
    new Worker(new URL(import.meta.url), {
      workerData: { folder, work, clips, bytes, thread, threads, from } satisfies Task,
    });
} else {
  await makeBatches(workerData as Task);
}
