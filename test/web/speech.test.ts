import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeWav } from '#hw2/data/wav.js';
import { readWav } from '#hw2/data/wav-file.js';
import { initialParameters } from '#hw2/onnx/parameters.js';
import { decode } from '#hw2/speech/decode.js';
import { decoderModel, encoderModel } from '#hw2/speech/model/inference.js';
import {
  DEFAULT_DECODER,
  type Decoder,
  decoders,
  recognizerParameters,
} from '#hw2/speech/model/recognizer.js';
import { Recognizer } from '#hw2/speech/recognizer.js';
import { spectrogramOf } from '#hw2/speech/spectrogram.js';
import { decodeTokens } from '#hw2/speech/text.js';
import { Random } from '#hw2/statistics/random.js';
import { checkWindows, closeBrowser, inspect, openSection, testPage, waitForStatus } from './browser.js';

const test = suite('speech');
test.after(closeBrowser);

const SAMPLE = 'models/asr-test/wavs/everyday-01.wav';

interface Parts {
  encoder: Uint8Array;
  decoder: Uint8Array;
}

/** A recognizer of random weights, large enough that it writes more than one letter. */
function untrained(decoder: Decoder): Parts {
  const random = new Random(7);
  const flat = initialParameters(recognizerParameters(decoder), (low, high) => 3 * random.uniform(low, high));
  return { encoder: encoderModel(flat, { decoder }), decoder: decoderModel(flat, { decoder }) };
}

async function trained(decoder: Decoder): Promise<Parts | undefined> {
  const folder = resolve('models/asr', decoder);
  if (!existsSync(folder)) {
    console.log(`skipped: transcription by a trained recognizer; there is none with the decoder ${decoder}`);
    return undefined;
  }
  const [encoder, step] = await Promise.all(
    ['encoder.onnx', 'decoder.onnx'].map((name) => readFile(resolve(folder, name))),
  );
  return { encoder: encoder!, decoder: step! };
}

async function transcribeHere({ encoder, decoder }: Parts): Promise<string> {
  const recognizer = await Recognizer.create(encoder, decoder, 'test');
  const spectrogram = spectrogramOf(await readWav(resolve(SAMPLE)), recognizer.frontEnd);
  const text = decodeTokens((await decode(recognizer, await recognizer.listen(spectrogram), 5)).tokens);
  await recognizer.release();
  return text;
}

async function transcribeInPage(page: Page, decoder: Decoder): Promise<string> {
  await openSection(page, 'Speech');
  await waitForStatus(page, 'speech-status', /^Ready/);
  const offered = await page.locator('#speech-decoder option').allTextContents();
  if (offered.length > 1)
    assert.is(await page.locator('#speech-decoder').inputValue(), DEFAULT_DECODER, 'as the command');
  await page.locator('#speech-decoder').selectOption(decoder);
  await page.getByRole('button', { name: 'Transcribe' }).click();
  await waitForStatus(page, 'speech-status', /^Transcribed by/);
  return (await page.locator('#speech-text').textContent())!;
}

/** Gives the page recognizers that it did not come with. */
async function lend(page: Page, recognizers: Map<Decoder, Parts>): Promise<void> {
  const samples = [{ file: SAMPLE, text: 'The kettle is on, and the bread is almost done.' }];
  await page.route('**/assets.json', (route) =>
    route.fulfill({ json: { recognizers: [...recognizers.keys()], samples } }),
  );
  for (const [decoder, parts] of recognizers)
    for (const part of ['encoder', 'decoder'] as const)
      await page.route(`**/models/asr/${decoder}/${part}.onnx`, (route) =>
        route.fulfill({ body: Buffer.from(parts[part]) }),
      );
}

