import { builtin } from './host.js';
import type { Tier } from './tiers.js';

/** The kernels as text, one JavaScript module a tier, so that a page loads one and no bundler has to know about .wasm. */
const TEXTS: Readonly<Record<Tier, () => Promise<{ default: string }>>> = {
  simd: () => import('../embedded/simd.js'),
  relaxed: () => import('../embedded/relaxed.js'),
  wide: () => import('../embedded/wide.js'),
};

/** Bytes of the kernels of a tier. */
export async function readEmbedded(tier: Tier): Promise<Uint8Array<ArrayBuffer>> {
  return unpack((await TEXTS[tier]()).default);
}

/**
 * Bytes from what zlib's deflate made of them, four as five digits of base 85: 6 kB less of the package than base64. The
 * digits are the characters from ( to }, but for the backslash; the last character says how many zeros fill the last four bytes.
 */
async function unpack(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const digit = (at: number) => text.charCodeAt(at) - (text.charCodeAt(at) > 92 ? 41 : 40);
  const end = text.length - 1;
  const padded = new Uint8Array((4 * end) / 5);
  const view = new DataView(padded.buffer);
  for (let at = 0; at < end; at += 5) {
    let word = 0;
    for (let i = 0; i < 5; i++) word = 85 * word + digit(at + i);
    view.setUint32((4 * at) / 5, word);
  }
  // A browser refuses bytes behind the end.
  const packed = padded.subarray(0, padded.length - Number(text[end]));
  const zlib = builtin('node:zlib');
  if (zlib) return new Uint8Array(zlib.inflateSync(packed));
  const bytes = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(bytes).arrayBuffer());
}
