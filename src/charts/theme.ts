/**
 * What all charts share. A colour is a way to compute attention, the same in every chart. Whatever is none, such as learning rates,
 * losses or similarities, has the colour of the text, as axes and names do: its lines differ in their dashes and symbols. Colours
 * stand out, at 3 : 1 and more, from white and from black, and from one another for readers who see no red, green or blue.
 */
import { formatCount } from '../format/numbers.js';

/** Twelve, so that no chart of this project repeats one, and that of the text. */
const COLOURS = [
  ...['#1b7fc4', '#d55e00', '#b577e0', '#5f8f3a', '#c9398b', '#6f9a96'],
  ...['#776666', '#b511ee', '#a8761b', '#00918a', '#e0393e', '#6b7fd7'],
  'currentColor',
] as const;
const TEXT = COLOURS.length - 1;
/** Seven: colour and symbol together repeat after 91 series. Symbols tell series apart where colours do not. */
const SYMBOLS = ['circle', 'diamond', 'square', 'triangle', 'cross', 'star', 'wye'] as const;
/** Of lines that share a colour; what theory says is dashed otherwise. */
const DASHES = ['none', '2 3', '9 3', '9 3 2 3', '4 2', '9 3 2 3 2 3'] as const;

export const colourOf = (series: number): string => COLOURS[series % COLOURS.length]!;
export const symbolOf = (series: number): (typeof SYMBOLS)[number] => SYMBOLS[series % SYMBOLS.length]!;
export const dashOf = (series: number): string =>
  DASHES[Math.floor(series / COLOURS.length) % DASHES.length]!;

interface Meaning {
  names: RegExp;
  /** In the palette. */
  place: number;
  /** Whether all such series of a chart have its colour, and are told apart by dashes and symbols. */
  isShared?: true;
}

/** What always looks the same: the exponential is exact, order 2 is the linear attention shown. */
const MEANINGS: readonly Meaning[] = [
  { names: /^(hw2 exact|exact|exp$|softmax|attention decoder$)/, place: 0 },
  {
    names: /^(hw2 taylor|linear attention$|order 2$|linear, order 2|about the mean key$)/,
    place: 1,
    isShared: true,
  },
  { names: /^order 0\b/, place: 11, isShared: true },
  { names: /^order 1\b/, place: 2, isShared: true },
  { names: /, order 1\b/, place: 2 },
  { names: /(^|, )order 3\b/, place: 3 },
  { names: /(^|, )order 4\b/, place: 4 },
  { names: /MatMul-Softmax-MatMul/i, place: 5 },
  { names: /MultiHeadAttention/, place: 6 },
  { names: /Attention-23/, place: 7 },
  { names: /feature products/, place: 8 },
  { names: /LinearAttention/, place: 9 },
  { names: /^q, k, v/, place: 10 },
  // Settings, and what is measured of networks.
  { names: /^[ση] = /, place: TEXT, isShared: true },
  {
    names: /^(LSTM decoder|training|validation|cosine|Jaccard|Damerau–Levenshtein)$/,
    place: TEXT,
    isShared: true,
  },
  { names: /^(as the network says|at the fitted temperature|calibrated)$/, place: TEXT, isShared: true },
  { names: /^(hw2, phantoms|original report)/, place: TEXT, isShared: true },
];

/** The places in the palette of the series of a chart: of what has a meaning, always the same; none twice. */
export function placesOf(names: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  const taken = new Set<number>();
  const take = (name: string, place: number) => {
    places.set(name, place);
    taken.add(place);
  };
  for (const name of names) {
    const meaning = MEANINGS.find((one) => one.names.test(name));
    if (!meaning) continue;
    let { place } = meaning;
    while (meaning.isShared && taken.has(place)) place += COLOURS.length;
    if (!taken.has(place)) take(name, place);
  }
  // What has no meaning of its own begins behind what has one, and comes back to the front when that is used up; alone, behind
  // the colours of the exponential and of the linear attention shown.
  const behind = places.size > 0 ? TEXT - 1 : 3;
  const free = Array.from({ length: names.length + TEXT }, (_, i) => (behind + i) % TEXT);
  for (const name of names)
    if (!places.has(name)) take(name, free.find((place) => !taken.has(place)) ?? taken.size);
  return places;
}

export const WIDTH = 640;
/** Of charts for a telephone: with the margins of a page in 360 pixels. */
export const NARROW = 328;

/** Options of every plot. */
export const frame = {
  width: WIDTH,
  marginLeft: 64,
  style: { background: 'none', fontSize: '13px', overflow: 'visible' },
} as const;

/** Room for a name beside a plot, in pixels. */
export function nameWidth(names: readonly string[]): number {
  const letter = 7.6;
  return 28 + letter * Math.max(0, ...names.map(({ length }) => length));
}

/** Two digits or more, a whole number with separators, or a power of ten. */
export function formatTick(value: number, digits = 2): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 0.01) return value.toExponential(digits - 2).replace('e+', 'e');
  return size >= 10 ** digits ? formatCount(Math.round(value)) : `${Number(value.toPrecision(digits))}`;
}

/** Writes the ticks of an axis with as many digits as tell them apart. */
export function tickFormat(values: readonly number[]): (value: number) => string {
  const isEnough = (digits: number) =>
    new Set(values.map((value) => formatTick(value, digits))).size === new Set(values).size;
  const digits = [2, 3, 4, 5].find(isEnough) ?? 6;
  return (value) => formatTick(value, digits);
}
