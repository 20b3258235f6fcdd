import { type Transcript, transcriptOf } from './confidence.js';
import { decode } from './decode.js';
import type { DecoderState, Recognizer } from './recognizer.js';
import type { Sound } from './sound.js';

/** What a recognizer needs to be able to do for that. */
export type Listener = Pick<Recognizer, 'listen' | 'next' | 'calibration'>;

/** What is said in a sound; nothing where all is silence, without asking the recognizer. */
export async function transcribe(
  recognizer: Listener,
  { spectrogram, isSilent }: Pick<Sound, 'spectrogram' | 'isSilent'>,
  beam: number,
): Promise<Transcript> {
  if (isSilent) return transcriptOf({ tokens: [], logProbabilities: [] });
  const start: DecoderState = await recognizer.listen(spectrogram);
  return transcriptOf(await decode(recognizer, start, beam), recognizer.calibration);
}
