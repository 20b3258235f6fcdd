import { shapeOf } from './buckets.js';
import { type Recording, readSpectrogram } from './corpus.js';
import { type ClipScore, type SetScore, scoreClip, scoreSet } from './evaluation.js';
import { decoderModel, encoderModel } from './model/inference.js';
import type { System } from './model/recognizer.js';
import { Recognizer } from './recognizer.js';

/** Scores parameters on recordings, decoded greedily; the loss is padded as in training, and so comparable to that. */
export async function validate(
  parameters: Float32Array,
  system: System,
  recordings: readonly Recording[],
): Promise<SetScore> {
  const recognizer = await Recognizer.create(
    encoderModel(parameters, system),
    decoderModel(parameters, system),
    'the system in training',
  );
  const scores: ClipScore[] = [];
  for (const recording of recordings) {
    const utterance = { spectrogram: await readSpectrogram(recording), tokens: recording.tokens };
    scores.push(await scoreClip(recognizer, utterance, { lossTokens: shapeOf(recording).tokens }));
  }
  await recognizer.release();
  return scoreSet(scores);
}
