/**
 * Has flite speak the transcripts of a folder laid out as LJSpeech: the sound goes to wavs/ID.wav beside metadata.csv.
 *
 *   node build/scripts/synthesise.js FOLDER VOICE
 *
 * VOICE is one that `flite -lv` lists: slt, rms, awb and kal16 speak at 16,000 Hz. A clip that is already there is left
 * as it is, so that an interrupted run goes on where it stopped. Every core speaks. flite is in Debian as `apt-get install flite`.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { DataError } from '#hw2/data/error.js';
import { type Clip, readLjspeech } from '#hw2/data/ljspeech.js';
import { readWav } from '#hw2/data/wav-file.js';

/** Speaks one clip, and reads back what was written: flite reports success even where it wrote nothing. */
async function speak(voice: string, { normalised, audio }: Clip): Promise<number> {
  const partial = `${audio}.partial`;
  await promisify(execFile)('flite', ['-voice', voice, '-t', normalised, '-o', partial]);
  const { samples, sampleRate } = await readWav(partial);
  if (samples.length === 0) throw new DataError(`${audio}: flite wrote no sound for "${normalised}"`);
  await rename(partial, audio);
  return samples.length / sampleRate;
}

async function checkVoice(voice: string): Promise<void> {
  const { stdout } = await promisify(execFile)('flite', ['-lv']).catch(() => {
    throw new DataError('flite cannot be run; Debian has it as `apt-get install flite`');
  });
  const voices = stdout.replace(/^.*:/, '').trim().split(/\s+/);
  if (!voices.includes(voice)) throw new DataError(`voice ${voice}, expected one of ${voices.join(', ')}`);
}

const [folder, voice] = process.argv.slice(2);
try {
  if (!folder || !voice) throw new DataError('expected FOLDER and VOICE');
  await checkVoice(voice);
  const clips = await readLjspeech(folder);
  await mkdir(dirname(clips[0]!.audio), { recursive: true });
  const missing = clips.filter(({ audio }) => !existsSync(audio));
  const waiting = missing.values();
  let seconds = 0;
  const speaker = async () => {
    for (const clip of waiting) {
      const length = await speak(voice, clip);
      seconds += length;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, speaker));
  console.log(`${missing.length} of ${clips.length} clips spoken by ${voice}: ${seconds.toFixed(1)} s`);
} catch (error) {
  if (!(error instanceof DataError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}
