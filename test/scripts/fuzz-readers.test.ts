import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fuzz } from '../../scripts/fuzz/fuzz.js';
import { readers } from '../../scripts/fuzz/readers.js';

for (const [name, { read, seeds }] of Object.entries(readers))
  test(`${name}: mutated files are read or refused, and nothing else`, async () => {
    // What mutations begin with is whole.
    for (const seed of seeds) await read(seed);
    const limits = { maxSeconds: 10, maxBytes: 2 ** 30 };
    const { failures, read: whole, refused } = await fuzz({ reader: name, inputs: 400, seed: 12, ...limits });
    assert.equal(
      failures.map(({ index, reason }) => `${index}: ${reason}`),
      [],
    );
    assert.ok(refused > 0);
    assert.ok(whole > 0);
  });

test.run();
