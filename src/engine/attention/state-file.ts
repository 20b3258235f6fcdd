/**
 * The file of a linear-attention state; docs/file-formats.md describes it. All numbers are little-endian.
 */
import { crc32 } from './checksum.js';

const MAGIC = 0x53325748; // "HW2S"
const VERSION = 1;
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

/** The bytes are not a state, or not an undamaged one. */
export class StateFileError extends Error {
  override name = 'StateFileError';
}

/** Header, payload and a CRC-32 of both. */
export function encodeState(header: StateHeader, payload: Float32Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + payload.byteLength + 4);
  const view = new DataView(bytes.buffer);
  const { order, batches, heads, kvHeads, headDim, valueDim } = header;
  for (const [i, word] of [MAGIC, VERSION, order, batches, heads, kvHeads, headDim, valueDim].entries()) {
    view.setUint32(4 * i, word, true);
  }
  for (const [i, number] of [header.length, header.scale, header.smallestDenominator].entries()) {
    view.setFloat64(32 + 8 * i, number, true);
  }
  bytes.set(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength), HEADER_SIZE);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

/**
 * @param payloadLength How many floats a state with such a header has.
 * @throws StateFileError for bytes that `encodeState` did not write, or that changed since.
 */
export function decodeState(
  bytes: Uint8Array,
  payloadLength: (header: StateHeader) => number,
): { header: StateHeader; payload: Float32Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_SIZE + 4 || view.getUint32(0, true) !== MAGIC) {
    throw new StateFileError('state: these bytes are not a linear-attention state of hw2');
  }
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw new StateFileError(`state: given version ${version}, expected ${VERSION}`);
  if (crc32(bytes.subarray(0, -4)) !== view.getUint32(bytes.length - 4, true)) {
    throw new StateFileError('state: the checksum does not match, the bytes are damaged');
  }
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
  const expected = HEADER_SIZE + 4 * payloadLength(header) + 4;
  if (bytes.length !== expected)
    throw new StateFileError(`state: given ${bytes.length} bytes, expected ${expected}`);
  return { header, payload: new Float32Array(bytes.slice(HEADER_SIZE, -4).buffer) };
}
