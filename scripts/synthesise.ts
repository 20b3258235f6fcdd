/**
 * Has a synthesiser speak the transcripts of a folder laid out as LJSpeech: the sound goes to wavs/ID.wav beside
 * metadata.csv.
 *
 *   node build/scripts/synthesise.js FOLDER VOICE
 *
 * VOICE is one that `flite -lv` lists: slt, rms, awb and kal16 speak at 16,000 Hz; or `rhvoice`, which is three voices of
 * RHVoice in turn, at 24,000 Hz, rate and pitch another for each clip. A clip that is already there is left as it is, so that
 * an interrupted run goes on where it stopped. Every core speaks. Debian has them as `apt-get install flite` and, in
 * contrib and non-free, `apt-get install rhvoice rhvoice-english`.
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
import { Random } from '#hw2/statistics/random.js';
import { given, refuse } from './given.js';

const SEED = 42;

/** American, two women and a man, all made from CMU Arctic's recordings. The other English voices may not be built on. */
const RHVOICES = ['clb', 'slt', 'bdl'];
/** In per cent of the voice's own. */
const RATES = [85, 115] as const;
const PITCHES = [92, 108] as const;

type Speaker = (text: string, position: number, path: string) => Promise<unknown>;

function flite(voice: string): Speaker {
  return (text, _, path) => promisify(execFile)('flite', ['-voice', voice, '-t', text, '-o', path]);
}

const rhvoice: Speaker = (text, position, path) => {
  const draw = new Random(SEED, position);
  const between = ([low, high]: readonly [number, number]) => String(low + draw.integer(high - low + 1));
  const voice = RHVOICES[position % RHVOICES.length]!;
  const flags = ['-p', voice, '-r', between(RATES), '-t', between(PITCHES), '-o', path];
  const spoken = promisify(execFile)('RHVoice-test', flags);
  spoken.child.stdin!.end(text);
  return spoken;
};

/** Speaks one clip, and reads back what was written: flite reports success even where it wrote nothing. */
async function speak(speaker: Speaker, { normalised, audio }: Clip, position: number): Promise<number> {
  const partial = `${audio}.partial`;
  await speaker(normalised, position, partial);
  const { samples, sampleRate } = await readWav(partial);
  if (samples.length === 0) throw new DataError(`${audio}: no sound was written for "${normalised}"`);
  await rename(partial, audio);
  return samples.length / sampleRate;
}

async function speakerOf(voice: string): Promise<Speaker> {
  if (voice === 'rhvoice') return rhvoice;
  const { stdout } = await promisify(execFile)('flite', ['-lv']).catch(() => {
    throw new DataError('flite cannot be run; Debian has it as `apt-get install flite`');
  });
  const voices = stdout.replace(/^.*:/, '').trim().split(/\s+/);
  if (!voices.includes(voice))
    throw new DataError(`voice ${voice}, expected rhvoice or one of ${voices.join(', ')}`);
  return flite(voice);
}

const USAGE = 'FOLDER VOICE';
const { FOLDER } = given(USAGE, {
  FOLDER: { is: 'a folder laid out as LJSpeech, without the sound', holds: ['metadata.csv'] },
});
const voice = process.argv[3] ?? refuse(USAGE, 'expected VOICE, rhvoice or one that flite -lv lists');
const speaker = await speakerOf(voice);
const clips = await readLjspeech(FOLDER);
await mkdir(dirname(clips[0]!.audio), { recursive: true });
const missing = [...clips.entries()].filter(([, { audio }]) => !existsSync(audio));
const waiting = missing.values();
let seconds = 0;
const work = async () => {
  for (const [position, clip] of waiting) {
    const length = await speak(speaker, clip, position);
    seconds += length;
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(`${missing.length} of ${clips.length} clips spoken by ${voice}: ${seconds.toFixed(1)} s`);
