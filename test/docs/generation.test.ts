import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = resolve(import.meta.dirname, '../../..');

test('the example of generation says the same with a cache and without', () => {
  const output = execFileSync(process.execPath, ['examples/generate.mjs'], { cwd: root, encoding: 'utf8' });
  assert.match(output, /^with a cache: \S+ ms of attention, 87 tokens, \d+ bytes$/m);
  assert.match(output, /^the same tokens$/m);
});

test.run();
