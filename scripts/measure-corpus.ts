/**
 * How much speech each folder of a corpus holds, as models/asr/corpus.json: clips and hours, of what train-asr-models.ts hears.
 *
 *   node build/scripts/measure-corpus.js CORPUS
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readLjspeech } from '#hw2/data/ljspeech.js';
import { readWav } from '#hw2/data/wav-file.js';
import { writeWhole } from '#hw2/data/write.js';
import { STAGES } from './asr-stages.js';
import { given } from './given.js';

export interface CorpusRecord {
  command: string;
  /** Without those whose sound is no longer there. */
  folders: { folder: string; clips: number; hours: number }[];
}

const { CORPUS: corpus } = given('CORPUS', {
  CORPUS: { is: 'the folder that train-asr-models.ts takes', holds: ['lj/train'] },
});

const record: CorpusRecord = { command: 'node build/scripts/measure-corpus.js CORPUS', folders: [] };
for (const folder of new Set(STAGES.flatMap(({ folders }) => folders))) {
  if (!existsSync(join(corpus, folder, 'wavs'))) continue;
  const clips = await readLjspeech(join(corpus, folder));
  let seconds = 0;
  for (const { audio } of clips) {
    const { samples, sampleRate } = await readWav(audio);
    seconds += samples.length / sampleRate;
  }
  record.folders.push({ folder, clips: clips.length, hours: Number((seconds / 3_600).toFixed(3)) });
}
await writeWhole('models/asr/corpus.json', `${JSON.stringify(record, null, 1)}\n`);
