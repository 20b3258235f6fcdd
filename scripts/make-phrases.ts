/**
 * Makes the texts of a synthetic corpus from the transcripts of LJSpeech, for synthesise.ts to speak: phrases in random
 * order, in OUT/train/metadata.csv and OUT/validation/metadata.csv.
 *
 *   node build/scripts/make-phrases.js LJSPEECH OUT [COUNT]
 *
 * COUNT limits the phrases for training (12,000). Every fiftieth transcript is kept for validation, 200 phrases at most;
 * phrases that occur in training as well, and the sentences of models/asr-test, are in neither.
 */
import { join } from 'node:path';
import { DataError } from '#hw2/data/error.js';
import { type Clip, readLjspeech } from '#hw2/data/ljspeech.js';
import { Random } from '#hw2/data/random.js';
import { writeWhole } from '#hw2/data/write.js';
import { phrasesOf } from '#hw2/speech/phrases.js';

const SEED = 42;
const HELD_OUT = 50;
const VALIDATION_PHRASES = 200;

function shuffledPhrases(clips: readonly Clip[], without: ReadonlySet<string>): string[] {
  const phrases = new Set(clips.flatMap(({ normalised }) => phrasesOf(normalised)));
  for (const phrase of without) phrases.delete(phrase);
  const order = Uint32Array.from({ length: phrases.size }, (_, i) => i);
  new Random(SEED).shuffle(order);
  const list = [...phrases];
  return Array.from(order, (i) => list[i]!);
}

function writeMetadata(folder: string, phrases: readonly string[]): Promise<void> {
  const lines = phrases.map((phrase, i) => `phrase-${String(i + 1).padStart(5, '0')}|${phrase}|${phrase}\n`);
  return writeWhole(join(folder, 'metadata.csv'), lines.join(''));
}

const [ljspeech, out, count = '12000'] = process.argv.slice(2);
try {
  if (!ljspeech || !out || !/^[1-9]\d*$/.test(count))
    throw new DataError('expected LJSPEECH, OUT and a number');
  const clips = await readLjspeech(ljspeech);
  const test = new Set((await readLjspeech('models/asr-test')).map(({ normalised }) => normalised));
  const isHeldOut = (_: Clip, i: number) => i % HELD_OUT === 0;
  const train = shuffledPhrases(
    clips.filter((clip, i) => !isHeldOut(clip, i)),
    test,
  );
  const validation = shuffledPhrases(clips.filter(isHeldOut), new Set([...test, ...train]));
  await writeMetadata(join(out, 'train'), train.slice(0, Number(count)));
  await writeMetadata(join(out, 'validation'), validation.slice(0, VALIDATION_PHRASES));
} catch (error) {
  if (!(error instanceof DataError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}
