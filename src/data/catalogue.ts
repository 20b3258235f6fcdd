import { basename } from 'node:path';
import { findFile, type RemoteFile } from './download.js';
import { DataError } from './error.js';
import type { ImageDataset } from './image-set.js';
import { openMedmnist } from './medmnist.js';
import { phantom } from './phantom/phantom.js';

/** A published data set of grey images of 28×28 pixels with one label each. */
export type PublishedImages = RemoteFile & {
  name: string;
  title: string;
  classNames: readonly string[];
};

const organs = [
  ...['bladder', 'left femur', 'right femur', 'heart', 'left kidney', 'right kidney'],
  ...['liver', 'left lung', 'right lung', 'pancreas', 'spleen'],
];

/**
 * MedMNIST v2 as published at https://zenodo.org/records/10519652, without the sets of colour images, of several
 * labels an image and of volumes. Licence of all: CC BY 4.0.
 */
export const publishedImages: readonly PublishedImages[] = [
  published('octmnist', 'retinal optical coherence tomography', 'c68d92d5b585d8d81f7112f81e2d0842', [
    ...['choroidal neovascularization', 'diabetic macular edema', 'drusen', 'normal'],
  ]),
  published('pneumoniamnist', 'chest X-rays of children', '28209eda62fecd6e6a2d98b1501bb15f', [
    'normal',
    'pneumonia',
  ]),
  published('breastmnist', 'breast ultrasound', '750601b1f35ba3300ea97c75c52ff8f6', [
    'malignant',
    'normal or benign',
  ]),
  published('tissuemnist', 'kidney cortex microscopy', 'ebe78ee8b05294063de985d821c1c34b', [
    ...['collecting duct, connecting tubule', 'distal convoluted tubule', 'glomerular endothelial cells'],
    ...[
      'interstitial endothelial cells',
      'leukocytes',
      'podocytes',
      'proximal tubule',
      'thick ascending limb',
    ],
  ]),
  published('organamnist', 'abdominal CT, axial', '68e3f8846a6bd62f0c9bf841c0d9eacc', organs),
  published('organcmnist', 'abdominal CT, coronal', 'b9ceb9546e10131b32923c5bbeaea2b1', organs),
  published('organsmnist', 'abdominal CT, sagittal', '9ab87b696fb54e2a387ebe992d6ed5f1', organs),
];

function published(name: string, title: string, md5: string, classNames: readonly string[]): PublishedImages {
  const file = `${name}.npz`;
  return {
    name,
    title,
    md5,
    classNames,
    file,
    url: `https://zenodo.org/records/10519652/files/${file}?download=1`,
  };
}

/** Sizes of the phantom's splits unless asked otherwise; validation is a ninth of training, as in OctMNIST. */
const PHANTOM_TRAIN = 30_000;
const PHANTOM_TEST = 1_000;
const MAX_PHANTOM_TRAIN = 1_000_000;

/** Whether images are meant by the path of a file, and not by the name of a data set. */
export const isImageFile = (name: string): boolean => /\.npz$/i.test(name);

/**
 * Opens images by the name of a data set, or by the path of a .npz file in MedMNIST's layout.
 *
 * `phantom` is generated, here and now; `phantom:N` has N training images. Others must have been downloaded.
 *
 * @throws DataError
 */
export async function openImages(name: string): Promise<ImageDataset> {
  const size = /^phantom(?::(\d+))?$/.exec(name);
  if (size) {
    const train = size[1] === undefined ? PHANTOM_TRAIN : Number(size[1]);
    if (train < 9 || train > MAX_PHANTOM_TRAIN)
      throw new DataError(`${name}: ${train} training images; expected 9 to ${MAX_PHANTOM_TRAIN}`);
    return phantom({ train, val: Math.floor(train / 9), test: PHANTOM_TEST }, 1);
  }
  if (isImageFile(name))
    return openMedmnist(name, publishedImages.find(({ file }) => file === basename(name))?.classNames);
  const known = publishedImages.find((set) => set.name === name);
  if (!known) {
    const names = ['phantom', ...publishedImages.map((set) => set.name)];
    throw new DataError(`${name}: no such data set; expected ${names.join(', ')} or the path of a .npz file`);
  }
  const path = findFile(known.file);
  if (!path)
    throw new DataError(
      `${name} is not here; fetch it with: hw2 data ${name} (offline, use the synthetic --data phantom)`,
    );
  return { ...(await openMedmnist(path, known.classNames)), name, origin: `${name}, ${known.title}` };
}
