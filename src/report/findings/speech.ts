import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createEngine, type Tier } from 'hw2-engine';
import { readJson } from '../../data/json-file.js';
import { type Clip, readLjspeech } from '../../data/ljspeech.js';
import { type Alignment, alignmentOf } from '../../speech/alignment.js';
import {
  compare,
  type Difference,
  type HeardClips,
  hear,
  type Judged,
  judgementOf,
} from '../../speech/comparison.js';
import type { KernelAttention } from '../../speech/kernel-encoder.js';
import { type Decoder, decoders } from '../../speech/model/recognizer.js';
import { openRecognizer } from '../../speech/models.js';
import { readSound } from '../../speech/sound.js';
import type { Epoch, TrainingOptions } from '../../speech/training.js';
import { listenTo } from '../../speech/transcribe.js';
import { type EnglishWords, englishWords } from './english.js';
import { encoderMatrices, type Matrices } from './matrices.js';
import { attempt, type Part } from './part.js';
import { shownPath } from './paths.js';

/** What training left beside a recognizer. */
export interface SpeechRecord {
  data: string;
  options: TrainingOptions;
  init?: string;
  /** Epochs of the training whose checkpoint this one began with. */
  earlier?: Epoch[];
  curve: Epoch[];
}

/** Both decoders trained from nothing, with several seeds: what `scripts/first-epochs.ts` recorded. */
export interface FirstEpochs {
  file: string;
  command: string;
  /** What was learned from, in words. */
  data: string;
  clips: number;
  validationClips: number;
  runs: { decoder: Decoder; seed: number; curve: Pick<Epoch, 'trainingLoss' | 'loss'>[] }[];
}

/** What recognizers were judged on where they were trained, sets that do not come with hw2 among them. */
export interface RecordedSets {
  file: string;
  date: string;
  results: {
    /** Begins with the kind of speech: `genuine: …`. */
    set: string;
    clips: number;
    systems: Pick<Judged, 'name' | 'score' | 'intervals'>[];
    comparisons: { of: [string, string]; differences: Difference[] }[];
  }[];
}

/** Question 3: what training recorded, and both systems judged anew. */
export interface SpeechFindings {
  records: { decoder: Decoder; file: string; record: SpeechRecord }[];
  /** Beside the recognizers, where there is such a file. */
  recorded?: RecordedSets;
  /** The same. */
  first?: FirstEpochs;
  evaluation: Part<SpeechEvaluation>;
}

export interface SpeechEvaluation {
  /** Folder of the sentences, and how many it has. */
  sentences: string;
  clips: number;
  systems: Judged[];
  /** The attention decoder against the LSTM decoder. */
  comparison: Difference[];
  /** Of the first sentence: what was heard, and where the attention decoder's system listened while it wrote. */
  alignment: Part<Alignment & { id: string; sentence: string }>;
  /** How many of the words that each system wrote are English ones. */
  english: Part<EnglishWords>;
  linear: Part<LinearEncoder>;
}

/** The attention decoder's system with another self-attention in its encoder, on the same sentences or some of them. */
export interface LinearEncoder {
  /** The encoder's first self-attention on a sentence, head by head. */
  matrices: Matrices[];
  /** The system as it was trained, on these sentences. */
  softmax: Judged;
  /** By our exact kernels: what differs from ONNX Runtime here is rounding. */
  exact: Judged;
  /** By linear attention of these orders, in a model trained with softmax. */
  orders: { order: number; judged: Judged; against: Difference[] }[];
  /** The sibling that was trained with linear attention, by the kernels of its training; where there is one. */
  trained?: { judged: Judged; against: Difference[]; began?: string; epochs: number };
}

/** Order 3 takes half a minute for the weights of 100 dimensions, and weighs keys negatively. */
const LINEAR_ORDERS = [1, 2];

/** Of the experiment with the encoder every so many sentences are taken when there is little time; systems are judged on all. */
const QUICK_STEP = 3;

