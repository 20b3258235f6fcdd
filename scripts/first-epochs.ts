/**
 * Trains both decoders from nothing, with the report's settings and several seeds, on the genuine clips that
 * genuine-clips.ts laid out, and keeps their curves in models/asr/first-epochs.json: which of the two begins with the lower
 * loss, and which has the lower one later. The record is written after every run; a run that it has is not done again.
 *
 *   node build/scripts/first-epochs.js CORPUS [SEEDS]
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '#hw2/data/write.js';
import type { FirstEpochs } from '#hw2/report/findings/speech.js';
import { openExperiment } from '#hw2/speech/experiment.js';
import { decoders } from '#hw2/speech/model/recognizer.js';
import { reportOptions, train } from '#hw2/speech/training.js';
import { given } from './given.js';

const FILE = 'models/asr/first-epochs.json';
const FRAMES = 1376;
/** Enough to see which decoder is ahead at first, and after the third epoch. */
const EPOCHS = 6;

const { CORPUS: corpus } = given('CORPUS [SEEDS]', {
  CORPUS: { is: 'the folder that genuine-clips.ts wrote', holds: ['lj/train'] },
});
const seeds = process.argv[3] ?? '1,2';

const record: Omit<FirstEpochs, 'file'> = existsSync(FILE)
  ? JSON.parse(await readFile(FILE, 'utf8'))
  : {
      command: 'node build/scripts/first-epochs.js CORPUS',
      data: 'genuine clips of LJSpeech, LJ001-0001 to LJ002-0100',
      clips: 0,
      validationClips: 0,
      runs: [],
    };
for (const seed of seeds.split(',').map(Number))
  for (const decoder of decoders) {
    if (record.runs.some((run) => run.seed === seed && run.decoder === decoder)) continue;
    const { training, validation, identity } = await openExperiment({
      data: [join(corpus, 'lj/train')],
      validation: [join(corpus, 'lj/validation')],
      frames: FRAMES,
      settings: { ...reportOptions, epochs: EPOCHS, decoder, seed },
    });
    const { curve } = await train({ train: training, validation }, identity.options, {
      onEpoch: async ({ curve: so }) => {
        const { trainingLoss, loss } = so.at(-1)!;
        console.log(
          `${decoder}, seed ${seed}, epoch ${so.length}: ${trainingLoss.toFixed(4)} ${loss.toFixed(4)}`,
        );
      },
    });
    record.clips = training.length;
    record.validationClips = validation.length;
    record.runs.push({
      decoder,
      seed,
      curve: curve.map(({ trainingLoss, loss }) => ({ trainingLoss, loss })),
    });
    await writeWhole(FILE, `${JSON.stringify(record, null, 2)}\n`);
  }
