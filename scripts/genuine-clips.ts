/**
 * Lays out genuine speech as LJSpeech, for hw2 train-asr: the clips of LJSpeech and of another reader that are at hand as
 * FLAC, in OUT/lj/train, OUT/lj/validation, OUT/lj/test and OUT/reader.
 *
 *   node build/scripts/genuine-clips.js LJSPEECH READER OUT
 *
 * LJSPEECH and READER hold `wavs/ID.flac` or `ID.flac` and `metadata.csv`, lines `id|…|transcript`. Of LJSpeech,
 * LJ002-0101 to LJ002-0120 validate, LJ002-0121 to LJ002-0140 test, and what comes before trains. sox decodes them
 * (`apt-get install sox`); a clip that is already there is left as it is.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { writeWhole } from '#hw2/data/write.js';
import { given } from './given.js';

interface Entry {
  id: string;
  transcript: string;
  flac: string;
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const lines = (await readFile(join(folder, 'metadata.csv'), 'utf8')).trim().split(/\r?\n/);
  const entries = lines.map((line) => {
    const fields = line.split('|');
    const id = fields[0]!;
    const paths = [join(folder, 'wavs', `${id}.flac`), join(folder, `${id}.flac`)];
    return { id, transcript: fields.at(-1)!, flac: paths.find(existsSync) };
  });
  return entries.filter((entry): entry is Entry => entry.flac !== undefined);
}

async function layOut(entries: readonly Entry[], folder: string): Promise<void> {
  const lines = entries.map(({ id, transcript }) => `${id}|${transcript}|${transcript}\n`);
  await writeWhole(join(folder, 'metadata.csv'), lines.join(''));
  for (const { id, flac } of entries) {
    const wav = join(folder, 'wavs', `${id}.wav`);
    if (existsSync(wav)) continue;
    await mkdir(dirname(wav), { recursive: true });
    await promisify(execFile)('sox', [flac, '-t', 'wav', `${wav}.partial`]);
    await rename(`${wav}.partial`, wav);
  }
  console.log(`${folder}: ${entries.length} clips`);
}

const { LJSPEECH, READER, OUT } = given('LJSPEECH READER OUT', {
  LJSPEECH: { is: 'the folder of LJSpeech, its clips as FLAC', holds: ['metadata.csv'] },
  READER: { is: 'a folder like it, of another reader', holds: ['metadata.csv'] },
  OUT: { is: 'the folder to write', isOutput: true },
});
const lj = await entriesOf(LJSPEECH);
const part = (first: string, last: string) => lj.filter(({ id }) => id >= first && id <= last);
await layOut(part('LJ001-0001', 'LJ002-0100'), join(OUT, 'lj/train'));
await layOut(part('LJ002-0101', 'LJ002-0120'), join(OUT, 'lj/validation'));
await layOut(part('LJ002-0121', 'LJ002-0140'), join(OUT, 'lj/test'));
await layOut(await entriesOf(READER), join(OUT, 'reader'));
