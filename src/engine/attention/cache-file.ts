/**
 * The file of a cache of keys and values; docs/file-formats.md describes it. All numbers are little-endian.
 */
import { checkBytes } from '../runtime/arguments.js';
import { crc32 } from './checksum.js';
import { STORED_TYPES, type StoredType } from './row-format.js';

const MAGIC = 0x43325748; // "HW2C"
const VERSION = 1;
const WORDS = 9;

export interface CacheHeader {
  batches: number;
  kvHeads: number;
  headDim: number;
  valueDim: number;
  type: StoredType;
  /** 0: all tokens are kept. */
  window: number;
  sinks: number;
  /** Tokens that each batch has had. */
  lengths: number[];
}

/**
 * The bytes are not a cache, or not an undamaged one.
 *
 * @example
 * const refused = await loadCache(engine, new Uint8Array(8)).catch((error) => error);
 * refused instanceof CacheFileError; // → true
 */
export class CacheFileError extends Error {
  override name = 'CacheFileError';
}

/** Header, rows and a CRC-32 of both. */
export function encodeCache(
  header: CacheHeader,
  rows: Iterable<Uint8Array<ArrayBufferLike>>,
): Uint8Array<ArrayBuffer> {
  const { batches, kvHeads, headDim, valueDim, type, window, sinks, lengths } = header;
  const parts = [...rows];
  const start = headerSize(batches);
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(start + size + 4);
  const view = new DataView(bytes.buffer);
  const words = [
    MAGIC,
    VERSION,
    batches,
    kvHeads,
    headDim,
    valueDim,
    STORED_TYPES.indexOf(type),
    window,
    sinks,
  ];
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  for (const [i, length] of lengths.entries()) view.setFloat64(4 * (WORDS + 1) + 8 * i, length, true);
  let at = start;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  view.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/**
 * @param payloadSize How many bytes of rows a cache with such a header has.
 * @throws CacheFileError for bytes that `encodeCache` did not write, or that changed since.
 */
export function decodeCache(
  given: Uint8Array,
  payloadSize: (header: CacheHeader) => number,
): { header: CacheHeader; payload: Uint8Array } {
  const { bytes, view } = checkBytes(given);
  if (bytes.length < headerSize(0) + 4 || view.getUint32(0, true) !== MAGIC) {
    throw new CacheFileError('cache: these bytes are not a cache of hw2');
  }
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw new CacheFileError(`cache: given version ${version}, expected ${VERSION}`);
  if (crc32(bytes.subarray(0, -4)) !== view.getUint32(bytes.length - 4, true)) {
    throw new CacheFileError('cache: the checksum does not match, the bytes are damaged');
  }
  const [batches, kvHeads, headDim, valueDim, type, window, sinks] = Array.from(
    { length: WORDS - 2 },
    (_, i) => view.getUint32(8 + 4 * i, true),
  ) as [number, number, number, number, number, number, number];
  const start = headerSize(batches);
  if (bytes.length < start + 4)
    throw new CacheFileError(`cache: given ${bytes.length} bytes, expected ${start + 4}`);
  const lengths = Array.from({ length: batches }, (_, i) => view.getFloat64(4 * (WORDS + 1) + 8 * i, true));
  const header = { batches, kvHeads, headDim, valueDim, type: STORED_TYPES[type]!, window, sinks, lengths };
  const expected = start + payloadSize(header) + 4;
  if (bytes.length !== expected)
    throw new CacheFileError(`cache: given ${bytes.length} bytes, expected ${expected}`);
  return { header, payload: bytes.subarray(start, -4) };
}

/** The words, one of padding, and a float64 a batch. */
function headerSize(batches: number): number {
  return 4 * (WORDS + 1) + 8 * batches;
}
