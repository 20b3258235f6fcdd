import { DataError } from '../../data/error.js';
import type { Store } from './store.js';

/**
 * What a JSON document of a store holds; whether it is what was expected is for the caller to see.
 * @param advice What follows the message where it is no JSON.
 * @throws DataError naming the document where it is missing, larger than `maxBytes` or no JSON
 */
export async function readDocument<T>(
  store: Store,
  name: string,
  { maxBytes, advice = '' }: { maxBytes?: number; advice?: string } = {},
): Promise<T> {
  const bytes = await store.read(name, maxBytes);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch {
    throw new DataError(`${store.url}/${name}: damaged, this is not JSON${advice}`);
  }
}
