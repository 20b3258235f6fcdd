import { encode } from 'fast-png';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PIXELS } from '#hw2/data/image-set.js';
import { phantomImages } from '#hw2/data/phantom/phantom.js';
import { formatChance, unbroken } from '#hw2/format/numbers.js';
import { decodePicture } from '#hw2/vision/decode-picture.js';
import { disc } from '#hw2/vision/drawings.js';
import { judgePictures } from '#hw2/vision/judge.js';
import { openClassifier, shippedModel } from '#hw2/vision/models.js';
import { IMAGE_SIDE, variants } from '#hw2/vision/network.js';
import { centreCrop } from '#hw2/vision/picture.js';
import { adobe, exif, type FlatComponent, JFIF, writeFlatJpeg } from '../vision/jpeg-writer.js';
import { writePng } from '../vision/png-writer.js';
import { checkWindows, closeBrowser, inspect, openSection, testPage, waitForStatus } from './browser.js';

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
    const [judgement] = await judgePictures(classifier, image);
    assert.not(judgement!.isRefused);
    probabilities.push(...judgement!.probabilities);
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

/** The chances that the page shows, as text. */
const chancesShown = (page: Page) => page.locator('#images-results li span:nth-of-type(2)').allTextContents();

testPage(test, 'every section gets the chances that hw2 classify prints, to the last digit', async (page) => {
  await openSection(page, 'Images');
  await waitForStatus(page, 'images-status', /choroidal/);
  const { images } = phantomImages(12, 2, 1);
  for (let i = 0; i < 12; i++) {
    await page.getByRole('button', { name: `Synthetic section ${i + 1}`, exact: true }).click();
    await page.locator('#images-results[aria-busy=false]').waitFor();
    const image = images.subarray(i * PIXELS, (i + 1) * PIXELS);
    const expected = (await probabilitiesHere('phantom', image)).map(formatChance).map(unbroken);
    assert.equal(await chancesShown(page), expected, `section ${i + 1}`);
  }
});

testPage(test, 'a synthetic section gets the probabilities that it gets in Node', async (page) => {
  await openSection(page, 'Images');
  await waitForStatus(page, 'images-status', /choroidal/);
  await page.getByRole('button', { name: 'Synthetic section 7' }).click();
  await waitForStatus(page, 'images-status', /drawn as: drusen/);
  const image = phantomImages(7, 2, 1).images.subarray(6 * PIXELS);
  assertClose(await probabilitiesShown(page), await probabilitiesHere('phantom', image));
});

testPage(test, 'of two pictures chosen one after the other, only the last is told of', async (page) => {
  await openSection(page, 'Images');
  await waitForStatus(page, 'images-status', /choroidal/);
  const said = await page.evaluate(() => {
    const [status, results] = ['images-status', 'images-results'].map((id) => document.getElementById(id)!);
    const told = new Promise<string>((resolve) => {
      const look = () => results!.ariaBusy === 'false' && resolve(status!.textContent!);
      new MutationObserver(look).observe(results!, { attributeFilter: ['aria-busy'] });
    });
    const buttons = document.querySelectorAll<HTMLElement>('#images-samples button');
    for (const section of [1, 6]) buttons[section]!.click();
    return told;
  });
  assert.match(said, /drawn as: drusen/);
});

const png = (name: string, data: Uint8Array) => ({
  ...{ name, mimeType: 'image/png' },
  buffer: Buffer.from(encode({ width: IMAGE_SIDE, height: IMAGE_SIDE, data, channels: 1, depth: 8 })),
});

testPage(test, 'a chosen file is told as hw2 classify tells it; what fails takes it away', async (page) => {
  await openSection(page, 'Images');
  await waitForStatus(page, 'images-status', /choroidal/);
  const image = phantomImages(3, 2, 1).images.subarray(2 * PIXELS);
  await page.locator('#images-file').setInputFiles(png('scan.png', image));
  await waitForStatus(page, 'images-status', /^(?!.*drawn)(Both networks say|The network)/);
  assertClose(await probabilitiesShown(page), await probabilitiesHere('octmnist-sample-finetuned', image));
  assert.match((await page.locator('#images-results').textContent())!, /of 91 images of octmnist-sample/);

  await page
    .locator('#images-file')
    .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.of(1) });
  await waitForStatus(page, 'images-status', /^a\.png: expected a PNG or JPEG/);
  assert.is((await probabilitiesShown(page)).length, 0);
  assert.not(await page.locator('#images-input').isVisible(), 'no network saw it');
});

