import { mean } from '../statistics/estimates.js';
import type { Decoded } from './text.js';
import { END_TOKEN, SYMBOLS } from './text.js';

/** Words and transcripts below it are more likely wrong than right. */
export const UNSURE = 0.5;

/** What the recognizers that come along can be trusted with; said where less than half of the words can. */
export const TRUST =
  'the recognizers that come along understand clearly read English, best of all the voices that they were trained on';

/** Said where something was written down that is taken for no speech: it may be a voice that they do not understand. */
export const TOO_UNSURE = `What was heard is too unsure to be shown: ${TRUST}`;

/**
 * Transcripts below it are taken for no speech. Of 37 genuine validation clips none is below it in the recognizers of 0.1.0,
 * of 24 sounds that nobody speaks in nine of ten are; so are half of the clips of readers that they understand nothing of.
 */
const NO_SPEECH = 0.1;

/** A word as it was heard, with the marks that stand beside it. */
export interface Word {
  readonly text: string;
  /** Probability that the word is right, as far as the recognizer can tell. */
  readonly confidence: number;
}

/** What was heard in a clip. */
export interface Transcript {
  readonly text: string;
  readonly words: readonly Word[];
  /** Share of the words that can be expected to be right: the mean of their confidences; 0 without words. */
  readonly confidence: number;
  /** Whether anything but the unknown symbol was heard, and enough of it can be expected to be right. */
  readonly isSpeech: boolean;
}

/**
 * How the confidence of a word follows from probabilities: σ(bias + word · x + clip · y), where x is the mean log-probability
 * of the word's symbols and y that of all tokens of the clip (J. Platt, "Probabilistic Outputs for Support Vector
 * Machines", 1999, with two inputs). Fitted to validation clips, and kept with the recognizer.
 */
export interface Calibration {
  readonly bias: number;
  readonly word: number;
  readonly clip: number;
}

/** What the confidence of a word is made of. */
export interface WordEvidence {
  readonly text: string;
  readonly word: number;
  readonly clip: number;
}

/** The words of a transcript, which are what white space separates, with what speaks for them. */
export function evidenceOf({ tokens, logProbabilities }: Decoded): WordEvidence[] {
  const clip = mean(logProbabilities);
  const words: WordEvidence[] = [];
  let text = '';
  let own: number[] = [];
  const finish = () => {
    if (text !== '') words.push({ text, word: mean(own), clip });
    text = '';
    own = [];
  };
  for (const [i, logProbability] of logProbabilities.entries()) {
    const token = tokens[i + 1]!;
    const symbol = SYMBOLS[token]!;
    if (token === END_TOKEN) break;
    if (symbol === ' ') finish();
    else if (!'<@'.includes(symbol)) {
      text += symbol;
      own.push(logProbability);
    }
  }
  finish();
  return words;
}

/** @param calibration without it, the mean probability of a word's symbols (geometric) is its confidence */
export function confidenceOf({ word, clip }: WordEvidence, calibration?: Calibration): number {
  if (!calibration) return Math.exp(word);
  return 1 / (1 + Math.exp(-(calibration.bias + calibration.word * word + calibration.clip * clip)));
}

export function transcriptOf(decoded: Decoded, calibration?: Calibration): Transcript {
  const words = evidenceOf(decoded).map((evidence): Word => {
    return { text: evidence.text, confidence: confidenceOf(evidence, calibration) };
  });
  const text = words.map((word) => word.text).join(' ');
  const confidence = words.length === 0 ? 0 : mean(words.map((word) => word.confidence));
  // Without calibration the confidence is too high to tell anything by it.
  const isLikely = calibration === undefined || confidence >= NO_SPEECH;
  return { text, words, confidence, isSpeech: /[a-z]/.test(text) && isLikely };
}
