import colours from 'picocolors';
import { SIGNALS } from '../data/temporary.js';
import { legible } from './ascii.js';
import { wrapped } from './wrap.js';

/** Columns of a terminal; a file or a pipe breaks no line. */
const columnsOf = ({ isTTY, columns }: NodeJS.WriteStream): number =>
  isTTY && columns ? columns : Number.POSITIVE_INFINITY;
/** Warnings and notes stand out from one another by where their lines begin. */
const INDENT = '  ';

/** What goes to standard output: text for people, or one JSON document for programs. */
export function print(text: string): void {
  process.stdout.write(`${wrapped(legible(text), columnsOf(process.stdout))}\n`);
}

/**
 * One JSON document that says what it is, so that programs can tell whether they know it; docs/file-formats.md lists all.
 *
 * @param version goes up when a field changes its meaning or goes; fields that are added leave it
 */
export function printJson(format: string, content: object, version = 1): void {
  process.stdout.write(`${JSON.stringify({ format: `hw2-${format}`, version, ...content }, null, 2)}\n`);
}

let quiet = false;

/** From now on no notes and no progress, only warnings and errors. */
export function beQuiet(): void {
  quiet = true;
}

/** Whether a line can be taken back there. */
const hasStatusLine = () => process.stderr.isTTY && process.env.TERM !== 'dumb';

/** A note for people, on standard error, so that standard output stays what was asked for. */
export function note(text: string): void {
  clearStatus();
  if (!quiet)
    process.stderr.write(`${colours.dim(wrapped(legible(text), columnsOf(process.stderr), INDENT))}\n`);
}

export function warn(text: string): void {
  clearStatus();
  const line = `${colours.yellow('warning:')} ${legible(text)}`;
  process.stderr.write(`${wrapped(line, columnsOf(process.stderr), INDENT)}\n`);
}

/** What ends the program: one line, which a terminal breaks between words. */
export function sayError(text: string): void {
  process.stderr.write(`${wrapped(legible(text.trimEnd()), columnsOf(process.stderr), INDENT)}\n`);
}

/** Off a terminal, such as in a log, long work says so often how far it is. */
const LINE_MS = 10_000;
let lastLine = performance.now();

/** Whether `status` would show a text now: what costs something to find out need not be asked for else. */
export const isStatusShown = (): boolean =>
  !quiet && (hasStatusLine() || performance.now() - lastLine >= LINE_MS);

/**
 * What the program is doing: on the last line of a terminal, where each text takes the place of the one before; as plain
 * lines elsewhere, one every ten seconds, so that short work says nothing there.
 */
export function status(text: string): void {
  if (!isStatusShown()) return;
  lastLine = performance.now();
  // A line that is broken could not be taken back.
  const line = colours.dim(legible(text).slice(0, columnsOf(process.stderr) - 1));
  process.stderr.write(hasStatusLine() ? `\r\x1b[K${line}` : `${legible(text)}\n`);
}

export function clearStatus(): void {
  if (hasStatusLine() && !quiet) process.stderr.write('\r\x1b[K');
}

let hint: string | undefined;

/** What to tell a user who interrupts the program from now on, such as how to go on later; without a text, nothing. */
export function hintWhenInterrupted(text?: string): void {
  const wasListening = hint !== undefined;
  hint = text;
  // Another text leaves the listeners alone: a signal that came while they were away for a moment would be lost.
  if (wasListening === (hint !== undefined)) return;
  for (const signal of SIGNALS)
    if (wasListening) process.removeListener(signal, sayHint);
    else process.on(signal, sayHint);
}

/** What goes before a text that answers Ctrl-C: a terminal has shown it as ^C behind the progress. */
export const belowStatus = (): string => (process.stderr.isTTY ? '\n' : '');

/** Says the hint below whatever progress is shown, and lets the signal do what it does to a program that does not listen. */
function sayHint(signal: NodeJS.Signals): void {
  if (!quiet) process.stderr.write(`${belowStatus()}${wrapped(legible(hint!), columnsOf(process.stderr))}\n`);
  hintWhenInterrupted();
  process.kill(process.pid, signal);
}
