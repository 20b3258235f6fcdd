/**
 * Scores the recognizers in models/asr on sentences that none was trained on, and writes models/asr/results.json: the
 * embedded synthetic sentences, the genuine test clips that genuine-clips.ts laid out, the same at −20 dB, clips of two other
 * books and of readers that more-speech.ts kept out; and how many of other-sounds.ts's sounds (CORPUS/sounds/test, of another
 * seed than those of training) are told to be no speech. Transcripts stay where they are. models/asr/earlier holds what it
 * wrote before and after the stage `voices`.
 *
 *   node build/scripts/evaluate-asr-models.js CORPUS CONTROL
 *
 * CONTROL is the folder of the stage `control` of train-asr-models.ts: the attention decoder's recognizer after the epoch that
 * the one with linear attention had more, with softmax. It is not shipped.
 */
import { join, resolve } from 'node:path';
import { createEngine } from '#engine/runtime/engine.js';
import { type Clip, readLjspeech } from '#hw2/data/ljspeech.js';
import { encodeWav } from '#hw2/data/wav.js';
import { readWav } from '#hw2/data/wav-file.js';
import { writeWhole } from '#hw2/data/write.js';
import { compare, type Judged, judge } from '#hw2/speech/comparison.js';
import type { KernelAttention } from '#hw2/speech/kernel-encoder.js';
import { openRecognizer } from '#hw2/speech/models.js';
import { readSound } from '#hw2/speech/sound.js';
import { transcribe } from '#hw2/speech/transcribe.js';
import { given } from './given.js';

const READER_CLIPS = 25;

interface System {
  name: string;
  /** Of models/asr, or a path. */
  folder: string;
  kernels?: KernelAttention;
  /** Hypotheses that are kept, 1 unless given. */
  beam?: number;
}

const { CORPUS: corpus, CONTROL: control } = given('CORPUS CONTROL', {
  CORPUS: {
    is: 'the folder that genuine-clips.ts, more-speech.ts and other-sounds.ts wrote',
    holds: ['lj/test'],
  },
  CONTROL: { is: 'the folder of the recognizer of the stage `control`' },
});

const engine = await createEngine();
const systems: System[] = [
  { name: 'lstm', folder: 'lstm' },
  { name: 'attention', folder: 'attention' },
  { name: 'attention, softmax replaced by order 2', folder: 'attention', kernels: { engine, order: 2 } },
  { name: 'attention, trained on with order 2', folder: 'attention-taylor', kernels: { engine } },
  { name: 'attention, trained on with softmax', folder: resolve(control) },
  { name: 'lstm, beam 5', folder: 'lstm', beam: 5 },
  { name: 'attention, beam 5', folder: 'attention', beam: 5 },
];
/** All of them where the set is small. */
const SOME = ['lstm', 'attention', 'attention, beam 5'];

interface TestSet {
  name: string;
  clips: readonly Clip[];
  systems: readonly System[];
}

const chosen = (names: readonly string[]) => systems.filter(({ name }) => names.includes(name));
const genuine = await readLjspeech(join(corpus, 'lj/test'));
const synthetic = await readLjspeech('models/asr-test');
const sets: TestSet[] = [
  {
    name: 'synthetic: 52 sentences by the voice of training',
    clips: synthetic,
    systems,
  },
  { name: 'genuine: LJ002-0121 to LJ002-0140', clips: genuine, systems },
  {
    name: 'genuine: LJ002-0121 to LJ002-0140 at −20 dB',
    clips: await quieter(genuine, join(corpus, 'lj/test-quiet')),
    systems: chosen(SOME),
  },
  {
    name: 'genuine: two other books, on which confidence was calibrated',
    clips: await readLjspeech(join(corpus, 'lj/other')),
    systems: chosen(SOME),
  },
  {
    name: 'LibriSpeech: two women and two men who were kept out',
    clips: spread(await readLjspeech(join(corpus, 'libri/kept')), READER_CLIPS),
    systems: chosen(SOME),
  },
  {
    name: 'synthetic: 52 sentences at −20 dB',
    clips: await quieter(synthetic, join(corpus, 'slt/test-quiet')),
    systems: chosen(SOME),
  },
];
/** The systems that are compared, the second with the first. */
const PAIRS = [
  ['lstm', 'attention'],
  ['attention', 'attention, softmax replaced by order 2'],
  ['attention', 'attention, trained on with order 2'],
  ['attention, trained on with softmax', 'attention, trained on with order 2'],
  ['lstm, beam 5', 'attention, beam 5'],
] as const;

