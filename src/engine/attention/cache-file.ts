/** The file of a cache of keys and values. */
import { STORED_TYPES, type StoredType } from './row-format.js';
import { checkLength, ofHeader, type SealedFormat, seal, unseal } from './sealed-file.js';

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

const FORMAT: SealedFormat = {
  name: 'cache',
  title: 'a cache',
  magic: 0x43325748, // "HW2C"
  versions: [1],
  headerSize: headerSize(0),
  Fault: CacheFileError,
};

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
    FORMAT.magic,
    FORMAT.versions[0]!,
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
  return seal(bytes);
}

/**
 * @param payloadSize How many bytes of rows a cache with such a header has; throws where there is none.
 * @throws CacheFileError for bytes that `encodeCache` did not write, or that changed since.
 */
export function decodeCache(
  given: Uint8Array,
  payloadSize: (header: CacheHeader) => number,
): { header: CacheHeader; payload: Uint8Array } {
  const { bytes, view } = unseal(given, FORMAT);
  const [batches, kvHeads, headDim, valueDim, type, window, sinks] = Array.from(
    { length: WORDS - 2 },
    (_, i) => view.getUint32(8 + 4 * i, true),
  ) as [number, number, number, number, number, number, number];
  const start = headerSize(batches);
  if (bytes.length < start + 4)
    throw new CacheFileError(`cache: given ${bytes.length} bytes, expected ${start + 4}`);
  const lengths = Array.from({ length: batches }, (_, i) => view.getFloat64(4 * (WORDS + 1) + 8 * i, true));
  const header = { batches, kvHeads, headDim, valueDim, type: STORED_TYPES[type]!, window, sinks, lengths };
  const size = ofHeader(FORMAT, () => payloadSize(header));
  checkLength(FORMAT, bytes, start + size + 4);
  return { header, payload: bytes.subarray(start, -4) };
}

/** The words, one of padding, and a float64 a batch. */
function headerSize(batches: number): number {
  return 4 * (WORDS + 1) + 8 * batches;
}
