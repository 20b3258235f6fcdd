import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEngine, type Tier } from 'hw2-engine';
import { readLjspeech } from '../../data/ljspeech.js';
import { compare, type Difference, type Judged, judge } from '../../speech/comparison.js';
import type { KernelAttention } from '../../speech/kernel-encoder.js';
import { type Decoder, decoders } from '../../speech/model/recognizer.js';
import { openRecognizer } from '../../speech/models.js';
import type { Epoch, TrainingOptions } from '../../speech/training.js';
import { encoderMatrices, type Matrices } from './matrices.js';
import { attempt, type Part } from './part.js';
import { shownPath } from './paths.js';

/** What training left beside a recognizer. */
export interface SpeechRecord {
  data: string;
  options: TrainingOptions;
  init?: string;
  curve: Epoch[];
}

/** Question 3: what training recorded, and both systems judged anew. */
export interface SpeechFindings {
  records: { decoder: Decoder; file: string; record: SpeechRecord }[];
  evaluation: Part<SpeechEvaluation>;
}

export interface SpeechEvaluation {
  /** Folder of the sentences, and how many of it were taken. */
  sentences: string;
  clips: number;
  of: number;
  systems: Judged[];
  /** The attention decoder against the LSTM decoder. */
  comparison: Difference[];
  linear: Part<LinearEncoder>;
}

/** The attention decoder's system with another self-attention in its encoder, on the same sentences. */
export interface LinearEncoder {
  /** The encoder's first self-attention on a sentence, head by head. */
  matrices: Matrices[];
  /** By our exact kernels: what differs from ONNX Runtime here is rounding. */
  exact: Judged;
  /** By linear attention of these orders, in a model trained with softmax. */
  orders: { order: number; judged: Judged; against: Difference[] }[];
  /** The sibling that was trained with linear attention, by the kernels of its training; where there is one. */
  trained?: { judged: Judged; against: Difference[] };
}

/** Order 3 takes half a minute for the weights of 100 dimensions, and weighs keys negatively. */
const LINEAR_ORDERS = [1, 2];

/** Every so many sentences are taken when there is little time. */
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
  const evaluation = await attempt(async () => {
    const folders = decoders.map(folderOf);
    records.push(...(await readRecords(folders)));
    const all = await readLjspeech(sentences);
    const clips = quick ? all.filter((_, i) => i % QUICK_STEP === 0) : all;
    const score = async (folder: string, title: string, kernels?: KernelAttention) => {
      const recognizer = await openRecognizer(folder, kernels);
      const judged = await judge(recognizer, clips, 1, (done) =>
        progress(`speech: ${title}, ${done} of ${clips.length} sentences`),
      );
      await recognizer.release();
      return judged;
    };
    const systems: Judged[] = [];
    for (const [i, folder] of folders.entries()) systems.push(await score(folder, `${decoders[i]} decoder`));
    const attention = systems[decoders.indexOf('attention')]!;
    const linear = await attempt(async (): Promise<LinearEncoder> => {
      const engine = await createEngine({ tier });
      const folder = folders[decoders.indexOf('attention')]!;
      const sibling = `${folder}-taylor`;
      const matrices = await encoderMatrices(engine, folder, sentences, [2]);
      const exact = await score(folder, 'our exact kernels', { engine });
      const orders: LinearEncoder['orders'] = [];
      for (const order of LINEAR_ORDERS) {
        const judged = await score(folder, `linear attention of order ${order}`, { engine, order });
        orders.push({ order, judged, against: compare(attention, judged) });
      }
      const trained =
        existsSync(sibling) && (await score(sibling, 'trained with linear attention', { engine }));
      await engine.dispose();
      return {
        matrices,
        exact,
        orders,
        ...(trained && { trained: { judged: trained, against: compare(attention, trained) } }),
      };
    });
    const comparison = compare(systems[0]!, systems[1]!);
    return {
      sentences: shownPath(sentences),
      clips: clips.length,
      of: all.length,
      systems,
      comparison,
      linear,
    };
  });
  return { records, evaluation };
}

async function readRecords(folders: readonly string[]): Promise<SpeechFindings['records']> {
  const records: SpeechFindings['records'] = [];
  for (const [i, folder] of folders.entries()) {
    const file = join(folder, 'curve.json');
    if (existsSync(file))
      records.push({
        decoder: decoders[i]!,
        file: shownPath(file),
        record: JSON.parse(await readFile(file, 'utf8')),
      });
  }
  return records;
}
