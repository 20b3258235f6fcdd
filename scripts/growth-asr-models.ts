/**
 * How recognition grows with hours of each kind of speech: one recognizer, which has heard none of them but the genuine
 * clips, goes on with parts of one kind at a time. Every run hears as much altogether, a smaller part more often, so that
 * runs differ in what there is to learn from and not in how long they learn. The record is models/asr/growth.json, written
 * after every run; a run that it has is not done again.
 *
 *   node build/scripts/growth-asr-models.js CORPUS START
 *
 * CORPUS is that of train-asr-models.ts. START is the folder of the recognizer with attention decoder that came along
 * before the stage `voices`: `git worktree add before 1b61aef~1` has it in before/models/asr/attention.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '#hw2/data/write.js';
import { openCorpus, type Recording } from '#hw2/speech/corpus.js';
import { recognizerWeights } from '#hw2/speech/models.js';
import { train } from '#hw2/speech/training.js';
import { validate } from '#hw2/speech/validation.js';
import { given } from './given.js';

const FILE = 'models/asr/growth.json';
const SYSTEM = { decoder: 'attention', frontEnd: 'level' } as const;
const SETTINGS = { ...SYSTEM, learningRate: 1e-4, seed: 42, augment: 0.7 };
/** Hours that every run hears, and the longest clip, in frames of 160 samples at 22,050 Hz. */
const HEARD = 3;
const FRAMES = 1_376;
const FRAMES_PER_HOUR = (3_600 * 22_050) / 160;

interface Kind {
  name: string;
  folders: readonly string[];
  /** Hours that are tried; absent, all there are. */
  hours?: readonly number[];
}

const LIBRISPEECH = ['libri/train'];
const RHVOICE = ['rhvoice/ready', 'rhvoice/long'];
const GENUINE = ['lj/train', 'lj/pieces', 'lj/crops', 'lj/joined'];
const KINDS: readonly Kind[] = [
  { name: 'LibriSpeech, 16 readers', folders: LIBRISPEECH, hours: [0.5, 1] },
  { name: 'RHVoice, three voices', folders: RHVOICE, hours: [0.5, 1, 3] },
  { name: 'genuine LJSpeech and parts of it', folders: GENUINE },
  { name: 'all together', folders: [...LIBRISPEECH, ...RHVOICE, ...GENUINE], hours: [3] },
];

/** Clips that no run hears. */
const SETS = [
  { name: 'genuine', folders: ['lj/other', 'lj/test'] },
  { name: 'LibriSpeech', folders: ['libri/kept'], every: 4 },
  { name: 'synthetic', folders: ['slt/validation'] },
];

interface Run {
  kind: string;
  hours: number;
  epochs: number;
  /** By name of the set: teacher-forced cross-entropy, and character error rate, decoded greedily. */
  scores: Record<string, { loss: number; characterErrorRate: number }>;
}

export interface GrowthRecord {
  command: string;
  heardHours: number;
  learningRate: number;
  sets: Record<string, number>;
  runs: Run[];
}

const { CORPUS: corpus, START: start } = given('CORPUS START', {
  CORPUS: {
    is: 'the folder that train-asr-models.ts takes',
    holds: ['lj/train', 'libri/train', 'rhvoice/ready'],
  },
  START: { is: 'the folder of the recognizer to begin with', holds: ['encoder.onnx', 'decoder.onnx'] },
});

const initial = await recognizerWeights(start, SYSTEM.decoder);
const sets: { name: string; clips: Recording[] }[] = [];
for (const { name, folders, every = 1 } of SETS)
  sets.push({ name, clips: (await open(folders)).filter((_, i) => i % every === 0) });
const record: GrowthRecord = existsSync(FILE)
  ? JSON.parse(await readFile(FILE, 'utf8'))
  : {
      command: 'node build/scripts/growth-asr-models.js CORPUS START',
      heardHours: HEARD,
      learningRate: SETTINGS.learningRate,
      sets: Object.fromEntries(sets.map(({ name, clips }) => [name, clips.length])),
      runs: [],
    };
await keep('none', 0, 0, async () => initial);
for (const { name, folders, hours = [Number.POSITIVE_INFINITY] } of KINDS) {
  const all = await open(folders);
  for (const some of hours) {
    const clips = part(all, some);
    const epochs = Math.max(1, Math.round(HEARD / hoursOf(clips)));
    await keep(name, hoursOf(clips), epochs, async () => {
      const data = { train: clips, validation: sets[0]!.clips.slice(0, 1) };
      const { state } = await train(data, { ...SETTINGS, epochs }, { initial });
      return state.vectors.parameters!;
    });
  }
}

/** Does a run unless the record has it, and adds it to that. */
async function keep(kind: string, hours: number, epochs: number, parameters: () => Promise<Float32Array>) {
  const known = rounded(hours, 2);
  if (record.runs.some((run) => run.kind === kind && run.hours === known)) return;
  const trained = await parameters();
  const scores: Run['scores'] = {};
  for (const { name, clips } of sets) {
    const { loss, characterErrorRate } = await validate(trained, SYSTEM, clips);
    scores[name] = { loss: rounded(loss, 4), characterErrorRate: rounded(characterErrorRate, 4) };
  }
  record.runs.push({ kind, hours: known, epochs, scores });
  console.log(kind, known, 'h', JSON.stringify(scores));
  await writeWhole(FILE, `${JSON.stringify(record, null, 1)}\n`);
}

async function open(folders: readonly string[]): Promise<Recording[]> {
  const all: Recording[] = [];
  for (const folder of folders) all.push(...(await openCorpus(join(corpus!, folder), SYSTEM.frontEnd)));
  return all.filter(({ frames }) => frames <= FRAMES);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** As many hours of the clips, taken at equal distances from all; all of them where there are no more. */
function part(clips: readonly Recording[], hours: number): Recording[] {
  const share = Math.min(1, hours / hoursOf(clips));
  return clips.filter((_, i) => Math.floor((i + 1) * share) > Math.floor(i * share));
}

function hoursOf(clips: readonly Recording[]): number {
  return clips.reduce((sum, { frames }) => sum + frames, 0) / FRAMES_PER_HOUR;
}
