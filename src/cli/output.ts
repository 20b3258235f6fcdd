import Table from 'cli-table3';
import colours from 'picocolors';

/** What goes to standard output: tables and text for people, or one JSON document for programs. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

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

/** A table; the first column is aligned left, the others right unless said otherwise. */
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

/** A note for people, on standard error, so that standard output stays what was asked for. */
export function note(text: string): void {
  process.stderr.write(`${colours.dim(text)}\n`);
}

export function warn(text: string): void {
  process.stderr.write(`${colours.yellow('warning:')} ${text}\n`);
}

/** What the program is doing, on the last line of a terminal; nothing where standard error is piped. */
export function status(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${colours.dim(text)}`);
}

export function clearStatus(): void {
  status('');
}
