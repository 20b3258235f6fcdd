import { shapeOf } from './buckets.js';
import { fitCalibration, outcomesOf, type WordOutcome } from './calibration.js';
import type { Calibration } from './confidence.js';
import { type Recording, readSpectrogram } from './corpus.js';
import { decode } from './decode.js';
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
  const recognizer = await open(parameters, system);
  const scores: ClipScore[] = [];
  for (const recording of recordings) {
    const utterance = { spectrogram: await readSpectrogram(recording), tokens: recording.tokens };
    scores.push(await scoreClip(recognizer, utterance, { lossTokens: shapeOf(recording).tokens }));
  }
  await recognizer.release();
  return scoreSet(scores);
}

/** Both are in use: greedy decoding and the beam of `hw2 transcribe`. */
const CALIBRATED_BEAMS = [1, 5];

/** Fits the confidence of words to recordings, decoded in both ways. */
export async function calibrate(
  parameters: Float32Array,
  system: System,
  recordings: readonly Recording[],
): Promise<Calibration | undefined> {
  const recognizer = await open(parameters, system);
  const words: WordOutcome[] = [];
  for (const recording of recordings) {
    const start = await recognizer.listen(await readSpectrogram(recording));
    for (const beam of CALIBRATED_BEAMS)
      words.push(...outcomesOf(recording.tokens, await decode(recognizer, start, beam)));
  }
  await recognizer.release();
  return fitCalibration(words);
}

function open(parameters: Float32Array, system: System): Promise<Recognizer> {
  return Recognizer.create(
    encoderModel(parameters, system),
    decoderModel(parameters, system),
    'the system in training',
  );
}
