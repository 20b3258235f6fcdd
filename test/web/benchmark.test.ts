import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkWindows, closeBrowser, inspect, openSection, testPage, waitForStatus } from './browser.js';

const test = suite('the benchmark');
test.after(closeBrowser);

testPage(
  test,
  'measures every tier against ONNX Runtime Web, draws it and copies it as Markdown',
  async (page) => {
    await openSection(page, 'Benchmark');
    await page.locator('#benchmark-run:enabled').waitFor();
    for (const tier of await page.locator('#benchmark-tiers input').all()) await tier.check();
    await page.locator('[name=peers]').check();
    await page.locator('#benchmark-longest').selectOption('512');
    await page.getByRole('button', { name: 'Run' }).click();
    await waitForStatus(
      page,
      'benchmark-status',
      /^At L\u00a0=\u00a0512 exact attention computed [\d.]+ billion/,
    );
    await inspect(page, 'benchmark-light-1024');
    await checkWindows(page, 'benchmark');

    assert.is(await page.locator('#benchmark-chart svg').count(), 1);
    const contenders = await page.locator('#benchmark-table tbody th').allTextContents();
    for (const name of ['hw2 exact, relaxed', 'hw2 taylor, simd', 'ort-web MultiHeadAttention'])
      assert.is(contenders.filter((contender) => contender === name).length, 2, name);
    await page.getByRole('button', { name: 'Copy' }).click();
    await waitForStatus(page, 'benchmark-status', /^Copied/);
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /^Mozilla.*\n\n\| \| L \| D \|/);
    assert.is(copied.split('\n').filter((line) => line.startsWith('| ort-web MultiHeadAttention')).length, 2);
  },
  { permissions: ['clipboard-read', 'clipboard-write'] },
);

testPage(
  test,
  'stops when it is told, and fits a window of 320 pixels, dark',
  async (page) => {
    await openSection(page, 'Benchmark');
    await page.getByRole('button', { name: 'Run' }).click();
    await waitForStatus(page, 'benchmark-status', /^Measuring L\u00a0=\u00a0512/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await waitForStatus(page, 'benchmark-status', /^Stopped/);
    assert.ok(await page.getByRole('button', { name: 'Run' }).isEnabled());
    await inspect(page, 'benchmark-dark-320');
  },
  { colorScheme: 'dark', viewport: { width: 320, height: 800 } },
);

test.run();
