import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../data/error.js';
import { checkWritable } from '../../data/write.js';
import { FolderStore } from './folder.js';
import type { Store } from './store.js';

/** Opens a folder, or `s3://bucket/prefix`. @throws DataError for a file, and for a bucket without credentials */
export async function openStore(url: string): Promise<Store> {
  if (url.startsWith('s3://')) return new (await import('./s3.js')).S3Store(url);
  if (/^\w+:\/\//.test(url)) throw new DataError(`${url}: expected a folder or s3://bucket/prefix`);
  if (statusOf(url)?.isDirectory() === false)
    throw new DataError(`${url}: no folder, and the store has to be one`);
  return new FolderStore(url);
}

/** Opens a store for work that writes there. @throws DataError before it where that cannot be done, as far as it can be known */
export async function openWritableStore(url: string): Promise<Store> {
  const store = await openStore(url);
  if (store instanceof FolderStore) await checkWritable(join(store.url, 'object'));
  return store;
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new DataError(`${path}: cannot be opened (${(error as NodeJS.ErrnoException).code})`);
  }
}
