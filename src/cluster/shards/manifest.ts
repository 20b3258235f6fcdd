import { MAX_HEAD_DIM } from 'hw2-engine';
import { DataError } from '../../data/error.js';
import type { TensorName } from '../../data/qkv.js';
import { readDocument } from '../store/document.js';
import type { Store } from '../store/store.js';

/** The three tensors of attention, cut along the sequence: what a run reads. docs/file-formats.md describes the file. */
export interface Manifest {
  format: 'hw2-shards';
  version: 1;
  heads: number;
  kvHeads: number;
  headDim: number;
  valueDim: number;
  /** Tokens of the whole sequence. */
  length: number;
  shards: Shard[];
  /** Shards without files: drawn anew from a seed by whoever needs them. */
  random?: { seed: number; sigma: number };
}

export interface Shard {
  /** The first token and their number. */
  first: number;
  tokens: number;
  files?: Record<TensorName, ShardFile>;
}

/** A .npy file [heads, tokens, dim] of float32. */
export interface ShardFile {
  name: string;
  sha256: string;
}

const MANIFEST = 'manifest.json';
export const MANIFEST_VERSION = 1;
const MAX_MANIFEST_BYTES = 64 * 2 ** 20;
/** Of a tensor: an engine has 4 GiB for queries, keys, values and outputs. */
const MAX_SHARD_NUMBERS = 2 ** 30;

/** Dimensions [heads, tokens, dim] of a shard of one of the tensors. */
export function shardDims(manifest: Manifest, name: TensorName, { tokens }: Shard): [number, number, number] {
  const heads = name === 'q' ? manifest.heads : manifest.kvHeads;
  return [heads, tokens, name === 'v' ? manifest.valueDim : manifest.headDim];
}

/** @throws DataError naming the manifest and what is wrong with it */
export async function readManifest(store: Store, folder: string): Promise<Manifest> {
  const name = `${folder}/${MANIFEST}`;
  const value = await readDocument<Partial<Manifest> | null>(store, name, { maxBytes: MAX_MANIFEST_BYTES });
  const fail = (what: string): never => {
    throw new DataError(`${store.url}/${name}: ${what}`);
  };
  if (value?.format !== 'hw2-shards') return fail('not a manifest of shards');
  if (value.version !== MANIFEST_VERSION)
    return fail(`version ${value.version}, expected ${MANIFEST_VERSION}`);
  for (const field of ['heads', 'kvHeads', 'headDim', 'valueDim', 'length'] as const) {
    if (!isCount(value[field])) fail(`damaged, ${field} is ${JSON.stringify(value[field])}`);
  }
  const { heads, kvHeads, headDim, valueDim, shards, length, random } = value as Manifest;
  if (heads % kvHeads !== 0) fail(`damaged, ${heads} heads on ${kvHeads}`);
  if (Math.max(headDim, valueDim) > MAX_HEAD_DIM)
    fail(`heads of ${Math.max(headDim, valueDim)} dimensions, expected at most ${MAX_HEAD_DIM}`);
  if (!Array.isArray(shards) || shards.length === 0) return fail('damaged, it names no shards');
  if (random && !(Number.isInteger(random.seed) && Number.isFinite(random.sigma) && random.sigma >= 0))
    fail('damaged, random has no seed or no sigma');
  let next = 0;
  for (const [i, shard] of shards.entries()) {
    if (shard?.first !== next || !isCount(shard.tokens))
      fail(`damaged, shard ${i} does not begin at ${next}`);
    if (shard.tokens * Math.max(heads * headDim, heads * valueDim) > MAX_SHARD_NUMBERS)
      fail(`shard ${i} has ${shard.tokens} tokens, more than a task can hold; cut it smaller with --shard`);
    next += shard.tokens;
    if (random) continue;
    for (const tensor of ['q', 'k', 'v'] as const) {
      const file = shard.files?.[tensor];
      if (typeof file?.name !== 'string' || !/^[0-9a-f]{64}$/.test(file?.sha256 ?? ''))
        fail(`damaged, shard ${i} names no file for ${tensor}`);
    }
  }
  if (next !== length) fail(`damaged, its shards hold ${next} tokens of ${length}`);
  return value as Manifest;
}

export function writeManifest(store: Store, folder: string, manifest: Manifest): Promise<void> {
  return store.write(`${folder}/${MANIFEST}`, `${JSON.stringify(manifest, null, 1)}\n`);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
