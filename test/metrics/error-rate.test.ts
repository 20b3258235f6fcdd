import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { characterErrors, errorRate, wordErrors } from '#hw2/metrics/error-rate.js';

test('characters are code points, spaces included, and a transposition is two errors', () => {
  assert.equal(characterErrors('the cat', 'teh cat'), { errors: 2, length: 7 });
  assert.equal(characterErrors('a b', 'ab'), { errors: 1, length: 3 });
  assert.equal(characterErrors('naïve 😀', 'naive 😀'), { errors: 1, length: 7 });
});

test('words are what white space separates', () => {
  assert.equal(wordErrors(' the  cat\tsat\n', 'the cat sat'), { errors: 0, length: 3 });
  assert.equal(wordErrors('the cat sat', 'the mat sat down'), { errors: 2, length: 3 });
  assert.equal(wordErrors('one two', 'two one'), { errors: 2, length: 2 });
  assert.equal(wordErrors('   ', 'word'), { errors: 1, length: 0 });
});

test('the rate pools the utterances, it is not the mean of their rates', () => {
  assert.is(errorRate([wordErrors('a', 'b'), wordErrors('a b c', 'a b c')]), 1 / 4);
  assert.is(errorRate([wordErrors('a', 'a b c')]), 2);
});

test('nothing said: no error is 0, any error is infinite', () => {
  assert.is(errorRate([]), 0);
  assert.is(errorRate([characterErrors('', '')]), 0);
  assert.is(errorRate([characterErrors('', 'x')]), Number.POSITIVE_INFINITY);
});

test.run();
