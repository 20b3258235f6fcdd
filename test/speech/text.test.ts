import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decodeTokens,
  END_TOKEN,
  encodeText,
  PAD_TOKEN,
  PROTOCOL_TOKENS,
  padTokens,
  START_TOKEN,
  SYMBOLS,
  throughEnd,
  UNKNOWN_TOKEN,
} from '#hw2/speech/text.js';

test('the protocol’s symbols, in its order', () => {
  assert.is(SYMBOLS.length, 35);
  assert.is(new Set(SYMBOLS).size, 35);
  assert.equal(
    [START_TOKEN, END_TOKEN, PAD_TOKEN, UNKNOWN_TOKEN].map((token) => SYMBOLS[token]),
    ['<', '>', '@', '#'],
  );
  assert.equal([...encodeText(' ,.?-az')], [0, 4, 5, 6, 7, 8, 9, 34, 1]);
});

test('text of the alphabet comes back in lower case, up to 97 characters of it', () => {
  const alphabet = [...' ,.?-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 120 }), (text) => {
      const tokens = encodeText(text);
      assert.is(decodeTokens(tokens), text.toLowerCase().slice(0, 97));
      assert.is(tokens.length, 2 + Math.min(97, text.length));
      assert.is(decodeTokens(padTokens(tokens, PROTOCOL_TOKENS)), text.toLowerCase().slice(0, 97));
    }),
  );
});

test('any text at all: framed once, one token a code point, nothing but the 35', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 150 }), (text) => {
      const tokens = [...encodeText(text)];
      assert.is(tokens.length, 2 + Math.min(97, [...text.toLowerCase()].length));
      assert.is(tokens[0], START_TOKEN);
      assert.is(tokens.indexOf(END_TOKEN), tokens.length - 1);
      assert.ok(tokens.slice(1, -1).every((token) => token >= UNKNOWN_TOKEN && token < SYMBOLS.length));
    }),
  );
});

test('everything else is unknown', () => {
  const decoded = (text: string) => decodeTokens(encodeText(text));
  assert.is(decoded('Año 2024'), 'a#o ####');
  assert.is(decoded('e\u0301'), 'e#');
  assert.is(decoded('Привет, 世界'), '######, ##');
  assert.is(decoded('😀!'), '##');
  assert.is(decoded('a\tb\r\n'), 'a#b##');
  assert.is(decoded('<a>@#'), '#a###');
  assert.is(decoded('\ud800'), '#');
  assert.is(decoded(''), '');
});

test('the 97 characters are counted after lower-casing', () => {
  // The Turkish İ is one character, its lower case two: i and a dot above.
  assert.is(decodeTokens(encodeText('İ'.repeat(97))), `${'i#'.repeat(48)}i`);
});

test('decoding stops at the first end and survives a model that does not write one', () => {
  assert.is(decodeTokens([0, 9, 10, 1, 11, 1]), 'ab');
  assert.is(decodeTokens([9, 10]), 'ab');
  assert.is(decodeTokens([0, 0, 9, 2, 3]), 'a#');
  assert.is(decodeTokens([]), '');
});

test('tokens outside the alphabet are refused', () => {
  for (const token of [35, -1, 1.5, Number.NaN])
    assert.throws(() => decodeTokens([9, token]), new RegExp(`token ${token}, expected 0 to 34`));
});

test('scores compare what comes up to and with the first end', () => {
  assert.equal(throughEnd(Uint8Array.of(0, 9, 1, 2, 1)), [0, 9, 1]);
  assert.equal(throughEnd([0, 9]), [0, 9]);
});

test('padding fills up, and never cuts', () => {
  assert.equal([...padTokens(encodeText('a'), 5)], [0, 9, 1, 2, 2]);
  assert.is(padTokens(encodeText('a'.repeat(200)), PROTOCOL_TOKENS).length, 99);
  assert.throws(() => padTokens(encodeText('abc'), 4), /5 tokens, expected at most 4/);
});

test.run();
