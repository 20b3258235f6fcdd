/**
 * The file of a state that one call leaves for the next; docs/file-formats.md describes it. All numbers are little-endian.
 */

import { crc32 } from '../attention/checksum.js';
import { StateFileError } from '../attention/state-file.js';
import { checkBytes } from '../runtime/arguments.js';

const MAGIC = 0x52325748; // "HW2R"
const VERSION = 1;
const HEADER_SIZE = 56;

/** What the numbers are the state of. */
export const KINDS = ['linear', 'gated', 'delta', 'gated_delta', 'convolution'] as const;
export type Kind = (typeof KINDS)[number];

export interface CarriedHeader {
  kind: Kind;
  /** Five whole numbers that give the shape; their meaning depends on the kind. */
  shape: readonly number[];
  /** Tokens that have been appended. */
  length: number;
  scale: number;
}

/** Header, numbers and a CRC-32 of both. */
export function encodeCarried(header: CarriedHeader, floats: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_SIZE + floats.byteLength + 4);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of [MAGIC, VERSION, KINDS.indexOf(header.kind), ...header.shape].entries()) {
    view.setUint32(4 * i, word, true);
  }
  view.setFloat64(40, header.length, true);
  view.setFloat64(48, header.scale, true);
  bytes.set(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength), HEADER_SIZE);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

/**
 * @param count How many numbers a state with such a header has.
 * @throws StateFileError for bytes that `encodeCarried` did not write, or that changed since.
 */
export function decodeCarried(
  given: Uint8Array,
  count: (header: CarriedHeader) => number,
): { header: CarriedHeader; floats: Float32Array } {
  const { bytes, view } = checkBytes(given);
  if (bytes.length < HEADER_SIZE + 4 || view.getUint32(0, true) !== MAGIC) {
    throw new StateFileError('state: these bytes are not a recurrent state of hw2');
  }
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw new StateFileError(`state: given version ${version}, expected ${VERSION}`);
  if (crc32(bytes.subarray(0, -4)) !== view.getUint32(bytes.length - 4, true)) {
    throw new StateFileError('state: the checksum does not match, the bytes are damaged');
  }
  const kind = KINDS[view.getUint32(8, true)];
  if (!kind) throw new StateFileError('state: these bytes are not a recurrent state of hw2');
  const header: CarriedHeader = {
    kind,
    shape: Array.from({ length: 5 }, (_, i) => view.getUint32(12 + 4 * i, true)),
    length: view.getFloat64(40, true),
    scale: view.getFloat64(48, true),
  };
  if (!Number.isSafeInteger(header.length) || header.length < 0)
    throw new StateFileError(`state: given a length of ${header.length}, expected a whole number from 0`);
  const expected = HEADER_SIZE + 4 * count(header) + 4;
  if (bytes.length !== expected)
    throw new StateFileError(`state: given ${bytes.length} bytes, expected ${expected}`);
  return { header, floats: new Float32Array(bytes.slice(HEADER_SIZE, -4).buffer) };
}
