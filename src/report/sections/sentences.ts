import type { SpeechEvaluation } from '../findings/speech.js';

/** Which sentences the figures of question 3 come from. @param clips how many were taken; absent, all */
export function sourceOf({ clips: of, sentences }: SpeechEvaluation, clips = of): string {
  return `${clips === of ? '' : `${clips} of `}${of} synthetic sentences of ${sentences}, judged when this page was made`;
}