testPage(
  test,
  'networks that could not be loaded are asked for again',
  async (page) => {
    await openSection(page, 'Images');
    await waitForStatus(page, 'images-status', /choroidal/);
    await page.route('**/models/**', (route) => route.abort());
    await page.locator('#images-weights').selectOption('octmnist-sample-finetuned');
    await waitForStatus(page, 'images-status', /^models\/.*\.onnx cannot be loaded/);
    assert.is((await probabilitiesShown(page)).length, 0);
    await page.unroute('**/models/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await waitForStatus(page, 'images-status', /drawn as/);
  },
  { expected: /\.onnx: net::ERR_FAILED|^Failed to load resource/ },
);

testPage(test, 'a disc is refused, and no class is told', async (page) => {
  await openSection(page, 'Images');
  await waitForStatus(page, 'images-status', /choroidal/);
  await page.locator('#images-file').setInputFiles(png('disc.png', disc(76, 255)));
  await waitForStatus(page, 'images-status', /^Refused: this picture is unlike/);
  assert.is((await probabilitiesShown(page)).length, 0);
});

/** Grey values as Chromium decodes a file, another implementation than ours: [width, height, grey…]. */
function decodedByBrowser(page: Page, bytes: Uint8Array, type: string): Promise<number[]> {
  return page.evaluate(
    async ([base64, mime]) => {
      const blob = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], {
        type: mime,
      });
      const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none' });
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      const grey = Array.from(
        { length: data.length / 4 },
        (_, i) => 0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!,
      );
      return [bitmap.width, bitmap.height, ...grey];
    },
    [Buffer.from(bytes).toString('base64'), type] as const,
  );
}

/** One of each kind that page and command once saw differently. */
const [width, height] = [30, 34];
const values = (count: number, most: number) =>
  Array.from({ length: count }, (_, i) => (i * i + (i >> 4)) % (most + 1));
const flat = (id: number, factor: number, density = 1) => ({
  ...{ id, horizontal: density, vertical: density },
  level: (x: number, y: number) => 60 + ((factor * (x + 2 * y)) % 130),
});
const jpeg = (components: FlatComponent[], ...applications: Uint8Array[]) =>
  writeFlatJpeg({ width, height, components, applications });
const yCbCr = [flat(1, 31, 2), flat(2, 17), flat(3, 23)];
const kinds: Record<string, { bytes: Uint8Array; isOpaque?: boolean }> = {
  'palette.png': {
    bytes: writePng({
      ...{ width, height, depth: 4, colourType: 3, values: values(width * height, 15) },
      palette: values(48, 255),
      isInterlaced: true,
    }),
  },
  'deep.png': {
    bytes: writePng({ width, height, depth: 16, colourType: 2, values: values(3 * width * height, 65_535) }),
  },
  'transparent.png': {
    bytes: writePng({ width, height, depth: 8, colourType: 6, values: values(4 * width * height, 255) }),
    isOpaque: false,
  },
  'turned.jpg': { bytes: jpeg(yCbCr, JFIF, exif(6)) },
  'rgb.jpg': { bytes: jpeg([flat(1, 31), flat(2, 17), flat(3, 23)], adobe(0)) },
  'cmyk.jpg': {
    bytes: jpeg(
      [1, 2, 3, 4].map((id) => flat(id, 10 * id + 3)),
      adobe(0),
    ),
  },
};

testPage(test, 'page and command see the same bytes, and what Chromium decodes', async (page) => {
  await openSection(page, 'Images');
  await waitForStatus(page, 'images-status', /choroidal/);
  for (const [name, { bytes, isOpaque = true }] of Object.entries(kinds)) {
    const mimeType = name.endsWith('.png') ? 'image/png' : 'image/jpeg';
    await page.locator('#images-file').setInputFiles({ name, mimeType, buffer: Buffer.from(bytes) });
    const picture = decodePicture(bytes, name);
    const expected = [...centreCrop(picture)];
    await page.waitForFunction((grey) => {
      const canvas = document.getElementById('images-input') as HTMLCanvasElement;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return grey.every((value, i) => data[4 * i] === value);
    }, expected);
    if (!isOpaque) continue;
    const [across, down, ...grey] = await decodedByBrowser(page, bytes, mimeType);
    assert.equal([across, down], [picture.width, picture.height], name);
    const distances = grey.map((value, i) => Math.abs(value - picture.grey[i]!)).sort((a, b) => a - b);
    // Chromium smooths chroma that is sampled less densely, at the borders of blocks.
    assert.ok(
      distances[Math.floor(0.7 * grey.length)]! < 2.5,
      `${name}: ${distances[Math.floor(0.7 * grey.length)]}`,
    );
  }
});

testPage(
  test,
  'fits windows of all sizes, with a verdict and with a refusal',
  async (page) => {
    await openSection(page, 'Images');
    await waitForStatus(page, 'images-status', /choroidal/);
    await inspect(page, 'images-light-320');
    await checkWindows(page, 'a verdict');
    await page.locator('#images-file').setInputFiles(png('disc.png', disc(76, 255)));
    await waitForStatus(page, 'images-status', /^Refused/);
    await checkWindows(page, 'a refusal');
  },
  { viewport: { width: 320, height: 800 } },
);

test.run();
