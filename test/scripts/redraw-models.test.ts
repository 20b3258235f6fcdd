/** The pictures and cards of models/ are what their records give: drawn by the charts of today, in their colours. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { redrawn } from '../../scripts/redraw-models.js';

test('every picture of a model that comes along is drawn from its record as charts are drawn now', async () => {
  const outputs = await redrawn(resolve(import.meta.dirname, '../../../models'));
  assert.ok(outputs.length >= 38);
  for (const { path, contents } of outputs) assert.is(await readFile(path, 'utf8'), contents, path);
});

test.run();
