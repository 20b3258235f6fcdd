/** Runs the networks. */
import { Classifier } from '#hw2/vision/classifier.js';
import { modelClassNames } from '#hw2/vision/evaluation.js';
import { judgePictures } from '#hw2/vision/judge.js';
import { variants } from '#hw2/vision/network.js';
import { loadAsset } from '../assets.js';
import { answerWith } from '../remote.js';
import type { Prediction, Question } from './question.js';

const classifiers = new Map<string, Promise<Classifier>>();

answerWith(async ({ weights, image }: Question): Promise<Prediction[]> => {
  const predictions: Prediction[] = [];
  for (const variant of variants) {
    const classifier = await open(`models/${weights}/${variant}.onnx`);
    const [judgement] = await judgePictures(classifier, image);
    predictions.push({
      ...judgement!,
      variant,
      classNames: modelClassNames(classifier)!,
      tested: classifier.trust?.tested ?? [],
    });
  }
  return predictions;
});

function open(path: string): Promise<Classifier> {
  let classifier = classifiers.get(path);
  if (!classifier) {
    classifier = loadAsset(path).then((bytes) => Classifier.create(bytes, path));
    // A failure is not remembered: the page may have been offline.
    classifier.catch(() => classifiers.delete(path));
    classifiers.set(path, classifier);
  }
  return classifier;
}
