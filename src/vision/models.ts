import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLimited } from '../data/read.js';
import { Classifier } from './classifier.js';
import type { Variant } from './network.js';

/** A model of this kind takes under 1 MB. */
const MAX_BYTES = 50 * 2 ** 20;

/** Where the model lies that was trained on a data set and comes with this package; there may be none. */
export function shippedModel(data: string, variant: Variant): string {
  const name = basename(data, '.npz').replace(/:.*/, '');
  return fileURLToPath(new URL(`../../models/${name}/${variant}.onnx`, import.meta.url));
}

/** @throws DataError when the file is missing, too large or no classifier */
export async function openClassifier(path: string): Promise<Classifier> {
  return Classifier.create(await readLimited(path, MAX_BYTES), path);
}
