import { stripVTControlCharacters } from 'node:util';
import { unbroken } from '../format/numbers.js';

/** What a line of a table or a chart has and a sentence has not: columns, rules, frames. */
const LAID_OUT = /\S {2,}\S|[─━│┤┼├└┌█]/;

/**
 * Sentences broken between words where a terminal would break them anywhere, but not between a number and its unit or its name; tables and charts, which are laid out, stay.
 *
 * @param indent of the lines after the first
 */
export function wrapped(text: string, columns: number, indent = ''): string {
  const lines = text.split('\n').map((line) => {
    if (lengthOf(line) <= columns || LAID_OUT.test(line)) return line;
    const broken = [''];
    for (const kept of unbroken(line).split(' ')) {
      const word = kept.replaceAll('\u00a0', ' ');
      const last = broken.at(-1)!;
      const longer = last === '' ? word : `${last} ${word}`;
      if (last.trim() === '' || lengthOf(longer) <= columns) broken[broken.length - 1] = longer;
      else broken.push(indent + word);
    }
    return broken.join('\n');
  });
  return lines.join('\n');
}

const lengthOf = (line: string): number => stripVTControlCharacters(line).length;
