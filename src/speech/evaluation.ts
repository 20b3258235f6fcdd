import { characterErrors, type ErrorCount, errorRate, wordErrors } from '../metrics/error-rate.js';
import { cosineSimilarity, editSimilarity, jaccardSimilarity } from '../metrics/similarity.js';
import { mean } from '../statistics/estimates.js';
import type { Utterance } from './batch.js';
import { decode, transcriptLoss } from './decode.js';
import type { Recognizer } from './recognizer.js';
import { decodeTokens, PROTOCOL_TOKENS, throughEnd } from './text.js';

/** How one clip was heard: the report's measures, on tokens through the end, and the field's. */
export interface ClipScore {
  /** Teacher-forced cross-entropy with label smoothing. */
  loss: number;
  jaccard: number;
  cosine: number;
  /** Damerau–Levenshtein similarity, restricted. */
  edit: number;
  characters: ErrorCount;
  words: ErrorCount;
  target: string;
  predicted: string;
}

/** Scores of a set of clips: means, but error rates over all characters and all words together. */
export interface SetScore {
  loss: number;
  jaccard: number;
  cosine: number;
  edit: number;
  characterErrorRate: number;
  wordErrorRate: number;
}

export interface ScoreOptions {
  /** Hypotheses that go on; 1 decodes greedily. */
  beam?: number;
  /** Tokens to which the loss pads the transcript. */
  lossTokens?: number;
}

export async function scoreClip(
  recognizer: Recognizer,
  { spectrogram, tokens }: Utterance,
  { beam = 1, lossTokens = PROTOCOL_TOKENS }: ScoreOptions = {},
): Promise<ClipScore> {
  const start = await recognizer.listen(spectrogram);
  const loss = await transcriptLoss(recognizer, start, tokens, lossTokens);
  return scoreTranscript(tokens, (await decode(recognizer, start, beam)).tokens, loss);
}

/** Compares what was said with what was heard. */
export function scoreTranscript(said: ArrayLike<number>, heard: ArrayLike<number>, loss: number): ClipScore {
  const reference = throughEnd(said);
  const hypothesis = throughEnd(heard);
  const target = decodeTokens(reference);
  const predicted = decodeTokens(hypothesis);
  return {
    loss,
    jaccard: jaccardSimilarity(reference, hypothesis),
    cosine: cosineSimilarity(reference, hypothesis),
    edit: editSimilarity(reference, hypothesis),
    characters: characterErrors(target, predicted),
    words: wordErrors(target, predicted),
    target,
    predicted,
  };
}

export function scoreSet(clips: readonly ClipScore[]): SetScore {
  const meanOf = (metric: 'loss' | 'jaccard' | 'cosine' | 'edit') => mean(clips.map((clip) => clip[metric]));
  return {
    loss: meanOf('loss'),
    jaccard: meanOf('jaccard'),
    cosine: meanOf('cosine'),
    edit: meanOf('edit'),
    characterErrorRate: errorRate(clips.map(({ characters }) => characters)),
    wordErrorRate: errorRate(clips.map(({ words }) => words)),
  };
}
