/** The file of a state that one call leaves for the next. */
import { checkLength, ofHeader, type SealedFormat, seal, unseal } from '../attention/sealed-file.js';
import { StateFileError } from '../attention/state-file.js';

const HEADER_SIZE = 56;
const FORMAT: SealedFormat = {
  name: 'state',
  title: 'a recurrent state',
  magic: 0x52325748, // "HW2R"
  versions: [1],
  headerSize: HEADER_SIZE,
  Fault: StateFileError,
};

/** What the numbers are the state of. */
export const KINDS = ['linear', 'gated', 'delta', 'gated_delta', 'convolution'] as const;
export type CarriedKind = (typeof KINDS)[number];

export interface CarriedHeader {
  kind: CarriedKind;
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
  const words = [FORMAT.magic, FORMAT.versions[0]!, KINDS.indexOf(header.kind), ...header.shape];
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  view.setFloat64(40, header.length, true);
  view.setFloat64(48, header.scale, true);
  bytes.set(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength), HEADER_SIZE);
  return seal(bytes);
}

/**
 * @param count How many numbers a state with such a header has; throws where there is none.
 * @throws StateFileError for bytes that `encodeCarried` did not write, or that changed since.
 */
export function decodeCarried(
  given: Uint8Array,
  count: (header: CarriedHeader) => number,
): { header: CarriedHeader; floats: Float32Array } {
  const { bytes, view } = unseal(given, FORMAT);
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
  const numbers = ofHeader(FORMAT, () => count(header));
  checkLength(FORMAT, bytes, HEADER_SIZE + 4 * numbers + 4);
  return { header, floats: new Float32Array(bytes.slice(HEADER_SIZE, -4).buffer) };
}
