/** The file of a linear-attention state. */
import { featureDim } from './feature-map.js';
import { checkLength, ofHeader, type SealedFormat, seal, unseal } from './sealed-file.js';
import { headStateBytes, stateRow } from './taylor.js';

/** Bytes before the sums. */
const HEADER_SIZE = 56;

export interface StateHeader {
  order: number;
  batches: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  valueDim: number;
  /** Keys that the state holds. */
  length: number;
  scale: number;
  /** Smallest denominator per key that queries met so far. */
  smallestDenominator: number;
}

/**
 * The bytes are not a state, or not an undamaged one.
 *
 * @example
 * const refused = await loadState(engine, new Uint8Array(8)).catch((error) => error);
 * refused instanceof StateFileError; // → true
 */
export class StateFileError extends Error {
  override name = 'StateFileError';
}

const FORMAT: SealedFormat = {
  name: 'state',
  title: 'a linear-attention state',
  magic: 0x53325748, // "HW2S"
  versions: [2, 1],
  headerSize: HEADER_SIZE,
  Fault: StateFileError,
};

/** Header, sums as they lie in the engine's memory, and a CRC-32 of both. */
export function encodeState(header: StateHeader, sums: Float32Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + sums.byteLength + 4);
  const view = new DataView(bytes.buffer);
  const { order, batches, heads, kvHeads, headDim, valueDim } = header;
  const words = [FORMAT.magic, FORMAT.versions[0]!, order, batches, heads, kvHeads, headDim, valueDim];
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  for (const [i, number] of [header.length, header.scale, header.smallestDenominator].entries()) {
    view.setFloat64(32 + 8 * i, number, true);
  }
  bytes.set(new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength), HEADER_SIZE);
  return seal(bytes);
}

/**
 * Reads the file of this version or of version 1.
 * @param given Bytes in any array, at any offset.
 * @param check Throws where a state cannot have such a header; called before anything is computed from it.
 * @throws StateFileError for bytes that `encodeState` did not write, or that changed since.
 */
export function decodeState(
  given: Uint8Array,
  check: (header: StateHeader) => void,
): { header: StateHeader; sums: Float32Array } {
  const { bytes, view, version } = unseal(given, FORMAT);
  const word = (i: number) => view.getUint32(4 * i, true);
  const header: StateHeader = {
    order: word(2),
    batches: word(3),
    heads: word(4),
    kvHeads: word(5),
    headDim: word(6),
    valueDim: word(7),
    length: view.getFloat64(32, true),
    scale: view.getFloat64(40, true),
    smallestDenominator: view.getFloat64(48, true),
  };
  ofHeader(FORMAT, () => check(header));
  const { order, batches, kvHeads, headDim, valueDim } = header;
  const isFirst = version === 1;
  const stateBytes = headStateBytes(headDim, valueDim, order);
  checkLength(FORMAT, bytes, HEADER_SIZE + (batches * kvHeads * stateBytes) / (isFirst ? 2 : 1) + 4);
  // A copy, because floats must begin at a multiple of 4 bytes.
  const sums = new Float32Array(bytes.slice(HEADER_SIZE, -4).buffer);
  return { header, sums: isFirst ? fromVersion1(header, sums, stateBytes / 4) : sums };
}

/** Sums of version 1, which has no second words, and the constant as the first of the features, not the last. */
function fromVersion1(
  { headDim, valueDim, order }: StateHeader,
  sums: Float32Array,
  stateLength: number,
): Float32Array {
  const features = featureDim(headDim, order);
  const row = stateRow(valueDim);
  const both = new Float32Array(2 * sums.length);
  for (let state = 0; state < both.length; state += stateLength) {
    const before = sums.subarray(state / 2, (state + stateLength) / 2);
    const after = both.subarray(state, state + stateLength);
    const moveFirst = (at: number, size: number) => {
      after.set(before.subarray(at + size, at + features * size), at);
      after.set(before.subarray(at, at + size), at + (features - 1) * size);
    };
    moveFirst(0, row);
    moveFirst(features * row, 1);
  }
  return both;
}
