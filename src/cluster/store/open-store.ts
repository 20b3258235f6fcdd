import { statSync } from 'node:fs';
import { DataError } from '../../data/error.js';
import { FolderStore } from './folder.js';
import type { Store } from './store.js';

/** Opens a folder, or `s3://bucket/prefix`. @throws DataError for a file, and for a bucket without credentials */
export async function openStore(url: string): Promise<Store> {
  if (url.startsWith('s3://')) return new (await import('./s3.js')).S3Store(url);
  if (statSync(url, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new DataError(`${url}: no folder, and the store has to be one`);
  return new FolderStore(url);
}
