import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PIXELS } from '#hw2/data/image-set.js';
import { phantomImages } from '#hw2/data/phantom/phantom.js';
import { openClassifier, shippedModel } from '#hw2/vision/models.js';
import { variants } from '#hw2/vision/network.js';
import { centreCrop } from '#hw2/vision/picture.js';
import { readPicture } from '#hw2/vision/picture-file.js';
import { closeBrowser, inspect, openSection, testPage, waitForStatus } from './browser.js';

const test = suite('images');
test.after(closeBrowser);

/** What the page's bars say: max-pooling, then strides. */
function probabilitiesShown(page: Page): Promise<number[]> {
  return page
    .locator('#images-results meter')
    .evaluateAll((bars) => bars.map((bar) => (bar as HTMLMeterElement).value));
}

async function probabilitiesHere(weights: string, image: Uint8Array): Promise<number[]> {
  const probabilities: number[] = [];
  for (const variant of variants) {
    const classifier = await openClassifier(shippedModel(weights, variant));
    const set = { images: image, labels: new Uint8Array(1), classes: classifier.classes };
    probabilities.push(...(await classifier.logProbabilities(set)).map(Math.exp));
    await classifier.release();
  }
  return probabilities;
}

function assertClose(shown: number[], expected: number[]): void {
  assert.is(shown.length, expected.length);
  shown.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 1e-5, `${value}, in Node ${expected[i]}`);
  });
}

testPage(test, 'a synthetic section gets the probabilities that it gets in Node', async (page) => {
  await openSection(page, 'Images');
  await waitForStatus(page, 'images-status', /choroidal/);
  await page.getByRole('button', { name: 'Synthetic section 7' }).click();
  await waitForStatus(page, 'images-status', /drawn as: drusen/);
  const image = phantomImages(7, 2, 1).images.subarray(6 * PIXELS);
  assertClose(await probabilitiesShown(page), await probabilitiesHere('phantom', image));
});

testPage(test, 'a chosen file is read as hw2 classify reads it', async (page) => {
  const [width, height] = [90, 60];
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * i) % 251);
  const path = join(await mkdtemp(join(tmpdir(), 'hw2-')), 'scan.png');
  await writeFile(path, encode({ width, height, data, channels: 3, depth: 8 }));
  await openSection(page, 'Images');
  await waitForStatus(page, 'images-status', /choroidal/);
  await page.locator('#images-file').setInputFiles(path);
  await waitForStatus(page, 'images-status', /^(?!.*drawn)(Both networks say|The network)/);
  const expected = await probabilitiesHere('octmnist-sample-finetuned', centreCrop(await readPicture(path)));
  assertClose(await probabilitiesShown(page), expected);

  await page
    .locator('#images-file')
    .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.of(1) });
  await waitForStatus(page, 'images-status', /^a\.png: not an image/);
});

for (const [colorScheme, width] of [
  ['light', 320],
  ['dark', 1024],
] as const)
  testPage(
    test,
    `fits a window of ${width} pixels, ${colorScheme}`,
    async (page) => {
      await openSection(page, 'Images');
      await waitForStatus(page, 'images-status', /choroidal/);
      await inspect(page, `images-${colorScheme}-${width}`);
    },
    { colorScheme, viewport: { width, height: 800 } },
  );

test.run();
