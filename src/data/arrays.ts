import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { DataError } from './error.js';
import type { NdArray } from './ndarray.js';
import { parseNpy } from './npy.js';
import { parseNpz } from './npz.js';
import { parseSafetensors } from './safetensors.js';

/**
 * Reads the arrays of a .npz, .npy or .safetensors file, by name; a .npy array is named by its file.
 *
 * @param maxBytes limit of the file, and of what it holds once inflated
 * @throws DataError when the file is missing, too large, of another kind or damaged
 */
export async function readArrays(
  path: string,
  { maxBytes }: { maxBytes: number },
): Promise<Map<string, NdArray>> {
  const extension = extname(path).toLowerCase();
  if (!['.npz', '.npy', '.safetensors'].includes(extension))
    throw new DataError(`${path}: expected a .npz, .npy or .safetensors file`);
  const bytes = await readLimited(path, maxBytes);
  if (extension === '.npz') return parseNpz(bytes, maxBytes, path);
  if (extension === '.safetensors') return parseSafetensors(bytes, path).tensors;
  return new Map([[basename(path, extname(path)), parseNpy(bytes, path)]]);
}

/**
 * The whole of a file whose size is known to be within `maxBytes` before memory is taken for it.
 *
 * @throws DataError
 */
export async function readLimited(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      error.code === 'ENOENT' ? `${path}: no such file` : `${path}: cannot be opened (${error.code})`,
    );
  });
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new DataError(`${path}: not a file`);
    if (status.size > maxBytes)
      throw new DataError(`${path}: ${status.size} bytes; the limit is ${maxBytes}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
