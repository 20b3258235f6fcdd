import { Random } from '../../statistics/random.js';
import {
  type ImageDataset,
  type LabelledImages,
  type OnImages,
  PIXELS,
  type Split,
  splits,
} from '../image-set.js';
import { type Disease, drusen, macularOedema, neovascularisation } from './disease.js';
import { healthyRetina } from './retina.js';
import { scan } from './scan.js';

const classes: readonly { name: string; disease?: Disease }[] = [
  { name: 'choroidal neovascularization', disease: neovascularisation },
  { name: 'diabetic macular edema', disease: macularOedema },
  { name: 'drusen', disease: drusen },
  { name: 'normal' },
];

/** Images between two reports: a third of a second. */
const REPORTED = 400;

/**
 * Synthetic cross-sections of the retina with the four classes of OctMNIST, in its order and under its names.
 *
 * @param count images in each split
 */
export function phantom(count: { train: number; val: number; test: number }, seed: number): ImageDataset {
  const made = new Map<Split, LabelledImages>();
  return {
    name: 'phantom',
    origin: `synthetic retinal sections, seed ${seed}`,
    classNames: classes.map(({ name }) => name),
    classes: classes.length,
    knowsAllClasses: true,
    split(name, onImages) {
      const images = made.get(name) ?? phantomImages(count[name], splits.indexOf(name), seed, onImages);
      made.set(name, images);
      return images;
    },
  };
}

/**
 * One split: the classes take turns. Every image has its own stream of random numbers, so that a longer set begins
 * with the images of a shorter one and no image is in two splits.
 */
export function phantomImages(
  count: number,
  split: number,
  seed: number,
  onImages: OnImages = () => {},
): LabelledImages {
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = i % classes.length;
    const random = new Random(seed, split, i);
    const retina = healthyRetina(random);
    classes[label]!.disease?.(retina, random);
    images.set(scan(retina, random), i * PIXELS);
    labels[i] = label;
    if (i % REPORTED === 0) onImages(i, count);
  }
  return { images, labels, classes: classes.length };
}
