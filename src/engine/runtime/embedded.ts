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

/** Bytes from base64 of what zlib's deflate made of them, see scripts/embed.mjs. */
async function unpack(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const zlib = builtin('node:zlib');
  if (zlib) return new Uint8Array(zlib.inflateSync(packed));
  const bytes = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(bytes).arrayBuffer());
}
