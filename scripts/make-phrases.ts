/**
 * Makes the texts of a synthetic corpus from the transcripts of LJSpeech, for synthesise.ts to speak: phrases in random
 * order, in slt/train/metadata.csv and slt/validation/metadata.csv of CORPUS, whole sentences in slt/sentences/metadata.csv,
 * and long phrases for both synthesisers in the folders of LONG_PHRASES.
 *
 *   node build/scripts/make-phrases.js LJSPEECH CORPUS [COUNT]
 *
 * COUNT limits the phrases for training (12,000). Sentences are 2,000 transcripts that are longer than a phrase and that
 * the protocol does not cut; long phrases have 30 to 97 characters, are of all transcripts, and none is in two folders. Every fiftieth transcript is
 * kept for validation, 60 phrases at most; phrases that occur in training as well, the sentences of models/asr-test and
 * those of the genuine clips that genuine-clips.ts and more-speech.ts keep are in none of them.
 */
import { join } from 'node:path';
import { type Clip, readLjspeech } from '#hw2/data/ljspeech.js';
import { writeWhole } from '#hw2/data/write.js';
import { LONGEST_PHRASE, type PhraseLimits, phrasesOf } from '#hw2/speech/phrases.js';
import { PROTOCOL_TOKENS } from '#hw2/speech/text.js';
import { Random } from '#hw2/statistics/random.js';
import { given, refuse } from './given.js';

const SEED = 42;
/** Genuine clips that are kept from training: their texts are, too. */
const KEPT = [
  ['LJ002-0101', 'LJ002-0200'],
  ['LJ023-0051', 'LJ023-0058'],
  ['LJ028-0030', 'LJ028-0039'],
] as const;
const isKept = ({ id }: Clip) => KEPT.some(([first, last]) => id >= first && id <= last);
const HELD_OUT = 50;
const VALIDATION_PHRASES = 60;
const SENTENCES = 2_000;
/** How many long phrases go into which folder, one after the other. */
const LONG_PHRASES = { 'rhvoice/long': 6_000, 'rhvoice/more': 2_500, 'slt/long': 3_000 };
const LONG = { shortest: 30, longest: PROTOCOL_TOKENS - 2 };

function shuffledPhrases(
  clips: readonly Clip[],
  without: ReadonlySet<string>,
  limits?: PhraseLimits,
): string[] {
  const phrases = new Set(clips.flatMap(({ normalised }) => phrasesOf(normalised, limits)));
  for (const phrase of without) phrases.delete(phrase);
  return shuffled([...phrases]);
}

function shuffled(list: readonly string[]): string[] {
  const order = Uint32Array.from(list, (_, i) => i);
  new Random(SEED).shuffle(order);
  return Array.from(order, (i) => list[i]!);
}

function textsOf({ normalised }: Clip): string[] {
  return [normalised, ...phrasesOf(normalised), ...phrasesOf(normalised, LONG)];
}

/** Longer than a phrase, but whole within the protocol's 97 characters. */
function isSentence({ length }: string): boolean {
  return length > LONGEST_PHRASE && length <= PROTOCOL_TOKENS - 2;
}

function writeMetadata(folder: string, phrases: readonly string[]): Promise<void> {
  const lines = phrases.map((phrase, i) => `phrase-${String(i + 1).padStart(5, '0')}|${phrase}|${phrase}\n`);
  return writeWhole(join(folder, 'metadata.csv'), lines.join(''));
}

const USAGE = 'LJSPEECH CORPUS [COUNT]';
const { LJSPEECH, CORPUS: corpus } = given(USAGE, {
  LJSPEECH: { is: 'the folder of LJSpeech', holds: ['metadata.csv'] },
  CORPUS: { is: 'the folder to write', isOutput: true },
});
const count = process.argv[4] ?? '12000';
if (!/^[1-9]\d*$/.test(count)) refuse(USAGE, `COUNT: ${count}, expected a whole number from 1`);
const clips = await readLjspeech(LJSPEECH);
const test = new Set((await readLjspeech('models/asr-test')).map(({ normalised }) => normalised));
const isHeldOut = (_: Clip, i: number) => i % HELD_OUT === 0;
const heard = clips.filter((clip, i) => !isHeldOut(clip, i) && !isKept(clip));
const kept = new Set([...test, ...clips.filter(isKept).flatMap(textsOf)]);
const train = shuffledPhrases(heard, kept);
const long = shuffledPhrases(heard, kept, LONG);
const whole = heard.map(({ normalised }) => normalised).filter(isSentence);
const heldOut = clips.filter((clip, i) => isHeldOut(clip, i) && !isKept(clip));
const validation = shuffledPhrases(heldOut, new Set([...test, ...train]));
await writeMetadata(join(corpus, 'slt/train'), train.slice(0, Number(count)));
await writeMetadata(join(corpus, 'slt/sentences'), shuffled(whole).slice(0, SENTENCES));
let from = 0;
for (const [folder, length] of Object.entries(LONG_PHRASES)) {
  await writeMetadata(join(corpus, folder), long.slice(from, from + length));
  from += length;
}
await writeMetadata(join(corpus, 'slt/validation'), validation.slice(0, VALIDATION_PHRASES));
