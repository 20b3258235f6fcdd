import { DataError } from '../../data/error.js';
import { parseNpy } from '../../data/npy.js';
import { formatNpy } from '../../data/write-arrays.js';
import { type Manifest, readManifest } from '../shards/manifest.js';
import { sha256 } from '../shards/shards.js';
import { readDocument } from '../store/document.js';
import type { Store } from '../store/store.js';

/** Manifests that this process has read: every task of a run reads the same. */
const manifests = new Map<string, Promise<Manifest>>();

export function manifestOf(store: Store, folder: string): Promise<Manifest> {
  const key = `${store.url}/${folder}`;
  const known = manifests.get(key);
  if (known) return known;
  const manifest = readManifest(store, folder);
  manifest.catch(() => manifests.delete(key));
  manifests.set(key, manifest);
  return manifest;
}

/** A float32 array of the store. @throws DataError naming it when it is missing or damaged */
export async function readFloats(
  store: Store,
  name: string,
): Promise<{ data: Float32Array; dims: readonly number[] }> {
  const { type, data, dims } = parseNpy(await store.read(name), `${store.url}/${name}`);
  if (type !== 'float32')
    throw new DataError(`${store.url}/${name}: damaged, it holds ${type}, expected float32`);
  return { data: data as Float32Array, dims };
}

/** A JSON document of the store, as a task wrote it. @throws DataError naming it when it is missing or damaged */
export async function readResult<T extends object>(store: Store, name: string): Promise<T> {
  const advice = '; remove it to compute it again';
  const result = await readDocument<T | null>(store, name, { advice });
  if (typeof result === 'object' && result !== null) return result;
  throw new DataError(`${store.url}/${name}: damaged, this is no result of a task${advice}`);
}

/** An output shard [heads, tokens, valueDim] as .npy, or what is left of it where outputs are not kept. */
export function formatOutput(
  data: Float32Array,
  dims: readonly number[],
  keepOutput: boolean,
): Uint8Array | string {
  const bytes = formatNpy({ data, dims });
  return keepOutput ? bytes : `${JSON.stringify({ dims, sha256: sha256(bytes) })}\n`;
}
