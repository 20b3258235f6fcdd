import { alignmentChart, soundChart } from '#hw2/charts/sound.js';
import type { Alignment } from '#hw2/speech/alignment.js';
import { type HeardWord, heardWords, listeningChart, spectrogramChart } from '#hw2/speech/charts.js';
import { elementOf } from '../elements.js';

/** Charts are drawn for the room that there is, as the report draws them. */
const isNarrow = () => matchMedia('(max-width: 36rem)').matches;

/** A picture with one name, in the place of what an element showed. */
function showPicture(id: string, picture: Element, label: string): void {
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', label);
  // Those names that Plot gives to parts of a picture say nothing.
  for (const part of picture.querySelectorAll('g[aria-label]')) part.removeAttribute('aria-label');
  elementOf(id, HTMLElement).replaceChildren(picture);
}

/** Time from left to right, from the quietest to the loudest; over it the words, where they were heard. */
export function drawSound(spectrogram: Float32Array, words: readonly HeardWord[] = []): void {
  const told = words.map(({ text, at }) => `${text} at ${at.toFixed(1)} s`).join(', ');
  const label = `Log-mel spectrogram${told === '' ? '' : `: ${told}`}`;
  showPicture(
    'speech-spectrogram',
    soundChart(spectrogramChart(spectrogram, words), document, isNarrow()),
    label,
  );
}

/** The words over the sound, and where it was listened while they were written; without an alignment nothing. */
export function drawAlignment(alignment?: Alignment): void {
  elementOf('speech-listening', HTMLElement).hidden = alignment === undefined;
  if (!alignment) return;
  drawSound(alignment.spectrogram, heardWords(alignment));
  const picture = alignmentChart(listeningChart(alignment), document, isNarrow());
  showPicture('speech-alignment', picture, 'Weights of the cross-attention, symbol by symbol over the sound');
}