/** @param options.recognizer folder of a recognizer; throws where there is none */
export async function findSpeech(
  {
    recognizer: folderOf,
    sentences,
    tier,
    quick,
  }: { recognizer: (decoder: Decoder) => string; sentences: string; tier: Tier; quick: boolean },
  progress: (text: string) => void,
): Promise<SpeechFindings> {
  const records: SpeechFindings['records'] = [];
  let recorded: RecordedSets | undefined;
  let first: FirstEpochs | undefined;
  const evaluation = await attempt(async () => {
    const folders = decoders.map(folderOf);
    records.push(...(await readRecords(folders)));
    recorded = await readBeside(folders[0]!, 'results.json');
    first = await readBeside(folders[0]!, 'first-epochs.json');
    const all = await readLjspeech(sentences);
    const some = (index: number) => !quick || index % QUICK_STEP === 0;
    /** One part a sentence. */
    const listen = async (
      folder: string,
      title: string,
      clips: readonly Clip[],
      kernels?: KernelAttention,
    ) => {
      const recognizer = await openRecognizer(folder, kernels);
      const parts: HeardClips[] = [];
      for (const clip of clips) {
        parts.push(await hear(recognizer, [clip], 1));
        progress(`speech: ${title}, ${parts.length} of ${clips.length} sentences`);
      }
      await recognizer.release();
      return parts;
    };
    const heard: HeardClips[][] = [];
    for (const [i, folder] of folders.entries())
      heard.push(await listen(folder, `${decoders[i]} decoder`, all));
    const systems = heard.map((parts, i) => judgementOf(decoders[i]!, parts));
    const linear = await attempt(async (): Promise<LinearEncoder> => {
      const engine = await createEngine({ tier });
      const folder = folders[decoders.indexOf('attention')]!;
      const sibling = `${folder}-taylor`;
      const softmax = judgementOf(
        'attention',
        heard[decoders.indexOf('attention')]!.filter((_, i) => some(i)),
      );
      const clips = all.filter((_, i) => some(i));
      const score = async (path: string, title: string, kernels: KernelAttention) =>
        judgementOf('attention', await listen(path, title, clips, kernels));
      const matrices = await encoderMatrices(engine, folder, sentences, [2]);
      const exact = await score(folder, 'our exact kernels', { engine });
      const orders: LinearEncoder['orders'] = [];
      for (const order of LINEAR_ORDERS) {
        const judged = await score(folder, `linear attention of order ${order}`, { engine, order });
        orders.push({ order, judged, against: compare(softmax, judged) });
      }
      const trained =
        existsSync(sibling) && (await score(sibling, 'trained with linear attention', { engine }));
      await engine.dispose();
      return {
        ...{ matrices, softmax, exact, orders },
        ...(trained && {
          trained: { judged: trained, against: compare(softmax, trained), ...(await readBeginning(sibling)) },
        }),
      };
    });
    const comparison = compare(systems[0]!, systems[1]!);
    const alignment = await attempt(async () => {
      const { id, normalised, audio } = all[0]!;
      const recognizer = await openRecognizer(folders[decoders.indexOf('attention')]!);
      const sound = await readSound(audio, recognizer.frontEnd);
      const { listened } = await listenTo(recognizer, sound, 1);
      if (!listened) throw new Error(`${audio} is silent`);
      const alignment = await alignmentOf(recognizer, sound.spectrogram, listened);
      await recognizer.release();
      return { id, sentence: normalised, ...alignment };
    });
    const english = await attempt(() => englishWords(systems));
    return {
      sentences: shownPath(sentences),
      clips: all.length,
      systems,
      comparison,
      alignment,
      english,
      linear,
    };
  });
  return { records, ...(recorded && { recorded }), ...(first && { first }), evaluation };
}

/** A record, where there is one. @param recognizer one of the folders that it is about */
async function readBeside<T extends { file: string }>(
  recognizer: string,
  name: string,
): Promise<T | undefined> {
  const file = join(dirname(recognizer), name);
  if (!existsSync(file)) return undefined;
  return { ...((await readJson(file)) as T), file: shownPath(file) };
}

/** What a recognizer's training began with and how long it took, as its curve says. */
async function readBeginning(folder: string): Promise<{ began?: string; epochs: number }> {
  const { init, curve } = (await readJson(join(folder, 'curve.json'))) as SpeechRecord;
  return { ...(init !== undefined && { began: init }), epochs: curve.length };
}

async function readRecords(folders: readonly string[]): Promise<SpeechFindings['records']> {
  const records: SpeechFindings['records'] = [];
  for (const [i, folder] of folders.entries()) {
    const file = join(folder, 'curve.json');
    if (existsSync(file))
      records.push({
        decoder: decoders[i]!,
        file: shownPath(file),
        record: (await readJson(file)) as SpeechRecord,
      });
  }
  return records;
}
