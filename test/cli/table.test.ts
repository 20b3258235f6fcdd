import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fittingWidths } from '#hw2/cli/table.js';

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

test.run();
