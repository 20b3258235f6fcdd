/** Rows are true classes, columns predicted ones. */
export type ConfusionMatrix = number[][];

/** Counts of predictions by true and predicted class. */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): ConfusionMatrix {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) matrix[labels[i]!]![predictions[i]!]!++;
  return matrix;
}

/** Share of predictions on the diagonal. */
export function accuracy(matrix: ConfusionMatrix): number {
  const right = matrix.reduce((sum, row, i) => sum + row[i]!, 0);
  return right / matrix.flat().reduce((sum, count) => sum + count, 0);
}

/** For each class, the share of its examples that were found; NaN for a class without examples. */
export function recalls(matrix: ConfusionMatrix): number[] {
  return matrix.map((row, i) => row[i]! / row.reduce((sum, count) => sum + count, 0));
}

/** The class of highest score in each row of [N, classes]; the first of equals. */
export function argmaxRows(scores: ArrayLike<number>, classes: number): Uint8Array {
  const winners = new Uint8Array(scores.length / classes);
  for (let row = 0; row < winners.length; row++)
    for (let c = 1; c < classes; c++)
      if (scores[row * classes + c]! > scores[row * classes + winners[row]!]!) winners[row] = c;
  return winners;
}

/**
 * Area under the ROC curve: the probability that a positive example scores above a negative one, ties counting half
 * (the Mann–Whitney statistic). NaN when either kind is missing, or a score is NaN, which no order holds for.
 */
export function rocAuc(scores: ArrayLike<number>, positive: ArrayLike<boolean>): number {
  for (let i = 0; i < scores.length; i++) if (Number.isNaN(scores[i])) return Number.NaN;
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    const rank = (start + end + 1) / 2;
    for (const i of order.slice(start, end))
      if (positive[i]) {
        rankSum += rank;
        positives++;
      }
    start = end;
  }
  const negatives = order.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * The mean over classes of each one's AUC against all others, as MedMNIST reports it; of two classes, that of class 1.
 * NaN where a class has no example: then it is not defined.
 */
export function macroAuc(scores: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  const ofClass = (c: number) =>
    rocAuc(
      Array.from({ length: labels.length }, (_, i) => scores[i * classes + c]!),
      Array.from(labels, (label) => label === c),
    );
  if (classes === 2) return ofClass(1);
  return Array.from({ length: classes }, (_, c) => ofClass(c)).reduce((sum, auc) => sum + auc, 0) / classes;
}
