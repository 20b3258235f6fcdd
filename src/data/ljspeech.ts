import { join } from 'node:path';
import { DataError } from './error.js';
import { holdsClips, ljspeechFolder } from './ljspeech-archive.js';
import { readLimited } from './read.js';

/** A sentence of LJSpeech: what was read, the same in words (numbers and abbreviations spelled out), where it sounds. */
export interface Clip {
  readonly id: string;
  readonly raw: string;
  readonly normalised: string;
  /** Path of the WAV file; whether it exists shows when it is read. */
  readonly audio: string;
}

export type Split = 'train' | 'validation' | 'test';

/** What names of clips may end in: a part of LJSpeech. */
const SPLIT_SUFFIX = /:(train|validation|test)$/;

/** First clip of the report's validation and test sets, and the number of clips, by position in `metadata.csv`. */
const VALIDATION_BEGINS = 9_825;
const TEST_BEGINS = 10_480;
const CLIP_COUNT = 13_100;

/** The metadata of all 13,100 clips takes 2.8 MB. */
const MAX_METADATA_BYTES = 2 ** 26;

/**
 * The clips of a folder laid out as LJSpeech 1.1 (https://keithito.com/LJ-Speech-Dataset): `metadata.csv`, and the sound
 * in `wavs/ID.wav`. No sound is read: `readWav` reads that of one clip.
 *
 * @param name of the folder, or `ljspeech` for the one that was downloaded; with `:train`, `:validation` or `:test`
 *   after it, that part of the report's split of all of LJSpeech
 * @throws DataError when `metadata.csv` is missing or malformed, or a part is asked for of anything but all of LJSpeech
 */
export async function readLjspeech(name: string): Promise<Clip[]> {
  const split = SPLIT_SUFFIX.exec(name)?.[1];
  const folder = folderOf(name.replace(SPLIT_SUFFIX, ''));
  const path = join(folder, 'metadata.csv');
  const clips = parseMetadata(await readLimited(path, MAX_METADATA_BYTES), path).map((entry) => ({
    ...entry,
    audio: join(folder, 'wavs', `${entry.id}.wav`),
  }));
  if (split === undefined) return clips;
  if (clips.length !== CLIP_COUNT)
    throw new DataError(`${name}: the report splits ${CLIP_COUNT} clips, ${path} has ${clips.length}`);
  return clips.filter((_, position) => splitOf(position) === split);
}

/** Whether a name is that of what `hw2 data` fetches, or of a part of it, and no folder. */
export const isLjspeech = (name: string): boolean => name.replace(SPLIT_SUFFIX, '') === 'ljspeech';

function folderOf(name: string): string {
  if (!isLjspeech(name)) return name;
  const folder = ljspeechFolder();
  if (holdsClips(folder)) return folder;
  throw new DataError('ljspeech is not here; fetch it with: hw2 data ljspeech (2.6 GiB)');
}

/** What the first field of a line that names the columns is called. */
const HEADER = /^(id|(file|wav|audio|clip|utterance)([ _-]?(id|name|file|path))?|name|path)$/i;

/**
 * Reads `metadata.csv`: UTF-8 lines `id|raw|normalised`, or `id|raw` where nothing needed to be normalised, without quoting,
 * ended by LF, CR LF or CR. Empty lines, and a first line that names the columns, are passed over; an id may be the path of
 * its sound, `wavs/ID.wav`.
 *
 * @param source what messages call the file
 * @throws DataError when it holds no clip, or a line has other fields, repeats an id, has an id that is no plain file name,
 *   or an empty transcript
 */
export function parseMetadata(bytes: Uint8Array, source = 'metadata.csv'): Omit<Clip, 'audio'>[] {
  const lines = decodeUtf8(bytes, source).split(/\r\n?|\n/);
  const ids = new Set<string>();
  const clips = lines.flatMap((line, i) => {
    if (line.trim() === '' || (i === 0 && HEADER.test(line.split('|')[0]!.trim()))) return [];
    const fail = (message: string) => new DataError(`${source}, line ${i + 1}: ${message}`);
    const fields = line.split('|');
    const [name, raw, words] = fields;
    if (name === undefined || raw === undefined || fields.length > 3)
      throw fail(`${fields.length} fields, expected id|raw|normalised or id|raw`);
    const id = name
      .trim()
      .replace(/^(\.\/)?wavs\//, '')
      .replace(/\.wav$/i, '');
    if (!/^[\p{L}\p{N}_-][\p{L}\p{N}\p{M} ._-]*$/u.test(id))
      throw fail(`id ${JSON.stringify(id.slice(0, 40))}, expected letters, digits, - and _`);
    if (ids.has(id)) throw fail(`${id} occurs a second time`);
    const normalised = words?.trim() ? words : raw;
    if (normalised.trim() === '') throw fail(`${id} has no transcript`);
    ids.add(id);
    return [{ id, raw, normalised }];
  });
  if (clips.length === 0) throw new DataError(`${source}: no clips`);
  return clips;
}

/**
 * The part of the report's split to which a clip belongs by its position in the whole `metadata.csv`: 0–9,824 train,
 * 9,825–10,479 validation, 10,480–13,099 test.
 *
 * @throws RangeError when there is no such clip
 */
export function splitOf(position: number): Split {
  if (!Number.isInteger(position) || position < 0 || position >= CLIP_COUNT)
    throw new RangeError(`clip ${position}, expected 0 to ${CLIP_COUNT - 1}`);
  return position < VALIDATION_BEGINS ? 'train' : position < TEST_BEGINS ? 'validation' : 'test';
}

function decodeUtf8(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(`${source}: not UTF-8 text`);
  }
}
