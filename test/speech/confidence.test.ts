import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { calibrationError, fitCalibration, outcomesOf, type WordOutcome } from '#hw2/speech/calibration.js';
import { confidenceOf, evidenceOf, transcriptOf } from '#hw2/speech/confidence.js';
import type { Decoded } from '#hw2/speech/text.js';
import { encodeText } from '#hw2/speech/text.js';
import { transcribe } from '#hw2/speech/transcribe.js';
import { Random } from '#hw2/statistics/random.js';

/** A text that was heard with the same log-probability for every token, but those of one word. */
function heard(text: string, common = -0.1, odd?: { word: string; logProbability: number }): Decoded {
  const tokens = [...encodeText(text)];
  const logProbabilities = tokens.slice(1).map(() => common);
  const at = odd ? text.indexOf(odd.word) : -1;
  for (let i = 0; odd && i < odd.word.length; i++) logProbabilities[at + i] = odd.logProbability;
  return { tokens, logProbabilities };
}

test('words are what white space separates, each with the mean of its own symbols', () => {
  const words = evidenceOf(heard(' the kettle,  is on.', -0.1, { word: 'kettle,', logProbability: -2 }));
  assert.equal(
    words.map(({ text }) => text),
    ['the', 'kettle,', 'is', 'on.'],
  );
  const expected = [-0.1, -2, -0.1, -0.1];
  words.forEach(({ word }, i) => {
    assert.ok(Math.abs(word - expected[i]!) < 1e-12);
  });
  assert.is(new Set(words.map(({ clip }) => clip)).size, 1);
  assert.equal(evidenceOf(heard('')), []);
});

test('without calibration the confidence is the mean probability, with it a logistic function', () => {
  const { words, confidence, text, isSpeech } = transcriptOf(heard('one two', Math.log(0.8)));
  assert.is(text, 'one two');
  assert.ok(isSpeech);
  for (const word of words) assert.ok(Math.abs(word.confidence - 0.8) < 1e-12);
  assert.ok(Math.abs(confidence - 0.8) < 1e-12);
  const evidence = { text: '', word: -1, clip: -0.5 };
  const expected = 1 / (1 + Math.exp(-(2 - 1.5 - 2)));
  assert.ok(Math.abs(confidenceOf(evidence, { bias: 2, word: 1.5, clip: 4 }) - expected) < 1e-12);
});

test('only the unknown symbol, or nothing, is no speech; silence is not even listened to', async () => {
  for (const text of ['', '#', '# #', '.']) assert.not.ok(transcriptOf(heard(text)).isSpeech, text);
  assert.is(transcriptOf(heard('')).confidence, 0);
  const deaf = {
    calibration: undefined,
    listen: () => Promise.reject(new Error('listened')),
    next: () => Promise.reject(new Error('asked')),
  };
  const sound = { spectrogram: new Float32Array(160), isSilent: true };
  assert.equal((await transcribe(deaf, sound, 1)).words, []);
});

test('what is hardly ever right is no speech, where there is a calibration to tell', () => {
  const calibration = { bias: -4, word: 1, clip: 1 };
  assert.not.ok(transcriptOf(heard('one two'), calibration).isSpeech);
  assert.ok(transcriptOf(heard('one two'), { ...calibration, bias: -1 }).isSpeech);
  assert.ok(transcriptOf(heard('one two', -4)).isSpeech);
});

test('a word is right that stands opposite itself, marks aside', () => {
  const said = encodeText('the kettle is on, and the bread is done.');
  const words = outcomesOf(said, heard('the kettel is on and bread it is done'));
  assert.equal(
    words.filter(({ right }) => !right).map(({ text }) => text),
    ['kettel', 'it'],
  );
  assert.is(words.length, 9);
});

test('a fit finds the coefficients that the words were drawn with, and leaves little calibration error', () => {
  const random = new Random(5);
  const truth = { bias: 2, word: 1.5, clip: 3 };
  const words = Array.from({ length: 20_000 }, (): WordOutcome => {
    const evidence = { text: '', word: -2 * random.uniform(), clip: -random.uniform() };
    return { ...evidence, right: random.uniform() < confidenceOf(evidence, truth) };
  });
  const found = fitCalibration(words)!;
  for (const name of ['bias', 'word', 'clip'] as const)
    assert.ok(Math.abs(found[name] - truth[name]) < 0.25, `${name} ${found[name]}`);
  const judged = (calibration?: typeof found) =>
    words.map((word) => ({ confidence: confidenceOf(word, calibration), right: word.right }));
  assert.ok(calibrationError(judged(found)) < 0.02);
  assert.ok(calibrationError(judged()) > 0.05, 'mean probabilities are no such');
});

test('words that are all right leave finite coefficients; without words there are none', () => {
  const word = { text: 'a', word: -0.1, clip: -0.1, right: true };
  const found = fitCalibration([word, word, word])!;
  assert.ok(Object.values(found).every(Number.isFinite));
  assert.ok(confidenceOf(word, found) > 0.8);
  assert.is(fitCalibration([]), undefined);
});

test('the calibration error is the difference of confidence and share, bin by bin', () => {
  assert.is(calibrationError([]), 0);
  const words = [
    ...Array.from({ length: 10 }, (_, i) => ({ confidence: 0.95, right: i < 8 })),
    ...Array.from({ length: 10 }, (_, i) => ({ confidence: 0.25, right: i < 5 })),
    { confidence: 1, right: true },
  ];
  const expected = (Math.abs(10.5 - 9) + Math.abs(2.5 - 5)) / 21;
  assert.ok(Math.abs(calibrationError(words) - expected) < 1e-12);
});

test.run();
