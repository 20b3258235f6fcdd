import { basename } from 'node:path';
import { openArrays } from './arrays.js';
import { DataError } from './error.js';
import { type ImageDataset, MAX_CLASSES, type Split, splits } from './image-set.js';
import type { ArrayFile } from './ndarray.js';

/** OctMNIST, the largest grey set, takes 86 MB; this leaves room for the sets of three colours. */
const MAX_BYTES = 2 ** 30;

/**
 * Opens a file in the layout of MedMNIST v2: `{train,val,test}_images`, whole numbers from 0 to 255, [N, 28, 28] or
 * [N, 28, 28, 1], and `{train,val,test}_labels`, whole numbers from 0, [N, 1] or [N]. A file need not hold all three sets:
 * one that is not there is missed when it is asked for. The number of classes comes from the labels.
 *
 * Layout: https://medmnist.com (Yang et al. 2023, doi:10.1038/s41597-022-01721-8)
 *
 * @param classNames in the order of the labels
 * @throws DataError naming the file and what is wrong with it
 */
export async function openMedmnist(path: string, classNames?: readonly string[]): Promise<ImageDataset> {
  const file = await openArrays(path, { maxBytes: MAX_BYTES });
  const present = splits.filter((split) => file.names.some((name) => name.startsWith(`${split}_`)));
  if (present.length === 0)
    throw new DataError(
      `${path}: no arrays train_images, val_images or test_images; it holds ${file.names.join(', ') || 'none'}`,
    );
  const sets = new Map(present.map((split) => [split, readSplit(file, split, path)]));
  const labels = [...sets.values()].flatMap((set) => Array.from(set.labels));
  const classes = labels.reduce((most, label) => Math.max(most, label + 1), classNames?.length ?? 0);
  if (classes < 2) throw new DataError(`${path}: all labels are 0; at least two classes are needed`);
  const taught = sets.get('train') && new Set(sets.get('train')!.labels);
  for (let label = 0; taught && label < classes; label++)
    if (!taught.has(label))
      throw new DataError(
        `${path}: labels up to ${classes - 1}, but no training image has label ${label}${label === 0 ? '; labels count from 0' : ''}`,
      );
  if (classNames && classNames.length !== classes)
    throw new DataError(
      `${path}: ${classes} classes; expected ${classNames.length} (${classNames.join(', ')})`,
    );
  return {
    name: basename(path),
    origin: basename(path),
    classNames,
    classes,
    knowsAllClasses: taught !== undefined || classNames !== undefined,
    split: (name) => {
      const set = sets.get(name);
      if (!set) throw new DataError(`${path}: no array ${name}_images; it holds ${file.names.join(', ')}`);
      return { ...set, classes };
    },
  };
}

function readSplit(file: ArrayFile, split: Split, path: string) {
  const images = wholeNumbers(file, `${split}_images`, path);
  const labels = wholeNumbers(file, `${split}_labels`, path);
  const [count, height, width, channels = 1] = images.dims;
  const isGrey = images.dims.length === 3 || (images.dims.length === 4 && channels === 1);
  if (!isGrey || height !== 28 || width !== 28 || count === 0)
    throw new DataError(`${path}: ${split}_images has shape [${images.dims}]; expected [N, 28, 28], grey`);
  const flat = labels.dims.length === 1 || (labels.dims.length === 2 && labels.dims[1] === 1);
  if (!flat || labels.dims[0] !== count)
    throw new DataError(
      `${path}: ${split}_labels has shape [${labels.dims}]; expected [${count}, 1], one label an image`,
    );
  return { images: images.data, labels: labels.data };
}

/** An array of whole numbers of any type as bytes. */
function wholeNumbers(file: ArrayFile, name: string, path: string): Bytes {
  if (!file.names.includes(name))
    throw new DataError(`${path}: no array ${name}; it holds ${file.names.join(', ') || 'none'}`);
  const { type, data, dims } = file.read(name);
  if (type.startsWith('float') || type === 'bool')
    throw new DataError(`${path}: ${name} is ${type}; expected uint8, or other whole numbers from 0 to 255`);
  if (type === 'uint8') return { data: data as Uint8Array, dims };
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (value < 0 || value >= MAX_CLASSES)
      throw new DataError(`${path}: ${name} holds ${value}; expected whole numbers from 0 to 255`);
    bytes[i] = value;
  }
  return { data: bytes, dims };
}

interface Bytes {
  data: Uint8Array;
  dims: readonly number[];
}
