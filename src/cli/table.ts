import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import colours from 'picocolors';
import { unbroken } from '../format/numbers.js';
import { legible } from './ascii.js';
import { print } from './output.js';

/** Two spaces between columns and a line under the head: nine columns fit a terminal of 80. */
const BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  right: '',
  'right-mid': '',
  mid: '─',
  'mid-mid': '──',
  middle: '  ',
};

const GAP = 2;

/** Columns of the terminal, or as many as COLUMNS says; a file has room for any. */
export const room = (): number =>
  process.stdout.columns ?? (Number(process.env.COLUMNS) || Number.POSITIVE_INFINITY);

/**
 * Widths at which a table fits: the widest columns give way first, and none becomes narrower than its longest word, or number with its
 * unit, which would be broken.
 */
export function fittingWidths(lines: readonly (readonly string[])[], within: number): number[] {
  const texts = lines[0]!.map((_, i) => lines.map((line) => stripVTControlCharacters(line[i] ?? '')));
  const longest = (parts: readonly string[]) => Math.max(...parts.map(({ length }) => length));
  const widths = texts.map(longest);
  const least = texts.map((column) => longest(column.flatMap((text) => unbroken(text).split(' '))));
  for (let total = widths.reduce((a, b) => a + b + GAP, -GAP); total > within; total--) {
    const slack = widths.map((width, i) => (width > least[i]! ? width : 0));
    const widest = slack.indexOf(Math.max(...slack));
    if (slack[widest] === 0) break;
    widths[widest]!--;
  }
  return widths;
}

/** Prints a table; the first column is aligned left, the others right unless said otherwise. */
export function printTable(head: string[], rows: string[][], align: 'left' | 'right' = 'right'): void {
  // What a terminal of ASCII gets in place of a character may be longer.
  const [titles, ...cells] = [head, ...rows].map((line) => line.map(legible)) as [string[], ...string[][]];
  const table = new Table({
    head: titles.map((title) => colours.bold(title)),
    colAligns: head.map((_, i) => (i === 0 ? 'left' : align)),
    chars: BORDERS,
    colWidths: fittingWidths([titles, ...cells], room()),
    wordWrap: true,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...cells);
  print(table.toString());
}
