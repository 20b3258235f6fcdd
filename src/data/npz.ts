import type { ArrayFile } from './ndarray.js';
import { parseNpy } from './npy.js';
import { unzip, zipEntries } from './zip.js';

const SUFFIX = '.npy';

/**
 * Opens a numpy .npz archive. Its arrays are the members that end in `.npy`, or where none does, as in archives that were
 * packed by hand, those without an ending; what else lies in it, such as the folders and shadow files that other programs
 * leave in archives, is passed over. A member is inflated when it is asked for.
 *
 * @param maxBytes limit of the arrays that are read, checked against the archive's directory before any is inflated
 * @throws DataError when the bytes are no archive, or damaged
 */
export function openNpz(bytes: Uint8Array, maxBytes: number, source: string): ArrayFile {
  const members = zipEntries(bytes, source);
  const arrays = members.filter(({ name }) => name.endsWith(SUFFIX) && !name.startsWith('__MACOSX/'));
  const entries = new Map(
    arrays.length > 0
      ? arrays.map((entry) => [entry.name.slice(0, -SUFFIX.length), entry])
      : members.filter(({ name }) => !/[./]/.test(name)).map((entry) => [entry.name, entry]),
  );
  let left = maxBytes;
  return {
    names: [...entries.keys()],
    read: (name) => {
      const entry = entries.get(name);
      if (!entry) throw new RangeError(`${source}: no array ${name}`);
      const contents = unzip(bytes, entry, { source, maxBytes: left });
      left -= entry.size;
      return parseNpy(contents, `${source}: ${name}`);
    },
  };
}
