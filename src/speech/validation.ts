import { characterErrors, errorRate } from '../metrics/error-rate.js';
import { cosineSimilarity, editSimilarity, jaccardSimilarity } from '../metrics/similarity.js';
import { shapeOf } from './buckets.js';
import { type Recording, readSpectrogram } from './corpus.js';
import { decode, transcriptLoss } from './decode.js';
import { decoderModel, encoderModel } from './model/inference.js';
import type { Decoder } from './model/recognizer.js';
import { Recognizer } from './recognizer.js';
import { decodeTokens, throughEnd } from './text.js';

/** Means over clips, greedily decoded, of the report's measures on tokens through the end; and characters. */
export interface Validation {
  loss: number;
  jaccard: number;
  cosine: number;
  /** Damerau–Levenshtein similarity, restricted. */
  edit: number;
  characterErrorRate: number;
}

export async function validate(
  parameters: Float32Array,
  decoder: Decoder,
  recordings: readonly Recording[],
): Promise<Validation> {
  const recognizer = await Recognizer.create(
    encoderModel(parameters, decoder),
    decoderModel(parameters, decoder),
    'the system in training',
  );
  const sums = { loss: 0, jaccard: 0, cosine: 0, edit: 0 };
  const errors = [];
  for (const recording of recordings) {
    const start = await recognizer.listen(await readSpectrogram(recording));
    sums.loss += await transcriptLoss(recognizer, start, recording.tokens, shapeOf(recording).tokens);
    const predicted = throughEnd(await decode(recognizer, start));
    const target = throughEnd(recording.tokens);
    sums.jaccard += jaccardSimilarity(target, predicted);
    sums.cosine += cosineSimilarity(target, predicted);
    sums.edit += editSimilarity(target, predicted);
    errors.push(characterErrors(decodeTokens(target), decodeTokens(predicted)));
  }
  await recognizer.release();
  const count = recordings.length;
  return {
    loss: sums.loss / count,
    jaccard: sums.jaccard / count,
    cosine: sums.cosine / count,
    edit: sums.edit / count,
    characterErrorRate: errorRate(errors),
  };
}
