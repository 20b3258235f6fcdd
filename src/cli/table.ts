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

/** Of paths and commands, which may be longer than a terminal is wide. */
const NARROWEST = 24;

/**
 * Widths at which a table fits: the widest columns give way first, and none becomes narrower than its longest word, or number with its
 * unit, which would be broken; but for a path, of which a part is left.
 */
export function fittingWidths(lines: readonly (readonly string[])[], within: number): number[] {
  const texts = lines[0]!.map((_, i) =>
    lines.flatMap((line) => stripVTControlCharacters(line[i] ?? '').split('\n')),
  );
  const longest = (parts: readonly string[]) => Math.max(...parts.map(({ length }) => length));
  const widths = texts.map(longest);
  const words = texts.map((column) => column.flatMap((text) => unbroken(text).split(' ')));
  const least = words.map((column) =>
    longest(column.map((word) => (isPath(word) ? word.slice(0, NARROWEST) : word))),
  );
  for (let total = widths.reduce((a, b) => a + b + GAP, -GAP); total > within; total--) {
    const slack = widths.map((width, i) => (width > least[i]! ? width : 0));
    const widest = slack.indexOf(Math.max(...slack));
    if (slack[widest] === 0) break;
    widths[widest]!--;
  }
  return widths;
}

const isPath = (word: string): boolean => word.includes('/');

/** A text whose paths are broken behind a slash, or anywhere in a name that is too long, where a column is narrower than they are. */
export function brokenPaths(text: string, width: number): string {
  return text.replaceAll(/\S+/g, (word) => {
    if (!isPath(word) || word.length <= width) return word;
    const lines = [''];
    for (const part of word.match(/[^/]*\/|[^/]+$/g)!)
      for (const piece of part.match(new RegExp(`.{1,${width}}`, 'g'))!)
        if (lines.at(-1)!.length + piece.length <= width) lines[lines.length - 1] += piece;
        else lines.push(piece);
    return lines.join('\n');
  });
}

/** Prints a table; the first column is aligned left, the others right unless said otherwise. */
export function printTable(head: string[], rows: string[][], align: 'left' | 'right' = 'right'): void {
  // What a terminal of ASCII gets in place of a character may be longer.
  const [titles, ...cells] = [head, ...rows].map((line) => line.map(legible)) as [string[], ...string[][]];
  const widths = fittingWidths([titles, ...cells], room());
  const table = new Table({
    head: titles.map((title) => colours.bold(title)),
    colAligns: head.map((_, i) => (i === 0 ? 'left' : align)),
    chars: BORDERS,
    colWidths: widths,
    wordWrap: true,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...cells.map((line) => line.map((cell, i) => brokenPaths(cell, widths[i]!))));
  print(table.toString());
}
