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
 * Bytes from what zlib's deflate made of them, 13 bits as two digits of base 91: 7 kB less of the package than base64. The
 * digits are the characters from " to ~, but for ' and the backslash; the last character says how many bytes are filling.
 */
async function unpack(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const digit = (at: number) => {
    const code = text.charCodeAt(at);
    return code - 34 - Number(code > 39) - Number(code > 92);
  };
  const end = text.length - 1;
  const padded = new Uint8Array(Math.floor((13 * end) / 16));
  let [bits, held, at] = [0, 0, 0];
  for (let i = 0; i < end; i += 2) {
    bits = (bits << 13) | (91 * digit(i) + digit(i + 1));
    // An array of bytes takes the lowest eight bits of what is assigned.
    for (held += 13; held >= 8; held -= 8) padded[at++] = bits >> (held - 8);
  }
  // DecompressionStream refuses bytes behind the end of the data, so the filling is cut off.
  const packed = padded.subarray(0, padded.length - Number(text[end]));
  const zlib = builtin('node:zlib');
  if (zlib) return new Uint8Array(zlib.inflateSync(packed));
  const bytes = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(bytes).arrayBuffer());
}
