import { LABEL_SMOOTHING } from './loss.js';
import type { DecoderState, Recognizer } from './recognizer.js';
import { type Decoded, END_TOKEN, PROTOCOL_TOKENS, padTokens, START_TOKEN } from './text.js';

interface Hypothesis extends Decoded {
  total: number;
  state: DecoderState;
}

/**
 * The tokens that a recognizer finds most probable, from the start to the end or to the protocol's 99.
 *
 * Beam search: of all continuations the `beam` most probable go on, until as many have ended; the best is the one of
 * highest mean log-probability of its tokens. A beam of 1 is greedy decoding.
 *
 * @param start what {@link Recognizer.listen} made of the sound
 */
export async function decode(
  recognizer: Pick<Recognizer, 'next'>,
  start: DecoderState,
  beam = 1,
): Promise<Decoded> {
  let live: Hypothesis[] = [{ tokens: [START_TOKEN], logProbabilities: [], total: 0, state: start }];
  const ended: Hypothesis[] = [];
  for (let length = 1; length < PROTOCOL_TOKENS && live.length > 0 && ended.length < beam; length++) {
    const continuations: Hypothesis[] = [];
    for (const { tokens, logProbabilities, total, state } of live) {
      const step = await recognizer.next(state, tokens.at(-1)!);
      for (const token of mostProbable(step.logProbabilities, beam)) {
        const own = step.logProbabilities[token]!;
        continuations.push({
          tokens: [...tokens, token],
          logProbabilities: [...logProbabilities, own],
          total: total + own,
          state: step.state,
        });
      }
    }
    const best = continuations.sort((a, b) => b.total - a.total).slice(0, beam);
    live = best.filter(({ tokens }) => tokens.at(-1) !== END_TOKEN);
    ended.push(...best.filter(({ tokens }) => tokens.at(-1) === END_TOKEN));
  }
  const mean = ({ logProbabilities, total }: Hypothesis) => total / logProbabilities.length;
  const complete = ended.length > 0 ? ended : live;
  const { tokens, logProbabilities } = complete.reduce((best, other) =>
    mean(other) > mean(best) ? other : best,
  );
  return { tokens, logProbabilities };
}

/**
 * Teacher-forced cross-entropy of a transcript with label smoothing, mean over the `length` − 1 positions after the
 * start, of which those after the end are padding.
 */
export async function transcriptLoss(
  recognizer: Recognizer,
  start: DecoderState,
  tokens: Uint8Array,
  length: number = PROTOCOL_TOKENS,
): Promise<number> {
  const padded = padTokens(tokens, length);
  let state = start;
  let loss = 0;
  for (let i = 1; i < length; i++) {
    const step = await recognizer.next(state, padded[i - 1]!);
    state = step.state;
    const mean = step.logProbabilities.reduce((sum, x) => sum + x, 0) / step.logProbabilities.length;
    loss -= (1 - LABEL_SMOOTHING) * step.logProbabilities[padded[i]!]! + LABEL_SMOOTHING * mean;
  }
  return loss / (length - 1);
}

/** The `count` tokens of highest log-probability, highest first; the lower of equal ones first. */
function mostProbable(logProbabilities: Float32Array, count: number): number[] {
  const tokens = Array.from(logProbabilities.keys());
  return tokens.sort((a, b) => logProbabilities[b]! - logProbabilities[a]! || a - b).slice(0, count);
}
