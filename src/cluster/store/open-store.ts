import { FolderStore } from './folder.js';
import type { Store } from './store.js';

/** Opens a folder, or `s3://bucket/prefix`. @throws DataError for a bucket without credentials */
export async function openStore(url: string): Promise<Store> {
  if (url.startsWith('s3://')) return new (await import('./s3.js')).S3Store(url);
  return new FolderStore(url);
}
