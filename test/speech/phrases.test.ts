import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { phrasesOf } from '#hw2/speech/phrases.js';

test('a transcript is cut at punctuation, neighbours that fit together stay together', () => {
  assert.equal(
    phrasesOf(
      'One here, and two there, which is as much as can be said of it today; three. The fourth is not.',
    ),
    ['One here, and two there,', 'which is as much as can be said of it today three.', 'The fourth is not.'],
  );
});

test('a clause of more than 64 characters is cut between words', () => {
  const clause = Array.from({ length: 30 }, (_, i) => `word${i}`).join(' ');
  const phrases = phrasesOf(clause);
  assert.is(phrases.join(' '), clause);
  assert.ok(phrases.every(({ length }) => length <= 64));
});

test('what is not heard is left out, and so are phrases that are too short', () => {
  assert.equal(phrasesOf('"Stop!" (he cried out aloud)'), ['Stop he cried out aloud']);
  assert.equal(phrasesOf('Yes.'), []);
});

test.run();
