import type { Judgement } from '#hw2/vision/judge.js';
import type { Variant } from '#hw2/vision/network.js';
import type { Tested } from '#hw2/vision/trust.js';

/** An image for both networks. */
export interface Question {
  /** Folder of the models. */
  weights: string;
  /** 28×28 grey pixels. */
  image: Uint8Array;
}

export interface Prediction extends Judgement {
  variant: Variant;
  classNames: readonly string[];
  tested: readonly Tested[];
}
