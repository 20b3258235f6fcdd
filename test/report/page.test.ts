/** The report as browsers show it, from a file, without a server. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reportHtml } from '#hw2/report/report.js';
import { decoders } from '#hw2/speech/model/recognizer.js';
import { executablePath, launchBrowser } from '../web/browser.js';
import { attentionFindings, findings, imageEvaluation, speechEvaluation } from './findings.js';

const test = suite('the report in a browser');
const root = resolve(import.meta.dirname, '../../..');
const record = async (folder: string, variant: string) =>
  JSON.parse(await readFile(join(root, 'models', folder, `${variant}.json`), 'utf8'));
/** As `findImages` reads them, which also judges. */
const imageRecords = Promise.all(
  ['phantom', 'pneumoniamnist', 'octmnist-sample', 'octmnist-sample-finetuned'].map(async (folder) => ({
    folder,
    variants: { maxpool: await record(folder, 'maxpool'), stride: await record(folder, 'stride') },
  })),
);

const PIXELS_PER_POINT = 96 / 72;
/** What a page of A4 has between its margins, in pixels. */
const PAPER = { width: 703, height: 1016 };

if (executablePath) {
  const folder = await mkdtemp(join(tmpdir(), 'hw2-report-'));
  const file = join(folder, 'report.html');
  const recorded = async (path: string) => ({
    file: `models/asr/${path}`,
    ...JSON.parse(await readFile(join(root, 'models/asr', path), 'utf8')),
  });
  const page = reportHtml(
    findings({
      attention: attentionFindings(),
      images: { records: await imageRecords, evaluation: imageEvaluation() },
      speech: {
        records: await Promise.all(
          decoders.map(async (decoder) => {
            const { file, ...record } = await recorded(`${decoder}/curve.json`);
            return { decoder, file, record };
          }),
        ),
        recorded: await recorded('results.json'),
        first: await recorded('first-epochs.json'),
        evaluation: speechEvaluation(),
      },
    }),
  );
  await writeFile(file, page);
  const browser = await launchBrowser();
  test.after(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  const open = async (width: number, colorScheme: 'light' | 'dark' = 'light') => {
    const opened = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const asked: string[] = [];
    const errors: string[] = [];
    opened.on('request', (request) => asked.push(request.url()));
    opened.on('pageerror', (error) => errors.push(error.message));
    await opened.goto(pathToFileURL(file).href);
    return { opened, asked, errors };
  };

  for (const [width, scheme] of [
    [360, 'light'],
    [800, 'dark'],
    [1440, 'light'],
  ] as const)
    test(`${width} pixels, ${scheme}: nothing sticks out, nothing is too small to read, axe finds nothing`, async () => {
      const { opened } = await open(width, scheme);
      await opened.waitForSelector('svg.errors circle');
      const found = await opened.evaluate(() => {
        const sizes = [...document.querySelectorAll<SVGTextElement>('svg text')].flatMap((text) => {
          const svg = text.ownerSVGElement!;
          const shown = svg.getBoundingClientRect().width;
          const size = Number.parseFloat(getComputedStyle(text).fontSize);
          return shown > 0 && text.textContent ? [(size * shown) / svg.viewBox.baseVal.width] : [];
        });
        const words = [
          ...document.querySelectorAll(
            'p, li, td, th, figcaption, caption, pre, summary, button, dd, .sample, mi, mn, mo',
          ),
        ];
        sizes.push(...words.map((one) => Number.parseFloat(getComputedStyle(one).fontSize)));
        const out = [...document.querySelectorAll('svg text')].filter((text) => {
          const box = text.getBoundingClientRect();
          return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
        });
        const tables = [...document.querySelectorAll('.table')];
        const cut = tables.filter((table) => table.scrollWidth > table.clientWidth + 1);
        return {
          cut: cut.map((table) => table.querySelector('caption')?.textContent),
          width: document.documentElement.scrollWidth,
          smallest: Math.min(...sizes),
          out: out.map(({ textContent }) => textContent),
        };
      });
      assert.ok(found.width <= width, `${found.width} wide`);
      assert.ok(found.smallest >= 10.9, `a text of ${found.smallest} pixels`);
      assert.equal(found.out, []);
      if (width >= 800) assert.equal(found.cut, []);
      const complaints = (options: object) =>
        opened.evaluate(
          `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 150)).join(' | ')))`,
        );
      await opened.evaluate(axe.source);
      assert.equal(await complaints({}), []);
      // The other scheme has the same elements in other colours.
      await opened.emulateMedia({ colorScheme: scheme === 'light' ? 'dark' : 'light' });
      assert.equal(await complaints({ runOnly: ['color-contrast'] }), []);
      await opened.close();
    });

  test('sliders change the matrices, answers are checked, and nothing is asked of anyone', async () => {
    const { opened, asked, errors } = await open(800);
    await opened.waitForFunction(() =>
      document.querySelector('.distance')!.textContent!.includes('features'),
    );
    const placeOf = (shape: string, name: string) =>
      opened.locator(`svg.weights ${shape}`).last().getAttribute(name);
    const distanceOtherThan = async (text: string | null) => {
      await opened.waitForFunction((old) => document.querySelector('.distance')!.textContent !== old, text);
      return await opened.textContent('.distance');
    };
    const [marked, curve] = [await placeOf('circle', 'cx'), await placeOf('path', 'd')];
    const first = await opened.textContent('.distance');
    await opened.locator('input[name=t]').fill('-2');
    assert.ok(Number(await placeOf('circle', 'cx')) < Number(marked));
    assert.is(await placeOf('path', 'd'), curve);
    await opened.locator('input[name=K]').fill('3');
    const before = await distanceOtherThan(first);
    assert.is.not(await placeOf('path', 'd'), curve);
    await opened.locator('input[name=sigma]').fill('2.5');
    const after = await distanceOtherThan(before);
    const share = (text: string | null) => Number.parseFloat(text!);
    assert.ok(share(after) > share(before), 'larger scores, more distance');
    for (const [number, given, judged] of [
      [1, '19', 'Not yet.'],
      [1, '20', 'Right.'],
      [2, '2,5', 'Right.'],
      [3, '139,425', 'Right.'],
      [3, '139.425', 'Not yet.'],
    ] as const) {
      const exercise = opened.locator('.exercise').nth(number);
      await exercise.locator('input').fill(given);
      await exercise.locator('button').first().click();
      assert.is(await exercise.locator('output').textContent(), judged);
    }
    assert.equal(
      asked.filter((url) => !url.startsWith('data:')),
      [pathToFileURL(file).href],
    );
    assert.equal(errors, []);
    await opened.close();
  });

  test('on paper: solutions unfolded, nothing sticks out, letters of seven and a half points and more, pages that are full', async () => {
    const { opened } = await open(PAPER.width);
    await opened.emulateMedia({ media: 'print' });
    const found = await opened.evaluate(() => {
      const texts = [...document.querySelectorAll<SVGTextElement>('svg text')].flatMap((text) => {
        const svg = text.ownerSVGElement!;
        const { width } = svg.getBoundingClientRect();
        const size = Number.parseFloat(getComputedStyle(text).fontSize);
        return width > 0 && text.textContent ? [(size * width) / svg.viewBox.baseVal.width] : [];
      });
      const scripts = [...document.querySelectorAll('mi, mn, mo')];
      texts.push(...scripts.map((script) => Number.parseFloat(getComputedStyle(script).fontSize)));
      const solutions = [...document.querySelectorAll('.exercise details p')];
      return {
        width: document.documentElement.scrollWidth,
        height: document.documentElement.scrollHeight,
        smallest: Math.min(...texts),
        hidden: solutions.filter((solution) => !solution.checkVisibility()).length,
        solutions: solutions.length,
      };
    });
    assert.ok(found.width <= PAPER.width, `${found.width} wide`);
    assert.ok(found.smallest >= PIXELS_PER_POINT * 7.5, `a text of ${found.smallest} pixels`);
    assert.equal([found.solutions, found.hidden], [4, 0]);
    const pdf = await opened.pdf({ preferCSSPageSize: true, format: 'A4' });
    const pages = pdf.toString('latin1').match(/\/Type *\/Page\b/g)!.length;
    const full = found.height / PAPER.height;
    assert.ok(pages < 1.15 * full, `${pages} pages hold what fills ${full}`);
    await opened.close();
  });
}

test.run();
