import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { align } from '#hw2/metrics/alignment.js';
import { editDistance } from '#hw2/metrics/edit-distance.js';

test('both texts can be read off, and the differences are as many as the edit distance', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const pairs = align(a, b);
      assert.is(pairs.map(({ reference }) => reference ?? '').join(''), a);
      assert.is(pairs.map(({ hypothesis }) => hypothesis ?? '').join(''), b);
      const differences = pairs.filter(({ reference, hypothesis }) => reference !== hypothesis).length;
      assert.is(differences, editDistance([...a], [...b], 'none'));
      assert.ok(pairs.every(({ reference, hypothesis }) => reference ?? hypothesis));
    }),
  );
});

test('characters outside the basic plane stay whole', () => {
  assert.equal(align('a😀', '😀'), [
    { reference: 'a', hypothesis: undefined },
    { reference: '😀', hypothesis: '😀' },
  ]);
});

test.run();