const results = [];
for (const { name, clips, systems: own } of sets) {
  const judged = new Map<string, Judged>();
  for (const { name: system, folder: model, kernels, beam = 1 } of own) {
    const recognizer = await openRecognizer(resolve('models/asr', model), kernels);
    judged.set(system, await judge(recognizer, clips, beam));
    await recognizer.release();
  }
  const pairs = PAIRS.filter((pair) => pair.every((system) => judged.has(system)));
  results.push({
    set: name,
    clips: clips.length,
    systems: [...judged].map(([system, { score, intervals, calibrationError, words, realTimeFactor }]) => {
      return { name: system, score, intervals, calibrationError, words: words.length, realTimeFactor };
    }),
    comparisons: pairs.map((of) => {
      const [first, second] = of;
      return { of, differences: compare(judged.get(first)!, judged.get(second)!) };
    }),
  });
  const rates = [...judged].map(([system, { score }]) => `${system} ${score.characterErrorRate.toFixed(3)}`);
  console.log(`${name}, CER: ${rates.join(', ')}`);
}
const otherSounds = await noSpeech(join(corpus, 'sounds/test'));
await engine.dispose();
const record = { date: new Date().toISOString().slice(0, 10), results, otherSounds };
// Six digits are more than 100 clips can tell, and the folder stays small.
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value;
await writeWhole('models/asr/results.json', `${JSON.stringify(record, rounded, 1)}\n`);

/** Copies of clips that were recorded 20 dB too quiet, rounded to 16 bits as they would be. */
async function quieter(clips: readonly Clip[], folder: string): Promise<Clip[]> {
  const copies: Clip[] = [];
  for (const clip of clips) {
    const { samples, sampleRate } = await readWav(clip.audio);
    const audio = join(folder, `${clip.id}.wav`);
    await writeWhole(audio, encodeWav({ samples: samples.map((x) => 0.1 * x), sampleRate }));
    copies.push({ ...clip, audio });
  }
  return copies;
}

/** As many clips as wanted of each reader, who is the first part of a name, at equal distances. */
function spread(clips: readonly Clip[], count: number): Clip[] {
  const readers = new Set(clips.map(({ id }) => id.split('-')[0]!));
  return [...readers].flatMap((reader) => {
    const own = clips.filter(({ id }) => id.startsWith(`${reader}-`));
    return own.filter(
      (_, i) => Math.floor((i * count) / own.length) !== Math.floor(((i - 1) * count) / own.length),
    );
  });
}

/** The share of sounds without speech, and of genuine clips, that are told to be no speech. */
async function noSpeech(folder: string) {
  const shares = [];
  for (const name of ['lstm', 'attention']) {
    const recognizer = await openRecognizer(join('models/asr', name));
    const share = async (clips: readonly Clip[], beam: number) => {
      let refused = 0;
      for (const { audio } of clips) {
        const { isSpeech } = await transcribe(recognizer, await readSound(audio, recognizer.frontEnd), beam);
        refused += Number(!isSpeech);
      }
      return { clips: clips.length, refused };
    };
    const sounds = await readLjspeech(folder);
    for (const beam of [1, 5])
      shares.push({ name, beam, sounds: await share(sounds, beam), speech: await share(genuine, beam) });
    await recognizer.release();
  }
  return shares;
}
