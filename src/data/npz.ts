import { DataError } from './error.js';
import type { NdArray } from './ndarray.js';
import { parseNpy } from './npy.js';
import { unzip, zipEntries } from './zip.js';

/**
 * Reads every array of a numpy .npz archive, by name.
 *
 * @param maxBytes limit of all arrays together, checked against the archive's directory before any is inflated
 * @throws DataError
 */
export function parseNpz(bytes: Uint8Array, maxBytes: number, source: string): Map<string, NdArray> {
  const arrays = new Map<string, NdArray>();
  for (const entry of zipEntries(bytes, maxBytes, source)) {
    if (!entry.name.endsWith('.npy'))
      throw new DataError(`${source}: member ${entry.name} is not a .npy array`);
    const name = entry.name.slice(0, -'.npy'.length);
    arrays.set(name, parseNpy(unzip(bytes, entry, source), `${source}: ${name}`));
  }
  return arrays;
}
