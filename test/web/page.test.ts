import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { closeBrowser, openSection, testPage, waitForStatus } from './browser.js';

const test = suite('the page as an application');
test.after(closeBrowser);

async function settled(page: Page): Promise<void> {
  await page.locator('#explorer-results[aria-busy=false]').waitFor();
}

/** Waits until settings are shown: Back is told to the page after the browser has gone. */
async function waitForSettings(page: Page, order: RegExp, isCausal: boolean): Promise<void> {
  await waitForStatus(page, 'explorer-order-value', order);
  await page.locator(`#explorer-form [name=causal]${isCausal ? ':checked' : ':not(:checked)'}`).waitFor();
}

testPage(test, 'settings are in the address: Back, reload and a shared link restore them', async (page) => {
  await settled(page);
  await page.locator('#explorer-order').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('#explorer-form [name=causal]').check();
  await page.waitForURL(/#attention\?order=3&causal=on$/);
  await settled(page);
  await openSection(page, 'Images');
  await page.getByRole('button', { name: 'Synthetic section 7' }).click();
  await page.waitForURL(/#images\?section=7$/);
  await waitForStatus(page, 'images-status', /drawn as: drusen/);
  await page.waitForLoadState('networkidle');
  await page.reload();
  await waitForStatus(page, 'images-status', /drawn as: drusen/);

  await page.goBack();
  await waitForStatus(page, 'images-status', /drawn as: choroidal/);
  await page.goBack();
  await waitForSettings(page, /^3$/, true);
  await page.goBack();
  await waitForSettings(page, /^3$/, false);
  await page.goBack();
  await waitForSettings(page, /^2$/, false);

  await settled(page);
  await page.waitForLoadState('networkidle');
  const { origin, pathname } = new URL(page.url());
  await page.goto('about:blank');
  await page.goto(`${origin}${pathname}#benchmark?D=32&longest=512&tier=simd&threads=999`);
  await page.locator('#benchmark-run:enabled').waitFor();
  assert.is(await page.locator('#benchmark-D').inputValue(), '32');
  assert.not(await page.locator('#benchmark-tiers [value=relaxed]').isChecked());
  assert.not.equal(await page.locator('#benchmark-threads').inputValue(), '999');
});

/** A file as a user drops it on an element. */
async function drop(
  page: Page,
  selector: string,
  name: string,
  type: string,
  bytes: number[],
): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name, type, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name, { type }));
      return data;
    },
    { name, type, bytes },
  );
  for (const event of ['dragover', 'drop'])
    await page.locator(selector).dispatchEvent(event, { dataTransfer: transfer });
}

testPage(test, 'a file may be dropped anywhere; one that is refused takes the verdict away', async (page) => {
  await settled(page);
  await drop(page, 'h1', 'a.txt', 'text/plain', [1, 2, 3]);
  await page.getByText('a.txt: this page takes pictures').waitFor();
  // Attention takes no file: the section for pictures does.
  await drop(page, 'h1', 'a.png', 'image/png', [1, 2, 3]);
  await waitForStatus(page, 'images-status', /^a\.png: expected a PNG or JPEG/);
  await page.waitForURL(/#images/);
  await page.locator('#images-samples button').first().click();
  await waitForStatus(page, 'images-status', /drawn as/);
  await drop(page, 'h1', 'a.png', 'image/png', [1, 2, 3]);
  await waitForStatus(page, 'images-status', /^a\.png: expected a PNG or JPEG/);
  assert.is(await page.locator('#images-results meter').count(), 0);
});

testPage(
  test,
  'matrices answer taps, and stand above the sliders on a telephone',
  async (page) => {
    await settled(page);
    await page.locator('#map-exact').tap();
    // Touches are passed on to a page that cannot forbid to scroll without waiting for it.
    await waitForStatus(page, 'map-readout', /exact .*, linear /);
    const top = async (id: string) => (await page.locator(id).boundingBox())!.y;
    assert.ok((await top('#maps')) < (await top('#explorer-L')));
    assert.ok((await top('#map-readout')) < (await top('#explorer-L')), 'what a tap says is seen');
    assert.ok((await top('#explorer-L')) < (await top('#number-exact-time')));
  },
  { hasTouch: true, viewport: { width: 360, height: 740 } },
);

testPage(test, 'what takes long shows that it works, and can be cancelled', async (page) => {
  await settled(page);
  for (const id of ['explorer-L', 'explorer-order']) {
    await page.locator(`#${id}`).focus();
    await page.keyboard.press('End');
  }
  await page.getByRole('button', { name: 'Cancel' }).click();
  await waitForStatus(page, 'explorer-status', /^Cancelled: the figures below are not of these/);
  assert.not(await page.locator('#explorer-working').isVisible());
  await page.locator('#explorer-status').getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await waitForStatus(page, 'explorer-status', /^Cancelled/);
  await page.locator('#explorer-L').focus();
  await page.keyboard.press('Home');
  await waitForStatus(page, 'explorer-status', /^Order 4 /);
});

testPage(
  test,
  'a section that failed to load can be tried again',
  async (page) => {
    let isDown = true;
    await page.route(/\/js\/images-[A-Z\d]{8}\.js$/, (route) => (isDown ? route.abort() : route.continue()));
    await settled(page);
    await openSection(page, 'Images');
    const failure = page.locator('#images .failure');
    await failure.filter({ hasText: 'This section cannot be loaded' }).waitFor();
    isDown = false;
    await failure.getByRole('button', { name: 'Try again' }).click();
    await waitForStatus(page, 'images-status', /drawn as/);
    assert.is(await failure.count(), 0);
  },
  { expected: /images-[A-Z\d]{8}\.js: net::ERR_FAILED|^Failed to load resource/ },
);

testPage(
  test,
  'a worker that could not be loaded is asked for again, as is a sound',
  async (page) => {
    await waitForStatus(page, 'explorer-status', /^explorer-worker\.js cannot be loaded/);
    assert.not(await page.locator('#map-note').isVisible());
    await page.unroute('**/explorer-worker*.js');
    await page.getByRole('button', { name: 'Try again' }).click();
    await settled(page);
    await page.locator('#number-exact-time').filter({ hasText: /s$/ }).waitFor();
    await openSection(page, 'Speech');
    await waitForStatus(page, 'speech-status', /everyday-01\.wav cannot be loaded/);
    await page.unroute('**/*.wav');
    await page.getByRole('button', { name: 'Try again' }).click();
    await waitForStatus(page, 'speech-status', /^Ready/);
  },
  {
    prepare: async (page) => {
      for (const files of ['**/explorer-worker*.js', '**/*.wav'])
        await page.route(files, (route) => route.abort());
    },
    expected: /(worker.*\.js|\.wav): net::ERR_(FAILED|ABORTED)|^Failed to load resource/,
  },
);

const LACKING: Record<string, () => void> = {
  WebAssembly: () => Reflect.deleteProperty(globalThis, 'WebAssembly'),
  'its SIMD': () => {
    WebAssembly.validate = () => false;
  },
};
for (const [what, lack] of Object.entries(LACKING))
  testPage(
    test,
    `without ${what} one sentence says so, and nothing seems to compute`,
    async (page) => {
      await waitForStatus(
        page,
        'here',
        /^This browser has no WebAssembly SIMD: nothing of this page can run here\.$/,
      );
      assert.not(await page.locator('main').getByText('Computing').isVisible());
    },
    {
      prepare: async (page) => {
        await page.addInitScript(lack);
      },
    },
  );

test.run();
