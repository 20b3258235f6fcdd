/**
 * What the files of states and caches have in common: they begin with four letters and a version, and end with a CRC-32 of all
 * bytes before it. All numbers are little-endian; docs/file-formats.md describes the files.
 */
import { checkBytes } from '../runtime/arguments.js';
import { crc32 } from './checksum.js';

export interface SealedFormat {
  /** What messages begin with, and what they call the file. */
  name: 'state' | 'cache';
  title: string;
  /** The four letters, as a number. */
  magic: number;
  /** Versions that are read, the one that is written first. */
  versions: readonly number[];
  /** Bytes that every file has before its numbers. */
  headerSize: number;
  /** What is thrown for foreign or damaged bytes. */
  Fault: new (
    message: string,
    options?: { cause: unknown },
  ) => Error;
}

/** Writes the checksum into the last four bytes. */
export function seal<T extends Uint8Array>(bytes: T): T {
  const end = bytes.length - 4;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/** Checks letters, version and checksum. @throws the format's fault, or TypeError for what is no bytes */
export function unseal(
  given: Uint8Array,
  { name, title, magic, versions, headerSize, Fault }: SealedFormat,
): { bytes: Uint8Array; view: DataView; version: number } {
  const { bytes, view } = checkBytes(given);
  const end = bytes.length - 4;
  if (end < headerSize || view.getUint32(0, true) !== magic)
    throw new Fault(`${name}: these bytes are not ${title} of hw2`);
  const version = view.getUint32(4, true);
  if (!versions.includes(version))
    throw new Fault(`${name}: given version ${version}, expected ${versions.join(' or ')}`);
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end, true))
    throw new Fault(`${name}: the checksum does not match, the bytes are damaged`);
  return { bytes, view, version };
}

/** @throws the format's fault unless the file is as long as its header asks for */
export function checkLength({ name, Fault }: SealedFormat, bytes: Uint8Array, expected: number): void {
  if (bytes.length !== expected)
    throw new Fault(`${name}: given ${bytes.length} bytes, expected ${expected}`);
}

/** Does what a header must allow. @throws the format's fault where it does not, which says why */
export function ofHeader<T>({ name, Fault }: SealedFormat, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(`${name}: no ${name} has this header: ${(cause as Error).message}`, { cause });
  }
}
