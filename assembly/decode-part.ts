/**
 * A part of the keys, as some rows of a group go through it: what assembly/decode.ts tells those that compute it. Addresses are those
 * of its first key.
 */
import { endKey, firstKey, Params } from './params';

/**
 * Keys of one task: all scores first, then all values, so that memory is read as two long streams. Turns of 128 keys each took 1.4
 * to 1.7 times as long at 4,096 keys, 8/8 heads, D 64.
 */
export const PART: i32 = 512;
/** Rows that go through a part together. */
export const ROWS: i32 = 64;

@unmanaged
export class Part {
  batch: i32;
  group: i32;
  /** The first row, [head of the group][query], and how many. */
  row: i32;
  rows: i32;
  /** The first key that any query sees, and how many. */
  key: i32;
  keys: i32;
  k: usize;
  v: usize;
  kScales: usize;
  vScales: usize;
  /** Packed queries, one a row, `queryRow` bytes each, multiplied by scale·log₂ e. */
  queries: usize;
  /** Memory for what is formed on the way. */
  scratch: usize;
  /** What the part leaves of the first row: reference, sum, and at OUTPUTS the outputs; and from a row to the next. */
  partials: usize;
  partialsStep: usize;
}

/** What a part leaves of one row: reference and sum, in a vector, then outputs, padded to eight. src/engine/attention/exact.ts reckons with the same size. */
export const OUTPUTS: usize = 16;
// @ts-ignore: decorator
@inline
export function partialSize(params: Params): usize { return OUTPUTS + padded(params.valueDim); }
/** A packed query. */
// @ts-ignore: decorator
@inline
export function queryRow(params: Params): usize { return padded(params.headDim); }

/** Bytes of so many numbers, padded to eight. */
// @ts-ignore: decorator
@inline
export function padded(dim: i32): usize { return <usize>((dim + 7) & ~7) << 2; }

/** Keys of the part that one query sees: [firstOf, endOf), counted from its first key. */
// @ts-ignore: decorator
@inline
export function firstOf(params: Params, part: Part, query: i32): i32 { return max(0, firstKey(params, part.batch, query) - part.key); }
// @ts-ignore: decorator
@inline
export function endOf(params: Params, part: Part, query: i32): i32 { return min(part.keys, endKey(params, part.batch, query) - part.key); }

/**
 * Bytes of a row above which a step is read once, line by line, before it is multiplied. Four longer rows at a time are
 * more streams than the processor follows: it reads such a cache from main memory at a fourth of the speed. Read once before, 4,096 keys,
 * 32/8 heads, D 128, were 1.9 times as fast.
 */
const LONG: usize = 256;

/** Whether adjacent rows are too long to be left to the processor. */
// @ts-ignore: decorator
@inline
export function isLong(row: usize, dim: i32): bool { return row > LONG && row <= <usize>dim << 2; }

/** Reads a byte of each line, in order. */
export function touch(from: usize, size: usize): void {
  for (const end = from + size; from < end; from += 64) load<u8>(from);
}
