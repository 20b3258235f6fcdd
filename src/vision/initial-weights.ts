import { DataError } from '../data/error.js';
import type { ImageDataset } from '../data/image-set.js';
import { checkClasses, modelClassNames } from './evaluation.js';
import { openClassifier } from './models.js';
import { networkParameters } from './network.js';

/**
 * The weights of a model as the flat vector with which training for this data can begin, the names of its classes, and what it was trained on.
 *
 * @throws DataError when the model is another network or tells other classes
 */
export async function readInitialWeights(path: string, dataset: ImageDataset) {
  const classifier = await openClassifier(path);
  checkClasses(classifier, path, dataset);
  const parts = networkParameters(dataset.classes).map(({ name, dims }) => {
    const weight = classifier.model.weights.get(name);
    if (weight?.dims.join() !== dims.join())
      throw new DataError(`${path}: no weight ${name} [${dims}]; expected a model of hw2 train-cnn`);
    return weight.data;
  });
  const weights = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    weights.set(part, offset);
    offset += part.length;
  }
  return { weights, classNames: modelClassNames(classifier), data: classifier.model.metadata.data };
}
