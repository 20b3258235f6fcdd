import type { Variant } from '#hw2/vision/network.js';

/** An image for both networks. */
export interface Question {
  /** Folder of the models. */
  weights: string;
  /** 28×28 grey pixels. */
  image: Uint8Array;
}

export interface Prediction {
  variant: Variant;
  classNames: readonly string[];
  probabilities: readonly number[];
}
