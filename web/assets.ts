import type { Decoder } from '#hw2/speech/model/recognizer.js';

/** What the page needs of the package beside its own files, as scripts/bundle-web.ts found it: the file assets.json. */
export interface Assets {
  /** Trained recognizers, in models/asr; there may be none. */
  recognizers: readonly Decoder[];
  /** Sound files and what is said in them. */
  samples: readonly { file: string; text: string }[];
  /** All files, models and samples, by their paths in the package and under the page's address alike. */
  files: readonly string[];
}

/** What came with the page, but cannot be had now: its host may be back the next time. */
export class Unavailable extends Error {
  constructor(what: string, why: string) {
    super(`${what} cannot be loaded (${why})`);
  }
}

/** The page's folder: script files are in its folder js. */
const HOME = new URL('../', import.meta.url);

/** Reads a file that came with the page. @throws Unavailable when it cannot be had */
export async function loadAsset(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(new URL(path, HOME));
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new Unavailable(path, (error as Error).message);
  }
}

export async function listAssets(): Promise<Assets> {
  return JSON.parse(new TextDecoder().decode(await loadAsset('assets.json')));
}
