import { type LabelledImages, PIXELS } from '../data/image-set.js';
import { mean as average, quantile } from '../statistics/estimates.js';
import { Random } from '../statistics/random.js';
import { variedImages } from './augmentation.js';
import { imageStatistics, STATISTICS } from './image-statistics.js';

/**
 * What the training images are like, so that pictures of something else are told from them: the Mahalanobis distance of
 * a picture's statistics from their mean (P. C. Mahalanobis, "On the generalised distance in statistics", 1936).
 */
export interface Gate {
  /** Of each of {@link STATISTICS} over the training images. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** The inverse of the correlations of the statistics, row by row. */
  readonly precision: readonly number[];
  /** Squared distance above which a picture is refused. */
  readonly threshold: number;
}

/** Of the validation images, varied as in training, this share is taken in. */
const ACCEPTED = 0.98;
/** Variations of training and of validation images that a gate is fitted to. */
const FITTED = 4000;
const CHOSEN = 2000;
const SEED = 17;
/** Added to the diagonal of the correlations, so that statistics that go together leave their inverse finite. */
const RIDGE = 1e-3;

/**
 * Fits a gate to training images, and its threshold to validation images. Both are varied in position, contrast and
 * brightness, as `train-cnn --augment` does: another exposure is no reason to refuse a scan.
 */
export function fitGate(train: LabelledImages, val: LabelledImages): Gate {
  const rows = statisticsOf(variedImages(train, FITTED, new Random(SEED)));
  const columns = STATISTICS.map((_, i) => rows.map((row) => row[i]!));
  const mean = columns.map(average);
  const deviation = columns.map(
    (column, i) => Math.sqrt(average(column.map((x) => (x - mean[i]!) ** 2))) || 1,
  );
  const standard = columns.map((column, i) => column.map((x) => (x - mean[i]!) / deviation[i]!));
  const correlations = standard.map((first, i) =>
    standard.map(
      (second, j) =>
        first.reduce((sum, x, row) => sum + x * second[row]!, 0) / rows.length + (i === j ? RIDGE : 0),
    ),
  );
  const open = {
    mean,
    deviation,
    precision: inverse(correlations).flat(),
    threshold: Number.POSITIVE_INFINITY,
  };
  const distances = statisticsOf(variedImages(val, CHOSEN, new Random(SEED, 1))).map((row) =>
    distanceOf(open, row),
  );
  return { ...open, threshold: quantile(distances, ACCEPTED) };
}

/** How far a picture, 28×28 grey pixels, is from the training images: refused above the gate's threshold. */
export function gateDistance(gate: Gate, image: Uint8Array): number {
  return distanceOf(gate, statisticsOf({ images: image })[0]!);
}

function statisticsOf({ images }: Pick<LabelledImages, 'images'>): number[][] {
  const values = Float64Array.from(images, (grey) => grey / 256);
  return Array.from({ length: images.length / PIXELS }, (_, i) =>
    imageStatistics(values.subarray(i * PIXELS, (i + 1) * PIXELS)),
  );
}

function distanceOf({ mean, deviation, precision }: Gate, statistics: readonly number[]): number {
  const z = statistics.map((x, i) => (x - mean[i]!) / deviation[i]!);
  let squares = 0;
  for (const [i, x] of z.entries())
    for (const [j, y] of z.entries()) squares += x * precision[i * z.length + j]! * y;
  return squares;
}

/** Of a symmetric positive definite matrix, by Gauss–Jordan elimination. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let pivot = 0; pivot < size; pivot++) {
    const divisor = rows[pivot]![pivot]!;
    rows[pivot] = rows[pivot]!.map((x) => x / divisor);
    for (let i = 0; i < size; i++) {
      if (i === pivot) continue;
      const factor = rows[i]![pivot]!;
      rows[i] = rows[i]!.map((x, j) => x - factor * rows[pivot]![j]!);
    }
  }
  return rows.map((row) => row.slice(size));
}
