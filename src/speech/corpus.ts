import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readLimited } from '../data/arrays.js';
import { DataError } from '../data/error.js';
import { type Clip, readLjspeech } from '../data/ljspeech.js';
import { writeWhole } from '../data/write.js';
import { MEL_BINS, PROTOCOL_FRAMES } from './mel.js';
import { readSound } from './sound.js';
import type { FrontEnd } from './spectrogram.js';
import { encodeText } from './text.js';

const FRAME_BYTES = MEL_BINS * Float32Array.BYTES_PER_ELEMENT;

/** A clip of a corpus: its transcript, and where its spectrogram is kept. */
export interface Recording {
  readonly id: string;
  readonly tokens: Uint8Array;
  readonly frames: number;
  /** File of float32 [frames, 80], little-endian. */
  readonly features: string;
}

/**
 * The recordings of a folder laid out as LJSpeech, or of a part of it, by name. Spectrograms are made once and kept in the
 * folder `features` beside the sound, `wavs`.
 *
 * @param frontEnd what is done to the sound before
 * @param onRecording called after each of them
 * @throws DataError when metadata or sound are missing or malformed, or a file of features has an impossible size
 */
export async function openCorpus(
  name: string,
  frontEnd: FrontEnd,
  onRecording?: () => void,
): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (const clip of await readLjspeech(name)) {
    const features = join(dirname(dirname(clip.audio)), 'features', `${clip.id}.${frontEnd}.f32`);
    const bytes = (await sizeOf(features)) ?? (await makeFeatures(clip, frontEnd, features));
    const frames = bytes / FRAME_BYTES;
    if (!Number.isInteger(frames / 2) || frames < 2 || frames > PROTOCOL_FRAMES)
      throw new DataError(`${features}: ${bytes} bytes are no spectrogram; remove it to have it made again`);
    recordings.push({ id: clip.id, tokens: encodeText(clip.normalised), frames, features });
    onRecording?.();
  }
  return recordings;
}

/** @throws DataError when the file is gone or has another size than before */
export async function readSpectrogram({ features, frames }: Recording): Promise<Float32Array> {
  const bytes = await readLimited(features, PROTOCOL_FRAMES * FRAME_BYTES);
  if (bytes.length !== frames * FRAME_BYTES)
    throw new DataError(`${features}: ${bytes.length} bytes, before it had ${frames * FRAME_BYTES}`);
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

async function makeFeatures(clip: Clip, frontEnd: FrontEnd, features: string): Promise<number> {
  const { spectrogram } = await readSound(clip.audio, frontEnd);
  await writeWhole(features, new Uint8Array(spectrogram.buffer));
  return spectrogram.byteLength;
}

function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
