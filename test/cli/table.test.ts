import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linesOf } from '#hw2/cli/eval-asr/print.js';
import { brokenPaths, fittingWidths } from '#hw2/cli/table.js';
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

test('a path gives way where a table does not fit, and is broken behind a slash', () => {
  const path = '/work/scans/of/the/left/eye/number-1.png';
  assert.equal(
    fittingWidths(
      [
        ['image', 'class'],
        [path, 'drusen'],
      ],
      38,
    ),
    [30, 6],
  );
  assert.is(brokenPaths(path, 30), '/work/scans/of/the/left/eye/\nnumber-1.png');
  assert.is(brokenPaths(path, 8), '/work/\nscans/\nof/the/\nleft/\neye/\nnumber-1\n.png');
  assert.is(brokenPaths('choroidal neovascularization', 5), 'choroidal neovascularization');
});

test('of a cell of several lines the longest counts', () => {
  assert.equal(fittingWidths([['simd', 'a line\nand another']], 80), [4, 11]);
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