for (const decoder of decoders) {
  const parts = untrained(decoder);
  testPage(
    test,
    `writes down what Node writes down (${decoder}, random weights)`,
    async (page) => {
      const text = await transcribeInPage(page, decoder);
      assert.ok(text.length > 1);
      assert.is(text, await transcribeHere(parts));
      assert.ok((await page.locator('#speech-text mark.unsure').count()) > 0, 'unsure words are marked');
      assert.match(
        (await page.locator('#speech-status').textContent())!,
        /Only \d+\u00a0% of the words can be expected/,
      );
      assert.match(
        (await page.locator('#speech-note').textContent())!,
        /^Said: The kettle .* error rate \d+\u00a0%/,
      );
      const label = () => page.locator('#speech-text-label').textContent();
      await page.locator('#speech-beam').selectOption('1');
      assert.match((await label())!, /^Transcript by \w+, beam 5, not by what is chosen now$/);
      await page.locator('#speech-beam').selectOption('5');
      assert.is(await label(), 'Transcript');
    },
    { prepare: (page) => lend(page, new Map([[decoder, parts]])) },
  );

  const shipped = await trained(decoder);
  if (shipped)
    testPage(test, `writes down what Node writes down (${decoder})`, async (page) => {
      const text = await transcribeInPage(page, decoder);
      assert.is(text, await transcribeHere(shipped));
      // The words stand over the sound in their order, and every symbol has its row below.
      const heard = (await page.locator('#speech-spectrogram svg').getAttribute('aria-label'))!;
      const words = text.split(/[^a-z#]+/).filter((word) => word !== '');
      assert.equal(heard.match(/[a-z#]+(?= at [\d.]+ s)/g), words);
      const symbols = await page.locator('#speech-alignment svg text').allTextContents();
      assert.ok(symbols.join('').includes(`${text.replaceAll(' ', '␣')}¶`), symbols.join(''));
      assert.ok((await page.locator('#speech-alignment image').count()) === 1);
      await inspect(page, `speech-${decoder}-light-1024`);
      await page.locator('#speech-sample').selectOption({ index: 1 });
      await waitForStatus(page, 'speech-status', /^Ready/);
      assert.not(await page.locator('#speech-listening').isVisible());
    });
}

testPage(
  test,
  'says plainly that there is no recognizer',
  async (page) => {
    await openSection(page, 'Speech');
    await waitForStatus(page, 'speech-status', /came without a trained recognizer/);
    assert.ok(await page.getByRole('button', { name: 'Transcribe' }).isDisabled());
    assert.match((await page.locator('#speech-source').textContent())!, /everyday-01\.wav, 2\.9\u00a0s/);
  },
  { prepare: (page) => lend(page, new Map()) },
);

testPage(test, 'takes a sound file, and names one that it cannot decode', async (page) => {
  await openSection(page, 'Speech');
  await waitForStatus(page, 'speech-status', /./);
  await page.locator('#speech-file').setInputFiles('models/asr-test/wavs/everyday-44.wav');
  await page.locator('#speech-source').filter({ hasText: 'everyday-44.wav, 1.6\u00a0s' }).waitFor();
  const buffer = Buffer.from('no sound');
  await page.locator('#speech-file').setInputFiles({ name: 'a.ogg', mimeType: 'audio/ogg', buffer });
  await waitForStatus(page, 'speech-status', /^a\.ogg: not a sound/);
  assert.is(await page.locator('#speech-spectrogram svg').count(), 0, 'nothing is left of the sound before');
  assert.not(await page.locator('#speech-audio').getAttribute('src'));
  await page.locator('#speech-sample').selectOption({ index: 0 });
  await page.locator('#speech-source').filter({ hasText: 'everyday-01.wav' }).waitFor();
});

const [lstm] = decoders;
testPage(
  test,
  'says that silence is no speech, and that a quiet recording is quiet',
  async (page) => {
    await openSection(page, 'Speech');
    await waitForStatus(page, 'speech-status', /^Ready/);
    const drop = async (name: string, amplitude: number) => {
      const samples = Float32Array.from({ length: 22_050 }, (_, i) => amplitude * Math.sin(i / 8));
      const buffer = Buffer.from(encodeWav({ samples, sampleRate: 22_050 }));
      await page.locator('#speech-file').setInputFiles({ name, mimeType: 'audio/wav', buffer });
      await page.locator('#speech-source').filter({ hasText: name }).waitFor();
    };
    await drop('silence.wav', 0);
    await page.getByRole('button', { name: 'Transcribe' }).click();
    await page.locator('#speech-text').filter({ hasText: 'no speech recognised' }).waitFor();
    await drop('quiet.wav', 0.001);
    assert.match(
      (await page.locator('#speech-source').textContent())!,
      /quiet\.wav, 1\.0\u00a0s; very quiet/,
    );
  },
  { prepare: (page) => lend(page, new Map([[lstm!, untrained(lstm!)]])) },
);

testPage(test, 'cuts a long recording before it is processed, and says so', async (page) => {
  await openSection(page, 'Speech');
  await waitForStatus(page, 'speech-status', /./);
  const samples = Float32Array.from({ length: 25 * 8000 }, (_, i) => 0.3 * Math.sin(i / 8));
  const buffer = Buffer.from(encodeWav({ samples, sampleRate: 8000 }));
  await page.locator('#speech-file').setInputFiles({ name: 'long.wav', mimeType: 'audio/wav', buffer });
  await page
    .locator('#speech-source')
    .filter({ hasText: /^long\.wav, 25\.0\u00a0s, of which the first 20\u00a0s are listened to/ })
    .waitFor();
  const times = await page.locator('#speech-spectrogram text').allTextContents();
  assert.ok(times.includes('18') && !times.includes('22') && !times.includes('24'), times.join());
});

testPage(test, 'records with the microphone', async (page) => {
  await openSection(page, 'Speech');
  await waitForStatus(page, 'speech-status', /./);
  await page.getByRole('button', { name: 'Record' }).click();
  await page.getByRole('button', { name: 'Stop recording' }).waitFor();
  await page.waitForTimeout(700);
  await page.getByRole('button', { name: 'Stop recording' }).click();
  await page
    .locator('#speech-source')
    .filter({ hasText: /^Recording, \d/ })
    .waitFor();
});

testPage(
  test,
  'fits a window of 320 pixels, dark, with a transcript',
  async (page) => {
    await openSection(page, 'Speech');
    await waitForStatus(page, 'speech-status', /^Ready/);
    await page.getByRole('button', { name: 'Transcribe' }).click();
    await page.locator('#speech-alignment image').waitFor();
    await inspect(page, 'speech-dark-320');
    await checkWindows(page, 'speech');
  },
  {
    ...{ colorScheme: 'dark', viewport: { width: 320, height: 800 } },
    prepare: (page) => lend(page, new Map([[lstm!, untrained(lstm!)]])),
  },
);

test.run();
