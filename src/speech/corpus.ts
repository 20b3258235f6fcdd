import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../data/error.js';
import { type Clip, readLjspeech } from '../data/ljspeech.js';
import { readBeginning, readLimited } from '../data/read.js';
import { writeWhole } from '../data/write.js';
import { MEL_BINS, PROTOCOL_FRAMES } from './mel.js';
import { readSound } from './sound.js';
import { type FrontEnd, SPECTROGRAM_VERSION } from './spectrogram.js';
import { encodeText } from './text.js';

const FRAME_BYTES = MEL_BINS * Float32Array.BYTES_PER_ELEMENT;

/**
 * What a file of features begins with: `HW2F`, the version, size and time of change of the WAV file, and the frames that
 * follow.
 */
export const HEADER_BYTES = 32;
const MAGIC = 0x46325748;
const FRAMES_AT = 24;

/** A clip of a corpus: its transcript, and where its spectrogram is kept. */
export interface Recording {
  readonly id: string;
  readonly tokens: Uint8Array;
  readonly frames: number;
  /** File of a header and float32 [frames, 80], little-endian. */
  readonly features: string;
}

/**
 * The recordings of a folder laid out as LJSpeech, or of a part of it, by name. Spectrograms are made once and kept in the
 * folder `features` beside the sound, `wavs`; those of a WAV file that was changed since are made anew.
 *
 * @param frontEnd what is done to the sound before
 * @param onRecording called after each of them
 * @throws DataError when metadata or sound are missing or malformed
 */
export async function openCorpus(
  name: string,
  frontEnd: FrontEnd,
  onRecording?: () => void,
): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (const clip of await readLjspeech(name)) {
    const features = join(dirname(dirname(clip.audio)), 'features', `${clip.id}.${frontEnd}.f32`);
    const frames = (await keptFrames(clip, features)) ?? (await makeFeatures(clip, frontEnd, features));
    recordings.push({ id: clip.id, tokens: encodeText(clip.normalised), frames, features });
    onRecording?.();
  }
  return recordings;
}

/** @throws DataError when the file is gone or has another size than before */
export async function readSpectrogram({ features, frames }: Recording): Promise<Float32Array> {
  const bytes = await readLimited(features, HEADER_BYTES + PROTOCOL_FRAMES * FRAME_BYTES);
  const expected = HEADER_BYTES + frames * FRAME_BYTES;
  if (bytes.length !== expected)
    throw new DataError(`${features}: ${bytes.length} bytes, before it had ${expected}`);
  return new Float32Array(bytes.slice(HEADER_BYTES).buffer);
}

/** Frames of the features that are kept, if they are those of the clip as it is now. */
async function keptFrames({ audio }: Clip, features: string): Promise<number | undefined> {
  const size = await stat(features).then(
    (status) => status.size,
    () => 0,
  );
  const frames = (size - HEADER_BYTES) / FRAME_BYTES;
  if (!Number.isInteger(frames / 2) || frames < 2 || frames > PROTOCOL_FRAMES) return undefined;
  const header = await readBeginning(features, HEADER_BYTES);
  const expected = await headerOf(audio, frames);
  return expected?.every((byte, i) => byte === header[i]) ? frames : undefined;
}

async function makeFeatures({ audio }: Clip, frontEnd: FrontEnd, features: string): Promise<number> {
  // Before the sound is read: should it be changed meanwhile, these are not taken for the features of the new one.
  const header = await headerOf(audio, 0);
  const { spectrogram } = await readSound(audio, frontEnd);
  const frames = spectrogram.byteLength / FRAME_BYTES;
  const bytes = new Uint8Array(HEADER_BYTES + spectrogram.byteLength);
  bytes.set(header ?? []);
  new DataView(bytes.buffer).setUint32(FRAMES_AT, frames, true);
  bytes.set(new Uint8Array(spectrogram.buffer, spectrogram.byteOffset, spectrogram.byteLength), HEADER_BYTES);
  await writeWhole(features, bytes);
  return frames;
}

/** Undefined where there is no such file. */
async function headerOf(audio: string, frames: number): Promise<Uint8Array | undefined> {
  const status = await stat(audio, { bigint: true }).catch(() => undefined);
  if (!status) return undefined;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, SPECTROGRAM_VERSION, true);
  view.setBigUint64(8, status.size, true);
  view.setBigInt64(16, status.mtimeNs, true);
  view.setUint32(FRAMES_AT, frames, true);
  return new Uint8Array(view.buffer);
}
