/** Labels are bytes. */
export const MAX_CLASSES = 256;

/** Grey images of 28×28 pixels (0 to 255), one after the other, and the class of each. */
export interface LabelledImages {
  images: Uint8Array;
  labels: Uint8Array;
  classes: number;
}

export type OnImages = (made: number, of: number) => void;

export type Split = 'train' | 'val' | 'test';
export const splits: readonly Split[] = ['train', 'val', 'test'];

/** Images with known classes, in three sets. */
export interface ImageDataset {
  name: string;
  /** One line on where the images come from; says so when they are synthetic. */
  origin: string;
  /** In the order of the labels; undefined where the file does not say. */
  classNames: readonly string[] | undefined;
  classes: number;
  /** Whether there may be no others: false where a file has no training images, of which every class needs some. */
  knowsAllClasses: boolean;
  /**
   * @param onImages told how many images there are so far, and will be, where making them takes long
   * @throws DataError when it is not there
   */
  split(name: Split, onImages?: OnImages): LabelledImages;
}

/** Pixels of an image. */
export const PIXELS = 28 * 28;
