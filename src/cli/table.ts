import Table from 'cli-table3';
import colours from 'picocolors';
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

/** Prints a table; the first column is aligned left, the others right unless said otherwise. */
export function printTable(head: string[], rows: string[][], align: 'left' | 'right' = 'right'): void {
  const table = new Table({
    head: head.map((title) => colours.bold(title)),
    colAligns: head.map((_, i) => (i === 0 ? 'left' : align)),
    chars: BORDERS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows);
  print(table.toString());
}
