import { align } from '../metrics/alignment.js';
import { type Calibration, confidenceOf, evidenceOf, type WordEvidence } from './confidence.js';
import type { Decoded } from './text.js';
import { decodeTokens } from './text.js';

/** A word as it was heard, and whether it was said. */
export interface WordOutcome extends WordEvidence {
  readonly right: boolean;
}

/** What {@link calibrationError} compares. */
export interface JudgedWord {
  readonly confidence: number;
  readonly right: boolean;
}

/** As NIST's sclite weighs it, so that a word that is missing does not shift those around it onto others. */
const SUBSTITUTION = 4 / 3;

const STEPS = 50;
/** Pulls the coefficients towards 0, so that words that are all right, or told apart without error, leave them finite. */
const RIDGE = 1e-2;
const BINS = 10;

/** Which of the words that were heard were said: those that stand opposite the same word, marks aside. */
export function outcomesOf(said: ArrayLike<number>, heard: Decoded): WordOutcome[] {
  const evidence = evidenceOf(heard);
  const reference = decodeTokens(Array.from(said)).split(/\s+/).filter(Boolean).map(withoutMarks);
  const pairs = align(
    reference,
    evidence.map(({ text }) => withoutMarks(text)),
    SUBSTITUTION,
  );
  const opposite = pairs.filter(({ hypothesis }) => hypothesis !== undefined);
  return evidence.map((word, i) => ({ ...word, right: opposite[i]!.reference === opposite[i]!.hypothesis }));
}

function withoutMarks(word: string): string {
  return word.replace(/[,.?]/g, '');
}

/** Logistic regression by Newton's method, on the words of validation clips. Without words nothing can be fitted. */
export function fitCalibration(words: readonly WordOutcome[]): Calibration | undefined {
  if (words.length === 0) return undefined;
  let coefficients = [0, 0, 0];
  for (let step = 0; step < STEPS; step++) {
    const gradient = coefficients.map((x) => RIDGE * x);
    const curvature = [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i === j ? RIDGE : 0)));
    const [bias, word, clip] = coefficients as [number, number, number];
    for (const evidence of words) {
      const p = confidenceOf(evidence, { bias, word, clip });
      const inputs = [1, evidence.word, evidence.clip];
      for (let i = 0; i < 3; i++) {
        gradient[i]! += (p - Number(evidence.right)) * inputs[i]!;
        for (let j = 0; j < 3; j++) curvature[i]![j]! += p * (1 - p) * inputs[i]! * inputs[j]!;
      }
    }
    const change = solve3(curvature, gradient);
    coefficients = coefficients.map((x, i) => x - change[i]!);
    if (Math.hypot(...change) < 1e-9) break;
  }
  const [bias, word, clip] = coefficients as [number, number, number];
  return { bias, word, clip };
}

/**
 * Expected calibration error: how far the mean confidence is from the share of right words, in ten bins of equal width,
 * weighted by how many words each has (Guo et al., "On Calibration of Modern Neural Networks", 2017). 0 without words.
 */
export function calibrationError(words: readonly JudgedWord[]): number {
  const excess = new Float64Array(BINS);
  for (const { confidence, right } of words)
    excess[Math.min(BINS - 1, Math.floor(confidence * BINS))]! += confidence - Number(right);
  return excess.reduce((sum, x) => sum + Math.abs(x), 0) / Math.max(1, words.length);
}

/** The solution of a symmetric positive definite system of three equations, by elimination. */
function solve3(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) {
      if (j === i) continue;
      const factor = rows[j]![i]! / rows[i]![i]!;
      rows[j] = rows[j]!.map((x, k) => x - factor * rows[i]![k]!);
    }
  return rows.map((row, i) => row[3]! / row[i]!);
}
