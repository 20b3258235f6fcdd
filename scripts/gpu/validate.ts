/**
 * Scores the parameters that train.py left after each epoch on the validation clips of WORK, beside it, until it has finished:
 * WORK/epochs/SYSTEM-EPOCH.json.
 *
 *   node build/scripts/gpu/validate.js WORK [PART OF]
 *
 * With PART and OF only the epochs of that remainder, so that several processes share them.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { writeWhole } from '#hw2/data/write.js';
import { HEADER_BYTES, type Recording } from '#hw2/speech/corpus.js';
import { validate } from '#hw2/speech/validation.js';
import { given } from '../given.js';
import { readPacks, unpack } from './packs.js';
import { readFloats, readWork } from './work.js';

const { WORK: folder } = given('WORK [PART OF]', { WORK: { is: 'the folder that prepare.js made' } });
const [part = '0', of = '1'] = process.argv.slice(3);
const { validation, systems } = readWork(folder);
const epochs = join(folder, 'epochs');
const features = await mkdtemp(join(tmpdir(), 'validation-'));
const { clips, bytes } = readPacks(join(folder, 'packs'), validation);
const recordings: Recording[] = [];
for (const [i, clip] of clips.entries()) {
  const path = join(features, `${i}.f32`);
  await writeFile(path, Buffer.concat([Buffer.alloc(HEADER_BYTES), Buffer.from(unpack(clip, bytes).buffer)]));
  recordings.push({ ...clip, features: path });
}

/** Epochs of this process that are to be scored. */
const waiting = () =>
  readdirSync(epochs)
    .map((file) => /^(\S+)-(\d+)\.f32$/.exec(file))
    .filter((match) => match !== null)
    .filter(([, name, epoch]) => !existsSync(join(epochs, `${name}-${epoch}.json`)))
    .filter(([, , epoch]) => Number(epoch) % Number(of) === Number(part));

for (;;) {
  const hasFinished = existsSync(join(epochs, 'finished'));
  for (const [file, name, epoch] of waiting()) {
    const system = systems.find((candidate) => candidate.name === name)!;
    const score = await validate(
      readFloats(join(epochs, file)),
      { ...system, frontEnd: 'level' },
      recordings,
    );
    await writeWhole(join(epochs, `${name}-${epoch}.json`), JSON.stringify(score));
    console.log(name, epoch, score.edit.toFixed(3), score.characterErrorRate.toFixed(3));
  }
  if (hasFinished) break;
  await setTimeout(500);
}
await rm(features, { recursive: true });
