import { existsSync, statSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { DataError } from '../../data/error.js';
import { readLimited } from '../../data/read.js';
import { writeWhole } from '../../data/write.js';
import { MAX_OBJECT_BYTES, type Store } from './store.js';

/** A folder that all machines of a run share, or that of the one machine. */
export class FolderStore implements Store {
  readonly url: string;

  constructor(folder: string) {
    this.url = resolve(folder);
  }

  read(name: string, maxBytes = MAX_OBJECT_BYTES): Promise<Uint8Array> {
    return readLimited(this.#path(name), maxBytes);
  }

  async size(name: string): Promise<number | undefined> {
    const status = statSync(this.#path(name), { throwIfNoEntry: false });
    return status?.isFile() ? status.size : undefined;
  }

  write(name: string, bytes: Uint8Array | string): Promise<void> {
    return writeWhole(this.#path(name), bytes);
  }

  async remove(name: string): Promise<void> {
    const path = this.#path(name);
    await rm(path, { force: true });
    // Folders that are empty now go, too, up to the first that is not: rmdir refuses it.
    for (let folder = dirname(path); folder !== this.url; folder = dirname(folder)) {
      try {
        await rmdir(folder);
      } catch {
        return;
      }
    }
  }

  async list(prefix: string): Promise<string[]> {
    const folder = this.#path(prefix);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return existsSync(folder) ? undefined : [];
      },
    );
    // A folder in it was removed while it was read.
    if (!entries) return this.list(prefix);
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath ?? entry.path, entry.name)
          .slice(this.url.length + 1)
          .replaceAll(sep, '/'),
      )
      .sort();
  }

  /** A manifest comes from someone else, and must not name files outside. */
  #path(name: string): string {
    const path = resolve(this.url, name);
    if (path !== this.url && !path.startsWith(this.url + sep))
      throw new DataError(`${name}: lies outside of the store ${this.url}`);
    return path;
  }
}
