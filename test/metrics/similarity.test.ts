import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cosineSimilarity, editSimilarity, jaccardSimilarity } from '#hw2/metrics/similarity.js';

const word = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 12 });

for (const similarity of [jaccardSimilarity, cosineSimilarity, editSimilarity]) {
  test(`${similarity.name}: symmetric, within [0, 1], 1 for equals`, () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const s = similarity(a, b);
        assert.is(similarity(b, a), s);
        assert.ok(s >= 0 && s <= 1);
        assert.is(similarity(a, [...a]), 1);
      }),
    );
  });

  test(`${similarity.name}: empty sequences`, () => {
    assert.is(similarity('', ''), 1);
    assert.is(similarity('', 'a'), 0);
    assert.is(similarity([1], []), 0);
  });
}

test('multisets: equal to counting every symbol', () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      fc.pre(a.length > 0 && b.length > 0);
      const count = (sequence: string[], symbol: string) => sequence.filter((x) => x === symbol).length;
      let least = 0;
      let most = 0;
      for (const symbol of 'abcde') {
        least += Math.min(count(a, symbol), count(b, symbol));
        most += Math.max(count(a, symbol), count(b, symbol));
      }
      assert.is(jaccardSimilarity(a, b), least / most);
      assert.is(cosineSimilarity(a, b), least / Math.sqrt(a.length * b.length));
    }),
  );
});

test('1 − Jaccard obeys the triangle inequality', () => {
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      const d = (x: string[], y: string[]) => 1 - jaccardSimilarity(x, y);
      assert.ok(d(a, c) <= d(a, b) + d(b, c) + 1e-12);
    }),
  );
});

test('order matters to the edit similarity alone', () => {
  assert.is(jaccardSimilarity('abc', 'cab'), 1);
  assert.is(cosineSimilarity('abc', 'cab'), 1);
  assert.is(editSimilarity('abc', 'cab'), 1 - 2 / 3);
});

test('worked examples', () => {
  assert.is(jaccardSimilarity('test', 'text'), 3 / 5);
  assert.is(cosineSimilarity('test', 'text'), 3 / 4);
  assert.is(editSimilarity('test', 'text'), 3 / 4);
  assert.is(cosineSimilarity('aab', 'a'), 1 / Math.sqrt(3));
  assert.is(editSimilarity('ca', 'abc'), 0);
  assert.is(editSimilarity('ca', 'abc', 'unrestricted'), 1 - 2 / 3);
  assert.is(editSimilarity('😀', 'x😀'), 1 / 2);
});

test('a sequence that can be read only once', () => {
  function* once() {
    yield* 'test';
  }
  assert.is(jaccardSimilarity(once(), 'text'), 3 / 5);
  assert.is(cosineSimilarity(once(), 'text'), 3 / 4);
  assert.is(editSimilarity(once(), 'text'), 3 / 4);
});

test.run();
