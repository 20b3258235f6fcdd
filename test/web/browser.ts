/** A real browser on the built page. */
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { decode, encode } from 'fast-png';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeWhole } from '#hw2/data/write.js';
import { startServer, type WebServer } from './server.js';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const { HW2_CHROMIUM } = process.env;
/** Where Chromium lies, if there is one. */
export const executablePath = (HW2_CHROMIUM ? [HW2_CHROMIUM] : PATHS).find(existsSync);
if (!executablePath)
  console.log(
    'skipped: all tests in a browser; none is here (apt-get install chromium, or set HW2_CHROMIUM)',
  );

/** Milliseconds that anything may take on a machine that is busy with something else. */
const TIMEOUT = 120_000;

// What Chromium does on its own behalf is none of the page's business.
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
  // A microphone that beeps, and may be used.
  ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
];

let running: Promise<{ browser: Browser; server: WebServer }> | undefined;

export const launchBrowser = () => chromium.launch({ executablePath: executablePath!, args: FLAGS });

async function start() {
  return { server: await startServer(), browser: await launchBrowser() };
}

export interface BrowserTest extends BrowserContextOptions {
  /** Another host than `hw2 web`. */
  url?: () => string;
  /** The section and settings that its address names. */
  address?: string;
  /** What happens before the page is opened. */
  prepare?: (page: Page) => Promise<void>;
  /** Complaints that the test itself brings about. */
  expected?: RegExp;
}

/**
 * Registers a test that gets the open page, in a fresh context. It fails on any error that the browser reports, on any
 * request that fails, and on any to another origin. Where there is no browser, there is no test.
 */
export function testPage(
  test: Test,
  name: string,
  body: (page: Page) => Promise<void>,
  { url, address = '', prepare, expected, ...options }: BrowserTest = {},
): void {
  if (!executablePath) return;
  test(name, async () => {
    running ??= start();
    const { browser, server } = await running;
    const home = url?.() ?? server.url;
    const context = await browser.newContext({ viewport: { width: 1024, height: 800 }, ...options });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(TIMEOUT);
      const complaints = watch(page, new URL(home).origin);
      await prepare?.(page);
      await page.goto(`${home}${address}`);
      await body(page);
      assert.equal(
        complaints.filter((complaint) => !expected?.test(complaint)),
        [],
      );
    } finally {
      await context.close();
    }
  });
}

/** To be called after the tests of a file. */
export async function closeBrowser(): Promise<void> {
  if (!running) return;
  const { browser, server } = await running;
  running = undefined;
  await browser.close();
  await server.interrupt();
}

/** What goes wrong from here on. */
function watch(page: Page, origin: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // Nothing is lost where a page is left while its icon is on the way, or a player, whose sounds have such addresses, gets another.
    const isLeft = reason === 'net::ERR_ABORTED' && /^blob:|\/icon\.svg$/.test(request.url());
    if (!isLeft) complaints.push(`${request.url()}: ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`);
  });
  page.on('request', (request) => {
    const { origin: asked, protocol } = new URL(request.url());
    if (asked !== origin && protocol !== 'blob:') complaints.push(`asks ${asked}`);
  });
  return complaints;
}

/** Opens a section by its tab. */
export async function openSection(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name }).click();
}

/** Waits until a status line says what is expected. */
export async function waitForStatus(page: Page, id: string, text: RegExp): Promise<string> {
  const status = page.locator(`#${id}`);
  await status.filter({ hasText: text }).waitFor();
  return (await status.textContent())!;
}

/** Pixels of a page that are worth a picture. */
const PICTURE_HEIGHT = 1100;
/** No text of the page is smaller, in windows that are as wide as the charts for telephones are made for. */
const LEGIBLE = 11;
const NARROWEST = 360;

/** Fails where the page is wider than the window, has a text that is cut off or too small, stops the keyboard where nothing is, or axe finds it hard to use for some. */
async function check(page: Page, name: string): Promise<void> {
  const { width } = page.viewportSize()!;
  const { scrollWidth, small, cut, empty } = await page.evaluate(
    (legible) => {
      const isShown = (element: Element) => element.getClientRects().length > 0;
      const texts = [...document.querySelectorAll('body *')].filter(
        (element) =>
          isShown(element) &&
          [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim()),
      );
      const sizeOf = (element: Element) => {
        const svg = element instanceof SVGElement ? element.ownerSVGElement : null;
        const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
        return scale * Number.parseFloat(getComputedStyle(element).fontSize);
      };
      const inside = (element: Element) => element.closest('.scroll, [role=tablist]') !== null;
      const said = (elements: Element[]) =>
        elements.map(({ textContent }) => textContent!.trim().slice(0, 40));
      return {
        scrollWidth: document.documentElement.scrollWidth,
        empty: [...document.querySelectorAll('[tabindex="0"]')]
          .filter((element) => isShown(element) && element.getBoundingClientRect().height === 0)
          .map((element) => element.ariaLabel),
        small: said(texts.filter((element) => sizeOf(element) < legible - 0.1)),
        cut: said(
          texts.filter((element) => {
            const { left, right } = element.getBoundingClientRect();
            return !inside(element) && (right > innerWidth + 1 || left < -1);
          }),
        ),
      };
    },
    width < NARROWEST ? 0 : LEGIBLE,
  );
  assert.ok(scrollWidth <= width, `${name}: ${scrollWidth} pixels in a window of ${width}`);
  assert.equal({ small, cut, empty }, { small: [], cut: [], empty: [] }, `${name}, ${width} pixels`);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const found = violations.map(({ help, nodes }) => `${help}: ${nodes.map((node) => node.html).join(' ')}`);
  assert.equal(found, [], `${name}, ${width} pixels`);
}

/** A telephone in both colour schemes, a tablet and a desk in one. */
const WINDOWS = [
  { width: 360, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
  { width: 800, colorScheme: 'dark' },
  { width: 1440, colorScheme: 'light' },
] as const;

/**
 * Gives the window another size, and waits until the page has heard of it: browsers tell pages with the next frame they draw, which on
 * a busy machine is later than the next command.
 */
async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.waitForFunction((width) => innerWidth === width, size.width);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
}

/** Checks what the page shows now in windows of every size; at the end of a test, for the colour scheme is then the default. */
export async function checkWindows(page: Page, name: string): Promise<void> {
  const before = page.viewportSize()!;
  for (const { width, colorScheme } of WINDOWS) {
    await page.emulateMedia({ colorScheme });
    await resize(page, { width, height: before.height });
    await check(page, `${name}, ${colorScheme}`);
  }
  await resize(page, before);
}

/** Fails as `check` does; with HW2_SCREENSHOTS=1 writes docs/screenshots/NAME.png. */
export async function inspect(page: Page, name: string): Promise<void> {
  await check(page, name);
  if (process.env.HW2_SCREENSHOTS !== '1') return;
  const { width } = page.viewportSize()!;
  const scrollHeight = await page.evaluate(() => document.documentElement.scrollHeight);
  const clip = { x: 0, y: 0, width, height: Math.min(scrollHeight, PICTURE_HEIGHT) };
  const picture = decode(await page.screenshot({ fullPage: true, clip }));
  // Chromium compresses in haste.
  await writeWhole(`docs/screenshots/${name}.png`, encode(picture, { zlib: { level: 9 } }));
}
