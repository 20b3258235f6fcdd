/** Listens and writes down. */
import { alignmentOf } from '#hw2/speech/alignment.js';
import type { Decoder } from '#hw2/speech/model/recognizer.js';
import { Recognizer } from '#hw2/speech/recognizer.js';
import { inspectSound } from '#hw2/speech/sound-check.js';
import { spectrogramOf } from '#hw2/speech/spectrogram.js';
import { decodeTokens } from '#hw2/speech/text.js';
import { type Listener, listenTo } from '#hw2/speech/transcribe.js';
import { loadAsset } from '../assets.js';
import { answerWith } from '../remote.js';
import type { Answer, Part, Question } from './question.js';

const recognizers = new Map<Decoder, Promise<Recognizer>>();

answerWith(
  async (
    { waveform, decoder, beam }: Question,
    onPart: (part: Part) => void,
  ): Promise<Answer | undefined> => {
    const recognizer = decoder && (await open(decoder));
    const start = performance.now();
    const spectrogram = spectrogramOf(waveform, recognizer?.frontEnd ?? 'level');
    const { faults, isSilent } = inspectSound(waveform);
    onPart({ spectrogram, faults });
    if (!recognizer) return undefined;
    // A state is one of a hypothesis: what was heard before it is known by it.
    const heard = new WeakMap<object, number[]>();
    const observed: Listener = {
      calibration: recognizer.calibration,
      listen: (sound) => recognizer.listen(sound),
      next: async (state, token) => {
        const tokens = [...(heard.get(state) ?? []), token];
        onPart({ text: decodeTokens(tokens) });
        const step = await recognizer.next(state, token);
        heard.set(step.state, tokens);
        return step;
      },
    };
    const { transcript, listened } = await listenTo(observed, { spectrogram, isSilent }, beam);
    const seconds = (performance.now() - start) / 1e3;
    if (!listened || !transcript.isSpeech) return { transcript, seconds };
    return { transcript, seconds, alignment: await alignmentOf(recognizer, spectrogram, listened) };
  },
);

function open(decoder: Decoder): Promise<Recognizer> {
  let recognizer = recognizers.get(decoder);
  if (!recognizer) {
    const folder = `models/asr/${decoder}`;
    const parts = ['encoder.onnx', 'decoder.onnx'].map((name) => loadAsset(`${folder}/${name}`));
    recognizer = Promise.all(parts).then(([encoder, step]) => Recognizer.create(encoder!, step!, folder));
    // A failure is not remembered: the page may have been offline.
    recognizer.catch(() => recognizers.delete(decoder));
    recognizers.set(decoder, recognizer);
  }
  return recognizer;
}
