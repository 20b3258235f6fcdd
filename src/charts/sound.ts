import * as Plot from '@observablehq/plot';
import { levelsOf, pixels } from './heat-map.js';
import { frame, NARROW } from './theme.js';

/** A picture over the time of a sound. */
interface TimedPicture {
  title?: string;
  source?: string;
  x: string;
  y: string;
  /** Row-major, from the top down. */
  values: ArrayLike<number>;
  columns: number;
  seconds: number;
}

/** A spectrogram, the highest filter first, with words above it, where they are heard. */
export interface SoundChart extends TimedPicture {
  words: readonly { text: string; at: number }[];
}

/** Which part of a sound each symbol of its transcript was written from, one row a symbol. */
export interface AlignmentChart extends TimedPicture {
  symbols: readonly string[];
}

const HEIGHT = 160;
const ROOM_FOR_WORDS = 64;
const SYMBOL_HEIGHT = 8;
/** Symbols stand in two columns by turns: higher than their rows, as they have to be to be read, they would meet in one. */
const SYMBOL_COLUMNS = [6, 18] as const;
/** Of what has no letter, or more than one. */
const SIGNS: Readonly<Record<string, string>> = { ' ': '␣', end: '¶' };
/** Pixels from one slanting word to the next. */
const WORD_LINE = 18;
const MARGIN_LEFT = 44;
/** Letters of a word that have room above the sound, and beside it where the word is the last. */
const LONGEST_WORD = 14;
const MARGIN_RIGHT = 60;

/** The same width, so that one stands under the other. */
const sides = (isNarrow: boolean) => ({
  ...frame,
  width: isNarrow ? NARROW : frame.width,
  marginLeft: MARGIN_LEFT,
  marginRight: MARGIN_RIGHT,
});

/** How many seconds a pixel is wide. */
const pixelWidth = (seconds: number, isNarrow: boolean) =>
  seconds / ((isNarrow ? NARROW : frame.width) - MARGIN_LEFT - MARGIN_RIGHT);

/** A spectrogram: time to the right, frequency up; dark is quiet, bright is loud. */
export function soundChart(
  { title, x, y, values, columns, seconds, words }: SoundChart,
  document: Document,
  isNarrow = false,
): Element {
  const rows = values.length / columns;
  const domain = [lowest(values), highest(values)] as const;
  return Plot.plot({
    ...sides(isNarrow),
    document,
    height: HEIGHT + ROOM_FOR_WORDS + 42,
    marginTop: ROOM_FOR_WORDS,
    marginBottom: 42,
    ...(title && { ariaLabel: title }),
    x: { domain: [0, seconds], label: x, ticks: isNarrow ? 4 : 8, labelAnchor: 'center' },
    y: { domain: [0, rows], label: y, ticks: 4, labelAnchor: 'center' },
    marks: [
      pixels(levelsOf(values, domain), columns, { x1: 0, x2: seconds, y1: 0, y2: rows }),
      // Aslant, so that short words of a fast reader do not meet.
      Plot.text(apart(words, WORD_LINE * pixelWidth(seconds, isNarrow), seconds), {
        ...{ x: 'at', text: 'text', frameAnchor: 'top', dy: -6, rotate: -50, textAnchor: 'start' },
        ...{ fill: 'currentColor', fontSize: isNarrow ? 11 : 12 },
      }),
    ],
  });
}

/** Weights of the sound, symbol by symbol, in the same time as a spectrogram above it. */
export function alignmentChart(
  { title, x, y, values, columns, seconds, symbols }: AlignmentChart,
  document: Document,
  isNarrow = false,
): Element {
  return Plot.plot({
    ...sides(isNarrow),
    document,
    height: symbols.length * SYMBOL_HEIGHT + 26 + 42,
    marginTop: 26,
    marginBottom: 42,
    ...(title && { ariaLabel: title }),
    x: { domain: [0, seconds], label: x, ticks: isNarrow ? 4 : 8, labelAnchor: 'center' },
    y: { domain: [symbols.length, 0], label: y, axis: null },
    marks: [
      Plot.text([y], {
        text: [`↓ ${y}`],
        frameAnchor: 'top-left',
        dx: -MARGIN_LEFT + 4,
        dy: -16,
        fill: 'currentColor',
      }),
      Plot.text(symbols, {
        x: (_: string, i: number) => -SYMBOL_COLUMNS[i % 2]! * pixelWidth(seconds, isNarrow),
        y: (_: string, i: number) => i + 0.5,
        text: (symbol: string) => SIGNS[symbol] ?? symbol,
        ...{ textAnchor: 'end', fill: 'currentColor', fontSize: 12 },
      }),
      pixels(levelsOf(values, [0, highest(values)]), columns, {
        x1: 0,
        x2: seconds,
        y1: 0,
        y2: symbols.length,
      }),
    ],
  });
}

/**
 * Words in their order, each at least so many seconds behind the one before: moved to the right, and back where that takes
 * them beyond the end. Of more words than have room, those that would meet the one before are left out, as the names of ticks are.
 */
function apart(words: SoundChart['words'], least: number, end: number): SoundChart['words'] {
  const hasRoom = least * (words.length - 1) <= end;
  const shown: { text: string; at: number }[] = [];
  for (const { text, at } of words) {
    const first = shown.length === 0 ? 0 : shown.at(-1)!.at + least;
    if (!hasRoom && at < first) continue;
    const isLong = text.length > LONGEST_WORD;
    shown.push({ text: isLong ? `${text.slice(0, LONGEST_WORD - 1)}…` : text, at: Math.max(at, first) });
  }
  let last = end;
  for (const word of shown.toReversed()) {
    word.at = Math.min(word.at, last);
    last = word.at - least;
  }
  return shown;
}

function highest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

function lowest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
