import { type Transcript, transcriptOf } from './confidence.js';
import { decode } from './decode.js';
import type { DecoderState, Recognizer } from './recognizer.js';
import type { Sound } from './sound.js';

/** What a recognizer needs to be able to do for that. */
export type Listener = Pick<Recognizer, 'listen' | 'next' | 'calibration'>;

/** What was made of the sound, and what was written from it. */
export interface Listened {
  start: DecoderState;
  /** From the start to the end, or to the protocol's 99. */
  tokens: readonly number[];
}

/** What is said in a sound; nothing where all is silence, without asking the recognizer. */
export async function transcribe(
  recognizer: Listener,
  sound: Pick<Sound, 'spectrogram' | 'isSilent'>,
  beam: number,
): Promise<Transcript> {
  return (await listenTo(recognizer, sound, beam)).transcript;
}

/** The same, with what it was written from, where there was anything to listen to. */
export async function listenTo(
  recognizer: Listener,
  { spectrogram, isSilent }: Pick<Sound, 'spectrogram' | 'isSilent'>,
  beam: number,
): Promise<{ transcript: Transcript; listened?: Listened }> {
  if (isSilent) return { transcript: transcriptOf({ tokens: [], logProbabilities: [] }) };
  const start = await recognizer.listen(spectrogram);
  const decoded = await decode(recognizer, start, beam);
  return {
    transcript: transcriptOf(decoded, recognizer.calibration),
    listened: { start, tokens: decoded.tokens },
  };
}
