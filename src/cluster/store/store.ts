/**
 * Where shards, states and outputs lie: objects by name, "/" between its parts. An object appears whole and by one
 * step, so that whoever finds it may use it, and two who write the same one do no harm.
 */
export interface Store {
  /** As a person names it: a folder, or s3://bucket/prefix. */
  readonly url: string;
  /** @throws DataError naming the object where there is none, or where it is larger than `maxBytes`. */
  read(name: string, maxBytes?: number): Promise<Uint8Array>;
  /** Bytes of an object, or nothing where there is none. */
  size(name: string): Promise<number | undefined>;
  /** @throws Error naming the object and why it could not be written; what was there before is kept. */
  write(name: string, bytes: Uint8Array | string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Names below a prefix, in order. */
  list(prefix: string): Promise<string[]>;
}

/** What is read at most at once: a shard of 2¹⁸ tokens of 32 heads of 64 dimensions has half of it. */
export const MAX_OBJECT_BYTES = 2 ** 32;
