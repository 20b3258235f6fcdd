import { DataError } from '../data/error.js';
import { printable } from '../data/printable.js';
import type { Gate } from './gate.js';
import { STATISTICS } from './image-statistics.js';

/** How a model did on test images: of `images`, `right` were told right, and `commonest` are of the commonest class. */
export interface Tested {
  readonly data: string;
  readonly images: number;
  readonly right: number;
  readonly commonest: number;
}

/** What a model says of how far it can be trusted; fitted to validation images, but for what it did on tests. */
export interface Trust {
  /** What its log-probabilities are divided by. */
  readonly temperature: number;
  readonly gate: Gate;
  /** Real images last, where it was tested on any. */
  readonly tested: readonly Tested[];
}

const KEY = 'trust';

/** What keeps it in a model. */
export function trustMetadata(trust: Trust): Record<string, string> {
  return { [KEY]: JSON.stringify(trust) };
}

/**
 * What the metadata of a model holds; undefined where there is none, as in models of earlier versions.
 *
 * @throws DataError when it is damaged
 */
export function parseTrust(metadata: Readonly<Record<string, string>>, source: string): Trust | undefined {
  const text = metadata[KEY];
  if (text === undefined) return undefined;
  try {
    const { temperature, gate, tested } = JSON.parse(text) as Trust;
    const vectors = [gate.mean, gate.deviation].every((vector) => isVector(vector, STATISTICS.length));
    const fits =
      vectors &&
      isVector(gate.precision, STATISTICS.length ** 2) &&
      isVector([temperature, gate.threshold], 2) &&
      temperature > 0 &&
      tested.every(({ images, right, commonest }) => isVector([images, right, commonest], 3));
    if (fits)
      return { temperature, gate, tested: tested.map((one) => ({ ...one, data: printable(one.data) })) };
  } catch {
    // Told below.
  }
  throw new DataError(`${source}: its metadata "${KEY}" is damaged; make it anew with hw2 train-cnn`);
}

function isVector(values: readonly unknown[], length: number): boolean {
  return values.length === length && values.every((value) => Number.isFinite(value));
}
