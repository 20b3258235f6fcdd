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

test('a number stays with its unit and with its name', () => {
  const sentence = 'it differs by 7.8 % where L = 2,179 and L 512 or 12.3 ms are asked for';
  for (let columns = 16; columns < sentence.length; columns++) {
    const lines = wrapped(sentence, columns).split('\n');
    assert.is(lines.join(' '), sentence);
    for (const whole of ['7.8 %', 'L = 2,179', 'L 512', '12.3 ms'])
      assert.ok(
        lines.some((line) => line.includes(whole)),
        `${columns}: ${whole}`,
      );
  }
});

test('colour takes no room, and tables and charts stay as they are', () => {
  const coloured = '\u001b[33mwarning:\u001b[39m two words';
  assert.is(wrapped(coloured, 18), coloured);
  assert.is(wrapped(coloured, 14), '\u001b[33mwarning:\u001b[39m two\nwords');
  for (const laidOut of ['name   accuracy   parameters', '────────────────────────────', '1 ┤ ●'])
    assert.is(wrapped(laidOut, 10), laidOut);
});

test.run();
