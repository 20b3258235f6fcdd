import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { writeSet } from '#hw2/data/write.js';
import { openCorpus, readSpectrogram } from '#hw2/speech/corpus.js';
import { MEL_BINS } from '#hw2/speech/mel.js';

/**
 * Spectrograms of a folder of the corpus as bytes, a tenth of what they take as float32: rounded to a part of their unit, what a
 * prediction from three neighbours leaves of them, and Huffman's code. NAME.json has clips and transcripts, NAME.z the bytes.
 */
export interface Pack {
  folder: string;
  /** Spectrograms are rounded to 1/denominator. */
  denominator: number;
  recordings: { id: string; frames: number; tokens: number[] }[];
}

/** A clip of a pack that was read back. */
export interface PackedClip {
  id: string;
  tokens: Uint8Array;
  frames: number;
  denominator: number;
  /** Where its bytes begin among those of all packs. */
  at: number;
}

/** What the files of a folder's pack are called. */
export const nameOf = (folder: string) => folder.replaceAll('/', '-');

/** What is expected at a place, from the frame before, the filter below, and both. */
function predicted(values: Int16Array, i: number): number {
  const bin = i % MEL_BINS;
  const before = i >= MEL_BINS ? values[i - MEL_BINS]! : 0;
  const below = bin > 0 ? values[i - 1]! : 0;
  const both = i >= MEL_BINS && bin > 0 ? values[i - MEL_BINS - 1]! : 0;
  return Math.round(0.55 * before + 0.6 * below - 0.25 * both);
}

/** Packs the clips of a folder of `corpus` that are no longer than `frames`. */
export async function writePack(
  corpus: string,
  folder: string,
  out: string,
  { denominator, frames }: { denominator: number; frames: number },
): Promise<void> {
  const recordings = (await openCorpus(join(corpus, folder), 'level')).filter((r) => r.frames <= frames);
  const bytes = new Int8Array(recordings.reduce((sum, r) => sum + r.frames, 0) * MEL_BINS);
  let at = 0;
  for (const recording of recordings) {
    const spectrogram = await readSpectrogram(recording);
    const values = new Int16Array(spectrogram.length);
    for (let i = 0; i < values.length; i++) {
      const expected = predicted(values, i);
      const rest = Math.round(spectrogram[i]! * denominator) - expected;
      bytes[at] = Math.max(-128, Math.min(127, rest));
      values[i] = expected + bytes[at++]!;
    }
  }
  const pack: Pack = {
    folder,
    denominator,
    recordings: recordings.map(({ id, frames: length, tokens }) => ({
      id,
      frames: length,
      tokens: Array.from(tokens),
    })),
  };
  const contents = deflateRawSync(bytes, { strategy: constants.Z_HUFFMAN_ONLY });
  await writeSet([
    { path: join(out, `${nameOf(folder)}.z`), contents },
    { path: join(out, `${nameOf(folder)}.json`), contents: JSON.stringify(pack) },
  ]);
}

/** The clips of packs, a folder that is named twice twice, and their bytes, which threads may share. */
export function readPacks(
  root: string,
  folders: readonly string[],
): { clips: PackedClip[]; bytes: SharedArrayBuffer } {
  const names = [...new Set(folders.map(nameOf))];
  const parts = new Map(
    names.map((name) => {
      const pack = JSON.parse(readFileSync(join(root, `${name}.json`), 'utf8')) as Pack;
      return [name, { pack, bytes: inflateRawSync(readFileSync(join(root, `${name}.z`))) }];
    }),
  );
  const shared = new SharedArrayBuffer([...parts.values()].reduce((sum, { bytes }) => sum + bytes.length, 0));
  const beginnings = new Map<string, number>();
  let end = 0;
  for (const [name, { bytes }] of parts) {
    new Uint8Array(shared).set(bytes, end);
    beginnings.set(name, end);
    end += bytes.length;
  }
  const clips = folders.flatMap((folder) => {
    const { denominator, recordings } = parts.get(nameOf(folder))!.pack;
    let at = beginnings.get(nameOf(folder))!;
    return recordings.map(({ id, frames, tokens }): PackedClip => {
      const clip = { id, frames, tokens: Uint8Array.from(tokens), denominator, at };
      at += frames * MEL_BINS;
      return clip;
    });
  });
  return { clips, bytes: shared };
}

/** The spectrogram of a clip, [frames, 80]. */
export function unpack({ at, frames, denominator }: PackedClip, bytes: SharedArrayBuffer): Float32Array {
  const rest = new Int8Array(bytes, at, frames * MEL_BINS);
  const values = new Int16Array(rest.length);
  for (let i = 0; i < rest.length; i++) values[i] = predicted(values, i) + rest[i]!;
  return Float32Array.from(values, (value) => value / denominator);
}
