import { basename } from 'node:path';
import { readArrays } from './arrays.js';
import { DataError } from './error.js';
import { type ImageDataset, type Split, splits } from './image-set.js';
import type { NdArray } from './ndarray.js';

/** OctMNIST, the largest grey set, takes 86 MB; this leaves room for the sets of three colours. */
const MAX_BYTES = 1e9;

/**
 * Opens a file in the layout of MedMNIST v2: `{train,val,test}_images` uint8 [N, 28, 28] and
 * `{train,val,test}_labels` uint8 [N, 1]. The number of classes comes from the labels.
 *
 * Layout: https://medmnist.com (Yang et al. 2023, doi:10.1038/s41597-022-01721-8)
 *
 * @param classNames in the order of the labels
 * @throws DataError naming the file and what is wrong with it
 */
export async function openMedmnist(path: string, classNames?: readonly string[]): Promise<ImageDataset> {
  const arrays = await readArrays(path, { maxBytes: MAX_BYTES });
  const sets = new Map(splits.map((split) => [split, readSplit(arrays, split, path)]));
  const labels = new Set([...sets.values()].flatMap((set) => Array.from(set.labels)));
  const classes = Math.max(...labels) + 1;
  if (classes < 2) throw new DataError(`${path}: all labels are 0; at least two classes are needed`);
  const taught = new Set(sets.get('train')!.labels);
  for (let label = 0; label < classes; label++)
    if (!taught.has(label))
      throw new DataError(`${path}: labels up to ${classes - 1}, but no training image has label ${label}`);
  if (classNames && classNames.length !== classes)
    throw new DataError(
      `${path}: ${classes} classes; expected ${classNames.length} (${classNames.join(', ')})`,
    );
  return {
    name: basename(path),
    origin: basename(path),
    classNames,
    classes,
    split: (name) => ({ ...sets.get(name)!, classes }),
  };
}

function readSplit(arrays: Map<string, NdArray>, split: Split, path: string) {
  const images = pick(arrays, `${split}_images`, path);
  const labels = pick(arrays, `${split}_labels`, path);
  const [count] = images.dims;
  if (images.dims.length !== 3 || images.dims[1] !== 28 || images.dims[2] !== 28 || count === 0)
    throw new DataError(`${path}: ${split}_images has shape [${images.dims}]; expected [N, 28, 28], grey`);
  const flat = labels.dims.length === 1 || (labels.dims.length === 2 && labels.dims[1] === 1);
  if (!flat || labels.dims[0] !== count)
    throw new DataError(
      `${path}: ${split}_labels has shape [${labels.dims}]; expected [${count}, 1], one label an image`,
    );
  return { images: images.data, labels: labels.data };
}

function pick(arrays: Map<string, NdArray>, name: string, path: string): NdArray<'uint8'> {
  const array = arrays.get(name);
  if (!array)
    throw new DataError(`${path}: no array ${name}; it holds ${[...arrays.keys()].join(', ') || 'none'}`);
  if (array.type !== 'uint8') throw new DataError(`${path}: ${name} is ${array.type}; expected uint8`);
  return array as NdArray<'uint8'>;
}
