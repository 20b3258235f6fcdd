import { openImages } from '../../data/catalogue.js';
import { PIXELS } from '../../data/image-set.js';
import { formatNpy } from '../../data/write-arrays.js';
import { formatCheckpoint, parseCheckpoint } from '../../vision/checkpoint.js';
import { checkClasses, reportImages } from '../../vision/evaluation.js';
import { runsOf } from '../../vision/experiment.js';
import { openClassifier } from '../../vision/models.js';
import { train } from '../../vision/training.js';
import { onThisMachine } from '../shipped.js';
import type { Tasks } from './kinds.js';

/** Question 2 in parts: a configuration to train, or some of the images to classify. */
export const tasks: Tasks<'train-cnn' | 'eval-cnn'> = {
  async 'train-cnn'({ data, options, init, checkpoint }, { store }) {
    const dataset = await openImages(onThisMachine(data));
    const { variant, learningRate, ...settings } = options;
    const [run] = await runsOf({
      ...{ dataset, settings, variants: [variant], learningRates: [learningRate] },
      ...{ init: init && onThisMachine(init), folder: '', resume: true },
    });
    const { identity, initial } = run!;
    // Another attempt, on any machine, goes on at the epoch that the last one reached.
    const known = await store.size(checkpoint);
    const from =
      known && parseCheckpoint(await store.read(checkpoint), `${store.url}/${checkpoint}`, identity);
    const progress = await train(run!.data, options, {
      ...(initial && { initial }),
      ...(from && { from }),
      onEpoch: (present) => store.write(checkpoint, formatCheckpoint(identity, present)),
    });
    return { bytes: formatCheckpoint(identity, progress) };
  },

  async 'eval-cnn'({ model, data, split, protocol, first, end }) {
    const path = onThisMachine(model);
    const dataset = await openImages(onThisMachine(data));
    const classifier = await openClassifier(path);
    checkClasses(classifier, path, dataset);
    const all = dataset.split(split);
    const { images, labels, classes } = protocol === 'report' ? reportImages(all) : all;
    const part = {
      images: images.subarray(first * PIXELS, end * PIXELS),
      labels: labels.subarray(first, end),
      classes,
    };
    const logProbabilities = await classifier.logProbabilities(part);
    return { bytes: formatNpy({ data: logProbabilities, dims: [end - first, classes] }) };
  },
};
