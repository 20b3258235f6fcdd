import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linesOf } from '#hw2/cli/eval-asr/print.js';
import { fittingWidths } from '#hw2/cli/table.js';
import { align } from '#hw2/metrics/alignment.js';

test('a table that fits keeps its widths, one that does not gives way in its widest column', () => {
  const lines = [
    ['name', 'contents'],
    ['phantom', 'synthetic retinal sections'],
  ];
  assert.equal(fittingWidths(lines, 80), [7, 26]);
  assert.equal(fittingWidths(lines, 30), [7, 21]);
});

test('no word is broken', () => {
  assert.equal(fittingWidths([['choroidal neovascularization', '1 2']], 10), [18, 1]);
});

test('a number keeps its unit', () => {
  assert.equal(fittingWidths([['a long name', '3.15 ms']], 10), [4, 7]);
});

test('two texts are broken where a word ends in both, and stay one below the other', () => {
  const [said, heard] = ['nobody remembered to water the tomatoes', 'nobody remembered to what her tomatoes'];
  const pairs = align(said, heard);
  const lines = linesOf(pairs, 25);
  assert.equal(lines.flat(), pairs);
  assert.ok(lines.length > 1);
  for (const line of lines.slice(0, -1)) {
    assert.ok(line.length <= 25);
    assert.equal(line.at(-1), { reference: ' ', hypothesis: ' ' });
  }
  assert.equal(
    linesOf(pairs, 5)
      .map(({ length }) => length <= 5)
      .includes(false),
    false,
  );
});

test.run();
