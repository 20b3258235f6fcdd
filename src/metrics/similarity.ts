/**
 * Every similarity here compares two sequences of anything, a string being a sequence of code points, and lies between
 * 0 (nothing in common) and 1. Two empty sequences are alike (1); an empty one and any other are not (0).
 */
import { editDistance, type Transpositions } from './edit-distance.js';

/** |a ∩ b| / |a ∪ b| of the multisets of elements: Σ min(counts) / Σ max(counts). Order does not matter. */
export function jaccardSimilarity<T>(a: Iterable<T>, b: Iterable<T>): number {
  const { sizeA, sizeB, shared } = overlap(a, b);
  return sizeA + sizeB === 0 ? 1 : shared / (sizeA + sizeB - shared);
}

/**
 * |a ∩ b| / √(|a||b|) of the multisets of elements, Σ min(counts) over the geometric mean of the lengths, as
 * `textdistance` defines it (Ochiai's coefficient). It is not the cosine of the vectors of counts.
 */
export function cosineSimilarity<T>(a: Iterable<T>, b: Iterable<T>): number {
  const { sizeA, sizeB, shared } = overlap(a, b);
  if (sizeA === 0 || sizeB === 0) return sizeA === sizeB ? 1 : 0;
  return shared / Math.sqrt(sizeA * sizeB);
}

/** 1 − d / max(|a|, |b|) with d of {@link editDistance}; by default the restricted Damerau–Levenshtein similarity. */
export function editSimilarity<T>(
  a: Iterable<T>,
  b: Iterable<T>,
  transpositions: Transpositions = 'restricted',
): number {
  const [x, y] = [[...a], [...b]];
  const longest = Math.max(x.length, y.length);
  return longest === 0 ? 1 : 1 - editDistance(x, y, transpositions) / longest;
}

function overlap<T>(a: Iterable<T>, b: Iterable<T>): { sizeA: number; sizeB: number; shared: number } {
  const counts = new Map<T, number>();
  let sizeA = 0;
  let sizeB = 0;
  let shared = 0;
  for (const symbol of a) {
    counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    sizeA++;
  }
  for (const symbol of b) {
    const left = counts.get(symbol) ?? 0;
    if (left > 0) {
      counts.set(symbol, left - 1);
      shared++;
    }
    sizeB++;
  }
  return { sizeA, sizeB, shared };
}
