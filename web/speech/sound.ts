import { beyondLimit } from '#hw2/data/size-limit.js';
import { decodeWav, type Waveform } from '#hw2/data/wav.js';
import { MEL_SAMPLE_RATE } from '#hw2/speech/mel.js';

const MAX_BYTES = 200 * 2 ** 20;

/**
 * Decodes a sound: a WAV file as `hw2 transcribe` does, others as the browser does.
 *
 * @throws Error when it is too large or nothing that the browser can decode
 */
export async function decodeSound(file: Blob): Promise<Waveform> {
  if (file.size > MAX_BYTES) throw new Error(beyondLimit(file.size, MAX_BYTES));
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    return decodeWav(bytes);
  } catch {
    return decodeByBrowser(bytes);
  }
}

async function decodeByBrowser(bytes: Uint8Array<ArrayBuffer>): Promise<Waveform> {
  const context = new OfflineAudioContext(1, 1, MEL_SAMPLE_RATE);
  const sound = await context.decodeAudioData(bytes.buffer).catch(() => {
    throw new Error('not a sound that this browser can decode');
  });
  const samples = new Float32Array(sound.length);
  for (let channel = 0; channel < sound.numberOfChannels; channel++)
    for (const [i, sample] of sound.getChannelData(channel).entries())
      samples[i]! += sample / sound.numberOfChannels;
  return { samples, sampleRate: sound.sampleRate };
}
