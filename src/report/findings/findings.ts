import { join } from 'node:path';
import type { Tier } from 'hw2-engine';
import { describeMachine, type Machine } from '../../bench/record.js';
import type { Decoder } from '../../speech/model/recognizer.js';
import { type AttentionFindings, measureAttention } from './attention.js';
import { findImages, type ImageFindings } from './images.js';
import { attempt, type Part } from './part.js';
import { MODELS } from './paths.js';
import { findSpeech, type SpeechFindings } from './speech.js';

/** Everything that the report tells, found on this machine now, or recorded beside the models that come with hw2. */
export interface ReportFindings {
  format: 'hw2-report';
  version: 2;
  machine: Machine;
  tier: Tier;
  threads: number;
  quick: boolean;
  seconds: number;
  /** By question; those that were not asked are left out. */
  attention?: Part<AttentionFindings>;
  images?: Part<ImageFindings>;
  speech?: Part<SpeechFindings>;
}

/** Of the original report. */
export type Question = 1 | 2 | 3;

export interface ReportOptions {
  questions: readonly Question[];
  tier: Tier;
  threads: number;
  /** Fewer rounds, lengths and sentences: under two minutes. */
  quick: boolean;
  /** Where a recognizer lies; throws where there is none. */
  recognizer: (decoder: Decoder) => string;
}

/** Sentences that come with hw2. */
const SENTENCES = join(MODELS, 'asr-test');

/** Times come first, one after the other, while nothing else runs. @param progress told what is being done */
export async function findAll(
  { questions, tier, threads, quick, recognizer }: ReportOptions,
  progress: (text: string) => void,
): Promise<ReportFindings> {
  const start = performance.now();
  const machine = await describeMachine();
  const ask = async <T>(question: Question, work: () => Promise<T>) =>
    questions.includes(question) ? attempt(work) : undefined;
  const attention = await ask(1, () =>
    measureAttention({ tier, threads, quick, sentences: SENTENCES }, progress),
  );
  const images = await ask(2, () => findImages(progress));
  const speech = await ask(3, () => findSpeech({ recognizer, sentences: SENTENCES, tier, quick }, progress));
  const seconds = (performance.now() - start) / 1e3;
  return {
    ...{ format: 'hw2-report', version: 2, machine, tier, threads, quick, seconds },
    ...(attention && { attention }),
    ...(images && { images }),
    ...(speech && { speech }),
  };
}
