import { editDistance } from './edit-distance.js';

/** Edits that turn a hypothesis into its reference, and the length of the reference in the same unit. */
export interface ErrorCount {
  readonly errors: number;
  readonly length: number;
}

/** Levenshtein's distance over code points, spaces and case included. */
export function characterErrors(reference: string, hypothesis: string): ErrorCount {
  return count([...reference], [...hypothesis]);
}

/** Levenshtein's distance over words, which are what white space separates. */
export function wordErrors(reference: string, hypothesis: string): ErrorCount {
  return count(words(reference), words(hypothesis));
}

/**
 * The error rate of a set of utterances: Σ errors / Σ length, as the field reports CER and WER. It exceeds 1 where more
 * is inserted than was said, and is infinite where something was heard in nothing but silence; without errors it is 0.
 */
export function errorRate(utterances: Iterable<ErrorCount>): number {
  let errors = 0;
  let length = 0;
  for (const utterance of utterances) {
    errors += utterance.errors;
    length += utterance.length;
  }
  return errors === 0 ? 0 : errors / length;
}

function count(reference: string[], hypothesis: string[]): ErrorCount {
  return { errors: editDistance(reference, hypothesis, 'none'), length: reference.length };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
