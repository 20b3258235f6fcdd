/** Which caches of keys and values there can be, and which tokens a cache takes: its checks, before any memory is taken. */
import { checkNames, checkNumbers, checkWhole, shown } from '../runtime/arguments.js';
import type { CacheHeader } from './cache-file.js';
import type { CheckedTokens } from './cache-rows.js';
import { STORED_TYPES, type StoredType } from './row-format.js';
import { FLOATS, headsOf, MAX_COUNT, MAX_HEAD_DIM } from './shapes.js';
import { checkTensor, type Tensor } from './tensor.js';

/** Options of `createCache`. */
export interface CacheOptions {
  /** Dimension of keys, 1 to 512. */
  headDim: number;
  /** Default: headDim. */
  valueDim?: number | undefined;
  /** Heads of keys and values. Default 1. */
  kvHeads?: number | undefined;
  /** Sequences side by side, whose lengths may differ. Default 1. */
  batches?: number | undefined;
  /** Tokens that there is room for at first; the room doubles when it is used up. Default 256. */
  capacity?: number | undefined;
  /** How keys and values are held. Default `float32`. */
  type?: StoredType | undefined;
  /** Keep the last so many tokens and forget the others. Default: keep all. */
  window?: number | undefined;
  /** With a window: keep the first so many tokens, too. Default 0. */
  sinks?: number | undefined;
}

/** New tokens of a cache. */
export interface Tokens {
  /** [B, Hkv, n, D], or [B, n, Hkv·D]. */
  k: Tensor;
  /** [B, Hkv, n, Dv], or [B, n, Hkv·Dv]. */
  v: Tensor;
  /** How many of the n tokens each batch has; the rest is padding. Default: all. */
  lengths?: readonly number[] | undefined;
}

/** The header of an empty cache, and how many tokens it has memory for at first. @throws RangeError that names the option */
export function emptyCache(options: CacheOptions): { header: CacheHeader; capacity: number } {
  checkNames('option', options, [
    'headDim',
    'valueDim',
    'kvHeads',
    'batches',
    'capacity',
    'type',
    'window',
    'sinks',
  ]);
  const { headDim, valueDim = headDim, kvHeads = 1, batches = 1, capacity = 256, type = 'float32' } = options;
  const { window = 0, sinks = 0 } = options;
  if (options.window !== undefined) checkWhole('window', window, MAX_COUNT);
  const header = { headDim, valueDim, kvHeads, batches, type, window, sinks };
  checkWhole('capacity', capacity, MAX_COUNT);
  checkHeader(header);
  return { header: { ...header, lengths: new Array<number>(batches).fill(0) }, capacity };
}

/** @throws RangeError that names what no cache can have */
export function checkHeader({
  headDim,
  valueDim,
  kvHeads,
  batches,
  type,
  window,
  sinks,
}: Omit<CacheHeader, 'lengths'>): void {
  for (const [name, value] of Object.entries({ kvHeads, batches })) checkWhole(name, value, 2 ** 20);
  for (const [name, value] of Object.entries({ headDim, valueDim })) checkWhole(name, value, MAX_HEAD_DIM);
  if (!STORED_TYPES.includes(type))
    throw new RangeError(`type: given ${shown(type)}, expected one of ${STORED_TYPES.join(', ')}`);
  checkCount('sinks', sinks, window === 0 ? 0 : MAX_COUNT - window);
}

/** @throws TypeError or RangeError that names the tensor that does not fit the cache */
export function checkTokens(header: CacheHeader, given: Tokens): CheckedTokens {
  checkNames('input', given, ['k', 'v', 'lengths']);
  const { batches, kvHeads, headDim, valueDim } = header;
  const read = (name: 'k' | 'v', dim: number) => {
    const tensor = checkTensor(name, given[name], FLOATS);
    const heads = headsOf(name, tensor, 'kvHeads', kvHeads);
    for (const [what, actual, expected] of [
      ['batch', tensor.dims[0]!, batches],
      [name === 'k' ? 'headDim' : 'valueDim', heads.dim, dim],
    ] as const) {
      if (actual !== expected)
        throw new RangeError(`${name}: ${what} ${actual}, expected ${expected} as in the cache`);
    }
    return { tensor, ...heads };
  };
  const [k, v] = [read('k', headDim), read('v', valueDim)];
  if (v.rows !== k.rows) throw new RangeError(`v: length ${v.rows}, expected ${k.rows} as in k`);
  const asked = given.lengths ?? new Array<number>(batches).fill(k.rows);
  checkNumbers('lengths', asked);
  if (asked.length !== batches) throw new RangeError(`lengths: given ${asked.length}, expected ${batches}`);
  const lengths = Array.from(asked);
  for (const [batch, length] of lengths.entries()) {
    checkCount('lengths', length, k.rows);
    const total = header.lengths[batch]! + length;
    if (header.window === 0 && total > MAX_COUNT)
      throw new RangeError(`k: ${total} tokens in all, expected at most ${MAX_COUNT}`);
  }
  return { k, v, lengths, count: k.rows };
}

/** @throws RangeError unless it is a whole number from 0 to `most` */
export function checkCount(name: string, given: number, most: number): void {
  if (!Number.isInteger(given) || given < 0 || given > most)
    throw new RangeError(`${name}: given ${shown(given)}, expected a whole number from 0 to ${most}`);
}
