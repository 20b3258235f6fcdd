import { createHash } from 'node:crypto';
import { DataError } from '../../data/error.js';
import { parseNpy } from '../../data/npy.js';
import type { TensorName } from '../../data/qkv.js';
import { formatNpy } from '../../data/write-arrays.js';
import { Random } from '../../statistics/random.js';
import { numbered } from '../plan/parts.js';
import type { Store } from '../store/store.js';
import {
  MANIFEST_VERSION,
  type Manifest,
  type Shard,
  type ShardFile,
  shardDims,
  writeManifest,
} from './manifest.js';

/** A shard of one tensor: [1, heads, tokens, dim], as the engine takes it. */
export interface ShardTensor {
  data: Float32Array;
  dims: [number, number, number, number];
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * A shard of q, k or v: read, or drawn from the seed of the manifest.
 * @throws DataError naming the file that is missing or damaged
 */
export async function readShard(
  store: Store,
  manifest: Manifest,
  index: number,
  name: TensorName,
): Promise<ShardTensor> {
  const shard = manifest.shards[index]!;
  const dims = shardDims(manifest, name, shard);
  if (manifest.random) return { data: randomShard(manifest, index, name), dims: [1, ...dims] };
  const file = shard.files![name];
  const source = `${store.url}/${file.name}`;
  const bytes = await store.read(file.name);
  if (sha256(bytes) !== file.sha256)
    throw new DataError(`${source}: damaged, its checksum is not that of the manifest`);
  const array = parseNpy(bytes, source);
  if (array.type !== 'float32' || String(array.dims) !== String(dims))
    throw new DataError(
      `${source}: ${array.type} [${array.dims.join(', ')}], expected float32 [${dims.join(', ')}]`,
    );
  return { data: array.data as Float32Array, dims: [1, ...dims] };
}

const TENSORS: readonly TensorName[] = ['q', 'k', 'v'];

/** Normal values; queries are multiplied so that scores q·k/√D have the standard deviation asked for. */
function randomShard(manifest: Manifest, index: number, name: TensorName): Float32Array {
  const { seed, sigma } = manifest.random!;
  const random = new Random(seed, TENSORS.indexOf(name), index);
  const [heads, tokens, dim] = shardDims(manifest, name, manifest.shards[index]!);
  const values = new Float32Array(heads * tokens * dim);
  random.fillNormal(values, name === 'q' ? sigma : 1);
  return values;
}

/** How a sequence is cut: the last shard may be shorter. */
export function cut(length: number, shard: number): Shard[] {
  return Array.from({ length: Math.ceil(length / shard) }, (_, i) => ({
    first: i * shard,
    tokens: Math.min(shard, length - i * shard),
  }));
}

/** A tensor [heads, length, dim] from which rows are taken. */
export interface Source {
  dims: readonly [number, number, number];
  /** Rows `first` up to `first + tokens` of every head, [heads, tokens, dim]. */
  rows(first: number, tokens: number): Promise<Float32Array>;
}

/** Writes the shards of three tensors and, when all of them are there, their manifest. */
export async function writeShards(
  store: Store,
  folder: string,
  sources: Record<TensorName, Source>,
  shard: number,
  onShard: (done: number, of: number) => void = () => {},
): Promise<Manifest> {
  const [heads, length, headDim] = sources.q.dims;
  const [kvHeads, , valueDim] = sources.v.dims;
  const manifest: Manifest = {
    format: 'hw2-shards',
    version: MANIFEST_VERSION,
    ...{ heads, kvHeads, headDim, valueDim, length },
    shards: cut(length, shard),
  };
  for (const [i, part] of manifest.shards.entries()) {
    const write = async (name: TensorName): Promise<ShardFile> => {
      const data = await sources[name].rows(part.first, part.tokens);
      const bytes = formatNpy({ data, dims: shardDims(manifest, name, part) });
      const file = `${folder}/${name}/${numbered(i)}.npy`;
      await store.write(file, bytes);
      return { name: file, sha256: sha256(bytes) };
    };
    part.files = { q: await write('q'), k: await write('k'), v: await write('v') };
    onShard(i + 1, manifest.shards.length);
  }
  await writeManifest(store, folder, manifest);
  return manifest;
}
