import type { SpeechEvaluation } from '../findings/speech.js';

/** Which sentences the figures of question 3 come from. */
export function sourceOf({ clips, of, sentences }: SpeechEvaluation): string {
  return `${clips === of ? '' : `${clips} of `}${of} synthetic sentences of ${sentences}, judged when this page was made`;
}
