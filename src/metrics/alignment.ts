/** Where two texts stand side by side: a symbol of either, or none where the other has one more. */
export interface AlignedPair {
  readonly reference: string | undefined;
  readonly hypothesis: string | undefined;
}

/**
 * Aligns two texts with as few differences as possible (Levenshtein): strings by code points, lists by their elements, as
 * words; in O(n·m) memory.
 *
 * @param substitution what it costs to put one in the place of another, if to leave one out or to add one costs 1
 */
export function align(
  reference: Iterable<string>,
  hypothesis: Iterable<string>,
  substitution = 1,
): AlignedPair[] {
  const [a, b] = [[...reference], [...hypothesis]];
  // distance[i][j]: between what follows position i of a and position j of b.
  const distance = Array.from({ length: a.length + 1 }, (_, i) =>
    Float64Array.from({ length: b.length + 1 }, (_, j) => (i === a.length ? b.length - j : a.length - i)),
  );
  const substituted = (i: number, j: number) => distance[i + 1]![j + 1]! + (a[i] === b[j] ? 0 : substitution);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      distance[i]![j] = Math.min(substituted(i, j), distance[i + 1]![j]! + 1, distance[i]![j + 1]! + 1);

  const pairs: AlignedPair[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const both = i < a.length && j < b.length && distance[i]![j] === substituted(i, j);
    const takesReference = both || (i < a.length && distance[i]![j] === distance[i + 1]![j]! + 1);
    const takesHypothesis = both || !takesReference;
    pairs.push({
      reference: takesReference ? a[i++] : undefined,
      hypothesis: takesHypothesis ? b[j++] : undefined,
    });
  }
  return pairs;
}
