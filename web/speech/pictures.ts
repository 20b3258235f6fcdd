import { alignmentChart, soundChart } from '#hw2/charts/sound.js';
import type { Alignment } from '#hw2/speech/alignment.js';
import { type HeardWord, heardWords, listeningChart, spectrogramChart } from '#hw2/speech/charts.js';
import { elementOf } from '../elements.js';

/** Charts are drawn for the room that there is, as the report draws them, and anew when a telephone is turned. */
const narrow = matchMedia('(max-width: 36rem)');
/** Draws what each element shows now. */
const shown = new Map<string, () => void>();
narrow.addEventListener('change', () => {
  for (const show of shown.values()) show();
});

/** A picture with one name, in the place of what an element showed. */
function showPicture(id: string, draw: (isNarrow: boolean) => Element, label: string): void {
  const show = () => {
    const picture = draw(narrow.matches);
    picture.setAttribute('role', 'img');
    picture.setAttribute('aria-label', label);
    // Those names that Plot gives to parts of a picture say nothing.
    for (const part of picture.querySelectorAll('g[aria-label]')) part.removeAttribute('aria-label');
    elementOf(id, HTMLElement).replaceChildren(picture);
  };
  shown.set(id, show);
  show();
}

/** Takes away what is shown of a sound. */
export function clearPictures(): void {
  for (const id of shown.keys()) elementOf(id, HTMLElement).replaceChildren();
  shown.clear();
  drawAlignment();
}

/** Time from left to right, from the quietest to the loudest; over it the words, where they were heard. */
export function drawSound(spectrogram: Float32Array, words: readonly HeardWord[] = []): void {
  const told = words.map(({ text, at }) => `${text} at ${at.toFixed(1)} s`).join(', ');
  const label = `Log-mel spectrogram${told === '' ? '' : `: ${told}`}`;
  const chart = spectrogramChart(spectrogram, words);
  showPicture('speech-spectrogram', (isNarrow) => soundChart(chart, document, isNarrow), label);
}

/** The words over the sound, and where it was listened while they were written; without an alignment nothing. */
export function drawAlignment(alignment?: Alignment): void {
  elementOf('speech-listening', HTMLElement).hidden = alignment === undefined;
  if (!alignment) return;
  drawSound(alignment.spectrogram, heardWords(alignment));
  const chart = listeningChart(alignment);
  showPicture(
    'speech-alignment',
    (isNarrow) => alignmentChart(chart, document, isNarrow),
    'Weights of the cross-attention, symbol by symbol over the sound',
  );
}
