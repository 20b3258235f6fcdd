/**
 * What the original report found: Frederico Silva and Sebastião Carvalho, "Deep Learning - Homework 2", 6 January 2024.
 * Its data were OctMNIST and LJSpeech.
 */
import type { SetScore } from '../speech/evaluation.js';
import type { Decoder } from '../speech/model/recognizer.js';
import type { Variant } from '../vision/network.js';

/** Accuracy on 529 test images of OctMNIST, questions 2.1 and 2.2. */
export const originalAccuracy: Record<Variant, number> = { maxpool: 0.828, stride: 0.8147 };
/** Of either network, question 2.3. */
export const originalParameters = 224_892;

/** Of ResNet-18 at 28×28 in the paper of MedMNIST v2 (Yang et al., Scientific Data 2023), by data set. */
export const publishedAccuracy: Record<string, number> = { pneumoniamnist: 0.854 };

/** Of LJSpeech, that it trained on. */
export const originalClips = 9_825;

/** On the test set of LJSpeech, questions 3.1 and 3.2. */
export const originalSpeech: Record<Decoder, Pick<SetScore, 'loss' | 'jaccard' | 'cosine' | 'edit'>> = {
  lstm: { loss: 1.183, jaccard: 0.715, cosine: 0.832, edit: 0.509 },
  attention: { loss: 1.161, jaccard: 0.764, cosine: 0.865, edit: 0.632 },
};

/** Another run of the same code that was published: how far chance alone moves the figures. */
export const secondRun: typeof originalSpeech = {
  lstm: { loss: 1.162, jaccard: 0.718, cosine: 0.835, edit: 0.52 },
  attention: { loss: 1.16, jaccard: 0.766, cosine: 0.866, edit: 0.634 },
};
