/** Documents of the repository, and the records that their figures come from. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as assert from 'uvu/assert';

const root = resolve(import.meta.dirname, '../../..');
export const read = (path: string) => readFile(join(root, path), 'utf8');
export const record = async <T>(path: string): Promise<T> => JSON.parse(await read(path));

const onOneLine = (text: string) => text.replaceAll(/\s+/g, ' ');
const held: string[] = [];

/** Whether a document has a text, however its lines are broken. Its figures count as held to their record from then on. */
export function holds(document: string, text: string): void {
  assert.ok(onOneLine(document).includes(onOneLine(text)), text);
  held.push(onOneLine(text));
}

/** Times and their ratios, shares, errors, scores, probabilities: what a program counts or measures, not what somebody chose. */
const MEASURED = new RegExp(
  [
    '(?<!every |most |of )\\b\\d[\\d.,]* (?:ms|µs|ns)\\b',
    '\\d[\\d.,]*,? (?:times (?:as|the time|faster)|of the time)',
    '(?<![\\d.])\\d[\\d.,]* (?:%|kB|MB|points)(?!\\w)',
    '(?<![\\w.])\\d+\\.\\d\\d+(?!\\w|\\.\\d)',
    '\\b\\d(?:\\.\\d+)?(?:e-\\d|·10⁻)',
    '\\bp = \\d',
    '\\d h\\b|\\d hours',
  ].join('|'),
  'g',
);

/**
 * The figures of a document that look measured and that nothing holds: no table between the markers of a record, no text that
 * `holds` found in it. @param given texts whose figures somebody chose or published
 */
export function unheld(document: string, given: readonly (string | RegExp)[] = []): string[] {
  const prose = document
    .replace(/<!-- ([\w-]+)[^>]*-->.*?<!-- \/\1 -->/gs, '')
    .replace(/^```.*?^```/gms, '')
    .split(/\n\s*\n|\n(?=- |\| )/)
    .map(onOneLine)
    .join('\n');
  const left = [...held, ...given]
    .reduce<string>((text, known) => text.replaceAll(known, '…'), prose)
    .replace(/`[^`\n]*`/g, '');
  return [...left.matchAll(MEASURED)].map(({ 0: figure, index }) =>
    `${figure}: ${left.slice(Math.max(0, index - 60), index + 40)}`.replaceAll('\n', ' '),
  );
}

/** The parts of README that are about models; the rest is about the engine. */
export const modelsOf = (readme: string) => readme.slice(...modelsIn(readme));
export const engineOf = (readme: string) => {
  const [start, end] = modelsIn(readme);
  return readme.slice(0, start) + readme.slice(end);
};
const modelsIn = (readme: string) =>
  ['## Images', '## More than one machine'].map((heading) => readme.indexOf(heading)) as [number, number];

/** What CHANGELOG.md says of versions that nobody has yet. */
export const unreleased = (changelog: string) => changelog.slice(0, changelog.indexOf('\n## 0.1.0'));
