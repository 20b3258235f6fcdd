import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openImages } from '#hw2/data/catalogue.js';
import { checkClasses, evaluate } from '#hw2/vision/evaluation.js';
import { openClassifier, shippedModel } from '#hw2/vision/models.js';
import { variants } from '#hw2/vision/network.js';
import { sharedData } from '../data/fixtures.js';

/** Data sets for which models come with the package, and where their images are. */
const sets = [
  { name: 'phantom', data: () => 'phantom' },
  { name: 'pneumoniamnist', data: () => sharedData('medmnist/pneumoniamnist.npz') },
  { name: 'octmnist-sample', data: () => sharedData('medmnist/octmnist-sample.npz') },
  { name: 'octmnist-sample-finetuned', data: () => sharedData('medmnist/octmnist-sample.npz') },
];

for (const { name, data } of sets)
  for (const variant of variants)
    test(`${name}, ${variant}: the model does what its card says`, async () => {
      const source = data();
      if (!source) return;
      const path = shippedModel(name, variant);
      const dataset = await openImages(source);
      const classifier = await openClassifier(path);
      checkClasses(classifier, path, dataset);
      const { confusion, auc } = await evaluate(classifier, dataset.split('test'));
      const { test: card } = JSON.parse(await readFile(path.replace(/onnx$/, 'json'), 'utf8'));
      // Another processor rounds differently, which may tip an image or two that lie on an edge.
      const tipped =
        confusion.flat().reduce((sum, count, i) => sum + Math.abs(count - card.confusion.flat()[i]), 0) / 2;
      assert.ok(tipped <= 2, `${tipped} images tell another class than on the card`);
      assert.ok(Math.abs(auc - card.auc) < 1e-3);
    });

test.run();
