import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wrapped } from '#hw2/cli/wrap.js';

test('sentences are broken between words, at any width', () => {
  const word = fc.stringMatching(/^[a-z,.]{1,12}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 14, max: 120 }), (words, columns) => {
      const text = words.join(' ');
      const lines = wrapped(text, columns, '  ').split('\n');
      assert.is(lines.map((line) => line.trim()).join(' '), text);
      for (const [i, line] of lines.entries()) {
        assert.ok(line.length <= columns, line);
        assert.is(line.startsWith('  '), i > 0);
      }
    }),
  );
});

test('colour takes no room, and tables and charts stay as they are', () => {
  const coloured = '\u001b[33mwarning:\u001b[39m two words';
  assert.is(wrapped(coloured, 18), coloured);
  assert.is(wrapped(coloured, 14), '\u001b[33mwarning:\u001b[39m two\nwords');
  for (const laidOut of ['name   accuracy   parameters', '────────────────────────────', '1 ┤ ●'])
    assert.is(wrapped(laidOut, 10), laidOut);
});

test.run();
