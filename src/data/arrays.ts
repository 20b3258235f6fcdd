import { basename, extname } from 'node:path';
import { DataError } from './error.js';
import type { ArrayFile } from './ndarray.js';
import { parseNpy } from './npy.js';
import { openNpz } from './npz.js';
import { readLimited } from './read.js';
import { openSafetensors } from './safetensors.js';
import { begins } from './signature.js';

/**
 * Opens a .npz, .npy or .safetensors file, whatever it is called; a .npy array is named by its file.
 *
 * @param maxBytes limit of the file, and of what it holds once inflated
 * @throws DataError when the file is missing, too large, of another kind or damaged
 */
export async function openArrays(path: string, { maxBytes }: { maxBytes: number }): Promise<ArrayFile> {
  const bytes = await readLimited(path, maxBytes);
  if (begins(bytes, 'PK')) return openNpz(bytes, maxBytes, path);
  const extension = extname(path).toLowerCase();
  if (begins(bytes, '\x93NUMPY') || extension === '.npy') {
    const array = parseNpy(bytes, path);
    return { names: [basename(path, extname(path))], read: () => array };
  }
  if (extension === '.npz') return openNpz(bytes, maxBytes, path);
  // What tells a .safetensors file is the brace of its header, after eight bytes.
  if (extension === '.safetensors' || bytes[8] === 0x7b) return openSafetensors(bytes, path);
  throw new DataError(`${path}: expected a .npz, .npy or .safetensors file`);
}
