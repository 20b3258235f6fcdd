const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

/**
 * CRC-32 of ISO 3309, as in ZIP and PNG: the last four bytes of what `save` of a state or a cache gives, low byte first, of
 * all bytes before them. Node has one of its own from 22.2 on, a page has none.
 *
 * @example
 * crc32(new TextEncoder().encode('123456789')); // → 0xcbf43926
 */
export function crc32(bytes: Uint8Array): number {
  if (!ArrayBuffer.isView(bytes)) throw new TypeError('bytes: expected a Uint8Array');
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}
