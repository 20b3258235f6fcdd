import type { SetScore } from '../speech/evaluation.js';
import type { Decoder } from '../speech/model/recognizer.js';
import type { Variant } from '../vision/network.js';

/**
 * What the original report found: Frederico Silva and Sebastião Carvalho, "Deep Learning - Homework 2", 6 January 2024.
 * Its data were OctMNIST and LJSpeech.
 */

/** Accuracy on 529 test images of OctMNIST, questions 2.1 and 2.2. */
export const originalAccuracy: Record<Variant, number> = { maxpool: 0.828, stride: 0.8147 };
/** Of either network, question 2.3. */
export const originalParameters = 224_892;

/** On the test set of LJSpeech, questions 3.1 and 3.2. */
export const originalSpeech: Record<Decoder, Pick<SetScore, 'loss' | 'jaccard' | 'cosine' | 'edit'>> = {
  lstm: { loss: 1.183, jaccard: 0.715, cosine: 0.832, edit: 0.509 },
  attention: { loss: 1.161, jaccard: 0.764, cosine: 0.865, edit: 0.632 },
};
