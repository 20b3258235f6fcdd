import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { corpusInWords } from '#hw2/report/sections/corpus.js';

const root = resolve(import.meta.dirname, '../../..');

test('what the shipped recognizers learned from is told in words, each source once', async () => {
  for (const decoder of ['lstm', 'attention', 'attention-taylor']) {
    const { data } = JSON.parse(await readFile(join(root, 'models/asr', decoder, 'curve.json'), 'utf8'));
    const words = corpusInWords(data);
    assert.not.match(words, /\//, words);
    assert.match(words, /^[\d,]+ clips of at most \d+ s \(.*LJSpeech.*\), validated on /);
    assert.is(words.match(/whole and in parts/g)!.length, 1);
  }
});

test('folders of others keep their names', () => {
  const words = corpusInWords('120 clips of LJSpeech-1.1:train; LJSpeech-1.1:validation');
  assert.is(words, '120 clips (LJSpeech-1.1:train), validated on LJSpeech-1.1:validation');
  assert.is(corpusInWords('clips'), 'clips');
});

test.run();
