import type { LineChart } from '../charts/lines.js';
import type { Epoch } from './training.js';

/** Losses by epoch, as the report's figures 6 and 10. */
export function lossChart(title: string, curve: readonly Epoch[]): LineChart {
  return curveChart(title, 'cross-entropy, nats a character', curve, {
    training: ({ trainingLoss }) => trainingLoss,
    validation: ({ loss }) => loss,
  });
}

/** The three similarities on validation clips by epoch, as the report's figures 3 to 5 and 7 to 9. */
export function similarityChart(title: string, curve: readonly Epoch[]): LineChart {
  return curveChart(title, 'similarity, validation', curve, {
    cosine: ({ cosine }) => cosine,
    Jaccard: ({ jaccard }) => jaccard,
    'Damerau–Levenshtein': ({ edit }) => edit,
  });
}

function curveChart(
  title: string,
  y: string,
  curve: readonly Epoch[],
  lines: Record<string, (epoch: Epoch) => number>,
): LineChart {
  const points = Object.entries(lines).flatMap(([series, value]) =>
    curve.map((epoch, i) => ({ series, x: i + 1, y: value(epoch) })),
  );
  return { title, x: 'epoch', y, wholeX: true, points };
}
