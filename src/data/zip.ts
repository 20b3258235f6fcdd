import { inflateSync } from 'fflate';
import { crc32 } from './crc32.js';
import { DataError } from './error.js';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
const MAX_ENTRIES = 1024;
/** Deflate cannot pass 1,032:1; a member of an array archive that comes near is a bomb. */
const MAX_RATIO = 1000;

/** A member of a ZIP archive as its central directory declares it; sizes in bytes. */
export interface ZipEntry {
  name: string;
  size: number;
  compressedSize: number;
  method: number;
  crc: number;
  offset: number;
}

/**
 * Lists an archive's members. Every size is checked here, so that nothing is inflated of an archive that would not
 * fit: members, their names, the ratio of each, and `maxBytes` for all of them together.
 *
 * Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
 *
 * @throws DataError
 */
export function zipEntries(bytes: Uint8Array, maxBytes: number, source: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = findEndOfDirectory(view, source);
  const count = view.getUint16(end + 10, true);
  if (count > MAX_ENTRIES)
    throw new DataError(`${source}: ${count} members; at most ${MAX_ENTRIES} are read`);

  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let total = 0;
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== DIRECTORY_ENTRY)
      throw new DataError(`${source}: the ZIP directory is damaged`);
    const nameLength = view.getUint16(at + 28, true);
    const entry: ZipEntry = {
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)),
      size: view.getUint32(at + 24, true),
      compressedSize: view.getUint32(at + 20, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      offset: view.getUint32(at + 42, true),
    };
    const encrypted = (view.getUint16(at + 8, true) & 1) === 1;
    if (encrypted) throw new DataError(`${source}: ${entry.name} is encrypted`);
    if (names.has(entry.name)) throw new DataError(`${source}: two members are named ${entry.name}`);
    names.add(entry.name);
    total += entry.size;
    if (total > maxBytes)
      throw new DataError(
        `${source}: ${entry.name} brings the contents to ${total} bytes; the limit is ${maxBytes}`,
      );
    if (entry.size > MAX_RATIO * Math.max(entry.compressedSize, 1))
      throw new DataError(
        `${source}: ${entry.name} claims to be ${entry.size} bytes in ${entry.compressedSize}`,
      );
    entries.push(entry);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/**
 * The contents of one member, a view of `bytes` when it is stored without compression.
 *
 * @throws DataError when the member is cut off, its contents differ from its declared size or its checksum fails
 */
export function unzip(bytes: Uint8Array, entry: ZipEntry, source: string): Uint8Array {
  const damaged = (what: string) => new DataError(`${source}: ${entry.name} is damaged (${what})`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = entry.offset;
  if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL_HEADER) throw damaged('no local header');
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const packed = bytes.subarray(start, start + entry.compressedSize);
  if (packed.length !== entry.compressedSize) throw damaged('cut off');
  const contents = decompress(packed, entry, damaged);
  if (contents.length !== entry.size)
    throw damaged(`not the ${entry.size} bytes that the directory declares`);
  if (crc32(contents) !== entry.crc) throw damaged('checksum differs');
  return contents;
}

function decompress(packed: Uint8Array, entry: ZipEntry, damaged: (what: string) => DataError): Uint8Array {
  if (entry.method === STORED) return packed;
  if (entry.method !== DEFLATED)
    throw damaged(`compression method ${entry.method}; stored and deflate are read`);
  try {
    // The buffer is never grown: one byte above the declared size is enough to see that there is more.
    return inflateSync(packed, { out: new Uint8Array(entry.size + 1) });
  } catch {
    throw damaged('deflate stream invalid');
  }
}

/** The record lies at the very end, before a comment of at most 65,535 bytes. */
function findEndOfDirectory(view: DataView, source: string): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--)
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  throw new DataError(`${source}: not a ZIP archive, or cut off (no end-of-directory record)`);
}
