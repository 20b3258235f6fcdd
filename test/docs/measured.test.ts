/** No figure of speed or accuracy stands in README and docs without saying where it comes from. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = resolve(import.meta.dirname, '../../..');

/** Times, ratios of times, errors. What a setting is (`every 200 ms`) or a limit at a confidence is not measured. */
const MEASURED =
  /(?<!every |of )\b\d[\d.,]* (?:ms|µs)\b|\d[\d.,]*,? (?:times (?:as (?:fast|long)|the time|faster)|of the time)|\b\d\.\d+(?:e-\d|·10⁻)/;
/** Where a reader finds what a figure comes from: a record that it names, or a dagger, which docs/architecture.md explains. */
const NAMED = /†|docs\/benchmarks|benchmarks\/[\w.-]+\.json|models\/[\w/.-]+\.json/;

/** Paragraphs and items of lists that are not between the markers of a table that a record writes, and are no code. */
function paragraphs(document: string): string[] {
  return document
    .replace(/<!-- ([\w-]+)[^>]*-->.*?<!-- \/\1 -->/gs, '')
    .replace(/^```.*?^```/gms, '')
    .split(/\n\s*\n|\n(?=- )/);
}

const unnamed = (document: string) =>
  paragraphs(document).filter((paragraph) => MEASURED.test(paragraph) && !NAMED.test(paragraph));

test('a measured figure names its record, or says that an experiment has none', async () => {
  const files = ['README.md', 'src/engine/README.md'].concat(
    ['architecture', 'approximation', 'cluster', 'generation', 'methods', 'training', 'images'].map(
      (name) => `docs/${name}.md`,
    ),
  );
  for (const file of files)
    for (const paragraph of unnamed(await readFile(join(root, file), 'utf8')))
      assert.unreachable(`${file}: ${paragraph.slice(0, 400)}`);
});

test('what is measured is recognised as such', () => {
  for (const text of ['takes 12 µs', 'is 1.9 times as fast', 'in 0.86 of the time', 'off by 2.2·10⁻⁵'])
    assert.equal(unnamed(`One.\n\nIt ${text}.`), [`It ${text}.`]);
  for (const text of ['12 µs.†', 'asked every 200 ms', '5 rows', '12 µs (docs/benchmarks/a.json)'])
    assert.equal(unnamed(text), []);
  assert.equal(unnamed('<!-- goals, all -->\n\n12 ms\n\n<!-- /goals -->'), []);
});

test.run();
