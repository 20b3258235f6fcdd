import { alignmentChart, soundChart } from '../../charts/sound.js';
import { heardWords, listeningChart, spectrogramChart } from '../../speech/charts.js';
import { FRAME_RATE, MEL_BINS } from '../../speech/mel.js';
import { isMissing } from '../findings/part.js';
import type { SpeechEvaluation } from '../findings/speech.js';
import { figure, picture, remark } from '../page/blocks.js';
import { type Html, html } from '../page/html.js';

/** Decibels that a spectrogram of the front end spans, from the loudest down. */
const RANGE_DB = 80;

/** A sentence as the recognizer hears it, and where it listens while it writes. */
export function listening({ alignment, sentences }: SpeechEvaluation): Html {
  if (isMissing(alignment)) return remark(`The sound of a sentence could not be shown: ${alignment.reason}`);
  const { id, sentence, spectrogram } = alignment;
  const words = heardWords(alignment);
  return figure({
    caption: html`Above, the spectrogram of “${sentence}”: ${MEL_BINS} filters from low to high, ${Math.round(FRAME_RATE)} frames a second, dark to bright ${RANGE_DB} dB; over it the words that the system with the attention decoder wrote, each where it was heard. Below, the alignment that its cross-attention has learned: a row for each symbol written, from top to bottom (the symbols stand in two columns by turns; ␣ is a space, ¶ the end), bright where in the sound the decoder looked for it (mean of both heads). Nobody told it where a letter lies; the line that runs down to the right is what training on pairs of sound and text alone has found. A weight on one place says where a symbol comes from; a row without one says that the decoder guessed from what it had written.`,
    source: html`${sentences}/wavs/${id}.wav, heard when this page was made`,
    alt: `Spectrogram, and heat map of the cross-attention: ${words.map(({ text, at }) => `${text} at ${at.toFixed(1)} s`).join(', ')}.`,
    pictures: [
      picture(spectrogramChart(spectrogram, words), soundChart),
      picture(listeningChart(alignment), alignmentChart),
    ],
  });
}
