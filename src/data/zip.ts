import { inflateSync } from 'fflate';
import { crc32, formatBytes } from 'hw2-engine';
import { DataError } from './error.js';
import { beyondLimit } from './size-limit.js';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
const END_OF_DIRECTORY_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
/** Ways of compressing that are not read. */
const METHODS: Readonly<Record<number, string>> = {
  ...{ 9: 'Deflate64', 12: 'bzip2', 14: 'LZMA', 93: 'Zstandard', 95: 'xz' },
};
/** Extra field of a directory entry that holds the sizes which do not fit into 32 bits. */
const EXTRA_64 = 1;
const MAX_ENTRIES = 65_536;
/** Deflate makes at most 1,032 bytes of one (https://zlib.net/zlib_tech.html); what claims more is damaged or a bomb. */
export const MOST_INFLATED = 1032;

/** A member of a ZIP archive as its central directory declares it; sizes in bytes. */
export interface ZipEntry {
  name: string;
  size: number;
  compressedSize: number;
  method: number;
  crc: number;
  offset: number;
  isEncrypted: boolean;
}

/**
 * Lists an archive's members as its directory declares them; archives of more than 4 GiB (ZIP64), too. Nothing is
 * inflated.
 *
 * Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
 *
 * @throws DataError when there is no directory, it is damaged or names two members the same
 */
export function zipEntries(bytes: Uint8Array, source: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { end, count, start, before } = findDirectory(view, source);
  if (count > MAX_ENTRIES)
    throw new DataError(`${source}: ${count} members; at most ${MAX_ENTRIES} are read`);

  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== DIRECTORY_ENTRY)
      throw new DataError(`${source}: the ZIP directory is damaged`);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (names.has(name)) throw new DataError(`${source}: two members are named ${name}`);
    names.add(name);
    const extra = longSizes(view, at + 46 + nameLength, Math.min(end, at + 46 + nameLength + extraLength));
    // In this order they follow each other in the extra field, each where it does not fit here.
    const size = (field: number) => {
      const short = view.getUint32(at + field, true);
      return short === 0xffffffff ? (extra.shift() ?? short) : short;
    };
    const [full, compressedSize, offset] = [size(24), size(20), size(42) + before];
    entries.push({
      ...{ name, size: full, compressedSize, offset },
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      isEncrypted: (view.getUint16(at + 8, true) & 1) === 1,
    });
    at += 46 + nameLength + extraLength + view.getUint16(at + 32, true);
  }
  return entries;
}

/** The numbers of 64 bits in the extra field of an entry. */
function longSizes(view: DataView, start: number, end: number): number[] {
  for (let at = start; at + 4 <= end; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === EXTRA_64) {
      const count = Math.floor(Math.min(length, end - at - 4) / 8);
      return Array.from({ length: count }, (_, i) => Number(view.getBigUint64(at + 4 + 8 * i, true)));
    }
    at += 4 + length;
  }
  return [];
}

/**
 * The contents of one member, a view of `bytes` when it is stored without compression.
 *
 * @param maxBytes limit of what it may inflate to, checked before memory is taken
 * @throws DataError when the member is encrypted, cut off or too large, its contents differ from its declared size or its
 *   checksum fails
 */
export function unzip(
  bytes: Uint8Array,
  entry: ZipEntry,
  { source, maxBytes }: { source: string; maxBytes: number },
): Uint8Array {
  const damaged = (what: string) => new DataError(`${source}: ${entry.name} is damaged (${what})`);
  if (entry.isEncrypted) throw new DataError(`${source}: ${entry.name} is encrypted`);
  if (entry.size > maxBytes)
    throw new DataError(`${source}: ${entry.name} of ${beyondLimit(entry.size, maxBytes)}`);
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    const method = METHODS[entry.method] ?? `method ${entry.method}`;
    throw new DataError(
      `${source}: ${entry.name} is compressed by ${method}; deflate, and none, are read (numpy.savez_compressed)`,
    );
  }
  if (entry.size > MOST_INFLATED * entry.compressedSize)
    throw damaged(`it claims to be ${formatBytes(entry.size)} in ${formatBytes(entry.compressedSize)}`);
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
  try {
    // The buffer is never grown: one byte above the declared size is enough to see that there is more.
    return inflateSync(packed, { out: new Uint8Array(entry.size + 1) });
  } catch {
    throw damaged('deflate stream invalid');
  }
}

interface Directory {
  start: number;
  /** Where it ends at the latest. */
  end: number;
  count: number;
  /** Bytes that lie before the archive, as in one that unpacks itself: offsets do not count them. */
  before: number;
}

/**
 * The directory, by the record that lies at the very end, before a comment of at most 65,535 bytes; large archives have
 * another one before it. What only looks like that record lies in a comment: the true one's comment ends with the file.
 */
function findDirectory(view: DataView, source: string): Directory {
  const last = view.byteLength - 22;
  const records: number[] = [];
  for (let at = last; at >= Math.max(0, last - 0xffff); at--)
    if (view.getUint32(at, true) === END_OF_DIRECTORY) records.push(at);
  const at = records.find((at) => at + view.getUint16(at + 20, true) === last) ?? records[0];
  if (at === undefined)
    throw new DataError(`${source}: not a ZIP archive, or cut off (no end-of-directory record)`);
  let end = at;
  let [count, size, start] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  const isLong = count === 0xffff || size === 0xffffffff || start === 0xffffffff;
  if (isLong && at >= 20 && view.getUint32(at - 20, true) === LOCATOR_64) {
    // Without an extension, the record of 64 bits has 56 bytes and lies just before its locator.
    end = at - 20 - 56;
    if (end < 0 || view.getUint32(end, true) !== END_OF_DIRECTORY_64)
      end = Number(view.getBigUint64(at - 12, true));
    if (end + 56 > at || view.getUint32(end, true) !== END_OF_DIRECTORY_64)
      throw new DataError(`${source}: the ZIP directory is damaged`);
    [count, size, start] = [32, 40, 48].map((field) => Number(view.getBigUint64(end + field, true))) as [
      number,
      number,
      number,
    ];
  }
  const before = end - size - start;
  return { start: Math.max(0, start + before), end, count, before: Math.max(0, before) };
}
