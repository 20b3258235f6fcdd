import { alignmentChart, soundChart } from '../../charts/sound.js';
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
  const { id, sentence, spectrogram, symbols, weights } = alignment;
  const frames = spectrogram.length / MEL_BINS;
  const seconds = frames / FRAME_RATE;
  const positions = weights.length / symbols.length;
  const secondsAt = (position: number) => ((position + 0.5) * seconds) / positions;
  const heardAt = symbols.map((_, i) => {
    const row = weights.subarray(i * positions, (i + 1) * positions);
    return secondsAt(row.indexOf(row.reduce((a, b) => Math.max(a, b))));
  });
  const words = wordsOf(symbols, heardAt);
  // Frame after frame to filter after filter, the highest first, as a picture is drawn.
  const values = Float32Array.from({ length: spectrogram.length }, (_, i) => {
    const [row, frame] = [Math.floor(i / frames), i % frames];
    return spectrogram[frame * MEL_BINS + MEL_BINS - 1 - row]!;
  });
  const sound = {
    ...{ title: 'what is heard', x: 'time, s', y: 'mel filter' },
    ...{ values, columns: frames, seconds, words },
  };
  const listened = {
    ...{ title: 'where it listens', x: 'time, s', y: 'written' },
    ...{ values: weights, columns: positions, seconds, symbols },
  };
  return figure({
    caption: html`Above, the spectrogram of “${sentence}”: ${MEL_BINS} filters from low to high, ${Math.round(FRAME_RATE)} frames a second, dark to bright ${RANGE_DB} dB; over it the words that the system with the attention decoder wrote, each where it was heard. Below, the alignment that its cross-attention has learned: a row for each symbol written, from top to bottom, bright where in the sound the decoder looked for it (mean of both heads). Nobody told it where a letter lies; the line that runs down to the right is what training on pairs of sound and text alone has found. A weight on one place says where a symbol comes from; a row without one says that the decoder guessed from what it had written.`,
    source: html`${sentences}/wavs/${id}.wav, heard when this page was made`,
    alt: `Spectrogram, and heat map of the cross-attention: ${words.map(({ text, at }) => `${text} at ${at.toFixed(1)} s`).join(', ')}.`,
    pictures: [picture(sound, soundChart), picture(listened, alignmentChart)],
  });
}

/** The words of a transcript, each in the middle of where its letters were heard. */
function wordsOf(symbols: readonly string[], at: readonly number[]): { text: string; at: number }[] {
  const words: { text: string; times: number[] }[] = [];
  let inWord = false;
  symbols.forEach((symbol, i) => {
    const isLetter = /^[a-z#]$/.test(symbol);
    if (isLetter && !inWord) words.push({ text: '', times: [] });
    inWord = isLetter;
    if (!isLetter) return;
    const word = words.at(-1)!;
    word.text += symbol;
    word.times.push(at[i]!);
  });
  return words.map(({ text, times }) => ({ text, at: times.reduce((a, b) => a + b) / times.length }));
}
