import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { englishWords } from '#hw2/report/findings/english.js';
import type { Judged } from '#hw2/speech/comparison.js';

const judged = (texts: readonly (readonly [string, string])[]) =>
  ({ clips: texts.map(([target, predicted]) => ({ target, predicted })) }) as Judged;

test('words are looked up one by one, whether they were said or not', async () => {
  const said = 'the colour of the kettle, please?';
  const {
    said: all,
    written,
    listed,
    p,
  } = await englishWords([
    judged([[said, 'the collar of a chettle, pleas.']]),
    judged([[said, 'the color of#the kettle']]),
  ]);
  assert.equal(all, { english: 6, words: 6 });
  // Not chettle, nor what holds an unknown symbol; pleas is a word.
  assert.equal(written, [
    { english: 5, words: 6 },
    { english: 3, words: 4 },
  ]);
  assert.ok(listed > 70_000);
  assert.is(p, 1);
});

test('nothing written is no word', async () => {
  const { written } = await englishWords([judged([['yes', '']]), judged([['yes', '...']])]);
  assert.equal(written, [
    { english: 0, words: 0 },
    { english: 0, words: 0 },
  ]);
});

test.run();
