import { formatCount } from '../format/numbers.js';

/**
 * What all charts share. Text and axes have the colour of the text around them; the colours of series stand out, at
 * 3 : 1 and more, from white and from black, and from one another for readers who see no red, green or blue.
 */

/** One entry a series. Symbols tell series apart where colours do not. */
const COLOURS = ['#1b7fc4', '#d55e00', '#b577e0', '#6f9a96', '#776666', '#b511ee'] as const;
const SYMBOLS = ['circle', 'diamond', 'square', 'triangle', 'cross', 'star', 'wye'] as const;

export const colourOf = (series: number): string => COLOURS[series % COLOURS.length]!;
export const symbolOf = (series: number): (typeof SYMBOLS)[number] => SYMBOLS[series % SYMBOLS.length]!;

export const WIDTH = 640;

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

/** Two digits, a whole number with separators, or a power of ten. */
export function formatTick(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 0.01) return value.toExponential(0).replace('e+', 'e');
  return size >= 100 ? formatCount(Math.round(value)) : `${Number(value.toPrecision(2))}`;
}
