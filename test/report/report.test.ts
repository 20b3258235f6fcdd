import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseHTML } from 'linkedom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { referenceRow } from '#engine/attention/reference.js';
import { findImages } from '#hw2/report/findings/images.js';
import { html } from '#hw2/report/page/html.js';
import { reportHtml } from '#hw2/report/report.js';
import { exampleMatrices } from '#hw2/report/sections/by-hand.js';
import { attentionFindings, findings, imageEvaluation, speechEvaluation } from './findings.js';

const root = resolve(import.meta.dirname, '../../..');
const { records } = await findImages(() => {});
const speechCurve = [1, 2].map((epoch) => ({
  ...{ trainingLoss: 2 / epoch, loss: 2.1 / epoch, jaccard: 0.6, cosine: 0.7, edit: 0.5 },
  ...{ characterErrorRate: 0.5, wordErrorRate: 0.9 },
}));
const whole = reportHtml(
  findings({
    attention: attentionFindings(),
    images: { records, evaluation: imageEvaluation() },
    speech: {
      records: (['lstm', 'attention'] as const).map((decoder) => ({
        decoder,
        file: `${decoder}/curve.json`,
        record: {
          data: 'clips',
          options: { decoder, learningRate: 1e-3, epochs: 2, seed: 1 },
          curve: speechCurve,
        },
      })),
      recorded: {
        file: 'models/asr/results.json',
        ...JSON.parse(await readFile(join(root, 'models/asr/results.json'), 'utf8')),
      },
      first: {
        file: 'models/asr/first-epochs.json',
        ...JSON.parse(await readFile(join(root, 'models/asr/first-epochs.json'), 'utf8')),
      },
      evaluation: speechEvaluation(),
    },
  }),
);

/** Elements without an end tag. */
const VOID = new Set(['meta', 'link', 'br', 'hr', 'img', 'input', 'col', '!doctype']);

/** Throws where tags do not nest. */
function checkNesting(text: string): void {
  const open: string[] = [];
  for (const [tag, end, name] of text.matchAll(/<(\/?)([a-zA-Z!][\w-]*)[^>]*>/g)) {
    if (VOID.has(name!.toLowerCase()) || tag.endsWith('/>')) continue;
    if (!end) open.push(name!);
    else assert.is(open.pop(), name, `before ${text.slice(0, text.indexOf(tag)).slice(-80)}`);
  }
  assert.equal(open, []);
}

test('tags nest', () => {
  checkNesting(whole.replace(/<style>.*?<\/style>|<script.*?<\/script>/gs, ''));
});

test('every question has its section, and the contents lead there', () => {
  const { document } = parseHTML(whole);
  const numbers = [...document.querySelectorAll('main .number')].map(({ textContent }) => textContent);
  assert.equal(numbers, [
    ...['1', '1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '1.7', '1.8', '1.9'],
    ...['2', '2.1', '2.2', '2.3', '3', '3.1', '3.2', '3.3', '3.4', '3.5'],
  ]);
  const links = [...document.querySelectorAll('nav a')];
  assert.is(links.length, numbers.length);
  for (const link of links) assert.ok(document.querySelector(link.getAttribute('href')!), link.textContent!);
});

test('the page asks for nothing from elsewhere', () => {
  const { document } = parseHTML(whole);
  for (const element of document.querySelectorAll('[src], [href], [data], [srcset], [action]'))
    for (const name of ['src', 'href', 'data', 'srcset', 'action']) {
      const target = element.getAttribute(name);
      if (target !== null) assert.match(target, /^(#|data:image\/png;base64,)/);
    }
  assert.is(document.querySelectorAll('script[src], iframe, object, embed, link').length, 0);
  // The engine can fetch kernels from an address; the policy lets no script of the page do it.
  assert.match(
    whole,
    /Content-Security-Policy" content="default-src &#39;none&#39;;[^"]*img-src data:; font-src data:"/,
  );
  assert.not.match(whole, /connect-src/);
  assert.not.match(whole, /@import|url\((?!#|data:font)/);
  assert.ok(whole.length < 5e6);
});

test('figures say what they show and where it comes from', () => {
  const { document } = parseHTML(whole);
  const figures = [...document.querySelectorAll('figure')];
  assert.ok(figures.length >= 15);
  for (const figure of figures) {
    const pictures = figure.querySelector('[role=img]')!;
    assert.ok(pictures.getAttribute('aria-label')!.length > 20);
    assert.not.match(pictures.getAttribute('aria-label')!, /undefined|NaN|\[object/);
    assert.match(figure.querySelector('figcaption .source')!.textContent!, /^Source: .+\.$/);
    for (const svg of figure.querySelectorAll('svg')) assert.is(svg.getAttribute('aria-hidden'), 'true');
  }
  for (const table of document.querySelectorAll('.table > table:has(caption)'))
    assert.match(table.querySelector('caption .source')!.textContent!, /^Source: .+\.$/);
});

test('every chart’s numbers and every round of the measurements can be taken out', () => {
  const { document } = parseHTML(whole);
  for (const figure of document.querySelectorAll('figure'))
    assert.ok(figure.querySelector('details :is(td, .matrix)'), figure.textContent!);
  const record = JSON.parse(document.querySelector('#findings')!.textContent!);
  assert.equal(
    record.attention.races[0].entries[0].seconds,
    attentionFindings().races[0]!.entries[0]!.seconds,
  );
});

test('the numbers of a chart have the ends of bands where it has bands, by what these are', () => {
  const heads = (y: string) =>
    [...whole.matchAll(new RegExp(`<tr>(?:(?!</tr>).)*${y}.*?</tr>`, 'gs'))].map(([row]) => row);
  const [seeds] = heads('validation loss, nats a character');
  assert.match(seeds!, /lowest seed.*highest seed/s);
  assert.not.match(seeds!, /95 %/);
  for (const curve of heads('cross-entropy, nats a character')) assert.not.match(curve, /95 %/);
});

/** The colour of each name that stands beside its symbol in the charts of a section. */
function coloursIn(section: Element): [name: string, colour: string][] {
  const names = [...section.querySelectorAll('.wide svg > g[aria-label=dot] + g[aria-label=text] > *')];
  return names.map((name) => {
    const symbols = name.parentElement!.previousElementSibling!;
    const symbol = symbols.children[[...name.parentElement!.children].indexOf(name)]!;
    const [own, common] = [symbol, symbols].map((one) => one.getAttribute('fill'));
    return [name.textContent!, own ?? common ?? 'currentColor'];
  });
}

test('a colour is a way to compute attention, the same in every section; all else has the colour of the text', () => {
  const { document } = parseHTML(whole);
  const [first, images, speech] = ['q1', 'q2', 'q3'].map((id) =>
    coloursIn(document.querySelector(`#${id}`)!.closest('section')!),
  ) as [[string, string][], [string, string][], [string, string][]];
  const ways = new Map(first);
  assert.ok(ways.has('hw2 exact') && ways.has('order 1'), [...ways.keys()].join());
  assert.ok(images.length >= 14 && speech.length >= 14);
  for (const [name, colour] of images) assert.is(colour, 'currentColor', name);
  for (const [name, colour] of speech) {
    const way = /^(softmax|attention)/.test(name) ? 'hw2 exact' : /order \d/.exec(name)?.[0];
    assert.is(colour, way === undefined ? 'currentColor' : ways.get(way), name);
  }
});

test('the example by hand is what the reference says of it', () => {
  const { Q, K, V, Z, linear, A } = exampleMatrices();
  const keys = Float64Array.from(K!.flat());
  Q!.forEach((q, i) => {
    for (const [made, order] of [
      [Z!, undefined],
      [linear!, 2],
    ] as const) {
      const row = referenceRow(q, keys, V!.flat(), 2, order === undefined ? {} : { order });
      row.forEach((value, d) => {
        assert.ok(Math.abs(value - made[i]![d]!) < 1e-12, `${order} ${i} ${d}`);
      });
    }
    A![i]!.forEach((value, j) => {
      const t = (q[0]! * K![j]![0]! + q[1]! * K![j]![1]!) / Math.SQRT2;
      assert.ok(Math.abs(value - (1 + t + (t * t) / 2)) < 1e-12);
    });
  });
});

test('no number is missing', () => {
  const { document } = parseHTML(whole);
  for (const block of document.querySelectorAll('p, td, th, li, figcaption, caption, svg text'))
    assert.not.match(block.textContent!, /undefined|NaN|Infinity|\[object/);
});

test('a number and its unit stay on one line', () => {
  const { document } = parseHTML(whole);
  let units = 0;
  for (const block of document.querySelectorAll('p, td, th, li, figcaption, caption')) {
    const text = block.textContent!;
    if (block.querySelector('code, pre')) continue;
    units += text.match(/\d\u00a0(%|ms|s)/g)?.length ?? 0;
    assert.not.match(text, /\d (%|ms|µs|s|GFLOP\/s|MiB)(?!\w)/);
  }
  assert.ok(units > 20, String(units));
});

test('options and names of clips stay on one line, in code too, where spaces stay as they were typed', () => {
  assert.match(whole, /<code>hw2 train-cnn <span class="whole">--data<\/span> octmnist<\/code>/);
  assert.match(whole, /<span class="whole">LJ002-0121<\/span>/);
});

test('the original’s figures stand beside ours', () => {
  for (const figure of [
    '0.8280',
    '0.8147',
    '224,892',
    '1.183',
    '0.715',
    '0.832',
    '0.509',
    '1.161',
    '0.764',
    '0.865',
    '0.632',
  ])
    assert.ok(whole.includes(figure), figure);
  assert.ok(whole.match(/synthetic/g)!.length > 5);
});

test('measured exponents and crossovers are those of the times', () => {
  const { document } = parseHTML(whole);
  const cells = (name: string) => {
    const rows = [...document.querySelectorAll('tr')];
    return rows
      .filter((row) => row.querySelector('th')?.textContent === name)
      .map((row) => [...row.querySelectorAll('td')].map(({ textContent }) => textContent!));
  };
  assert.ok(
    cells('hw2 exact').some(([exponent]) => exponent === '2.00 (1.99\u00a0to\u00a02.01)'),
    String(cells('hw2 exact')),
  );
  const [, , dense, , causal] = cells('D\u00a0=\u00a032')[0]!;
  // 1e-10 L² D = 1e-10 L M (D + 1), where M = 561.
  assert.is(dense, '579');
  assert.is(causal, '1,157');
});

test('verdicts name their sample, genuine clips stand beside the original’s', () => {
  assert.match(whole, /On 2 synthetic sentences[^<]*does not tell which decoder is better/);
  assert.match(
    whole,
    /On 20 genuine clips the attention decoder is better by Damerau–Levenshtein[^<]*\(\+0\.067,/,
  );
  assert.match(whole, /On 20 genuine clips of LJSpeech, as recorded[^<]*0\.748; the original/);
  assert.match(whole.replaceAll(/<\/?span[^>]*>/g, ''), /49\.5\u00a0% \(always class 0: 45 of 91\)/);
});

test('exact attention is measured, and rounding is told from the series', () => {
  const { document } = parseHTML(whole);
  const row = [...document.querySelectorAll('tr')].find(
    (tr) => tr.querySelector('th')?.textContent === 'linear, order 1' && tr.textContent!.includes('('),
  )!;
  assert.is(row.querySelectorAll('td')[1]!.textContent, '1.0e-2 (1.0e-3)');
  assert.match(whole, /<th scope="row">exact<\/th><td>100\u00a0ms<\/td><td>1\.0e-6<\/td>/);
});

test('a loss says what it cannot fall below: what label smoothing alone leaves', () => {
  assert.is(whole.split('label smoothing 0.1, which cannot fall below 0.66').length - 1, 2);
});

test('a transcript shows what differs', () => {
  assert.ok(whole.includes('lis<mark>·</mark>en to me'));
});

test('text from findings is escaped', () => {
  assert.ok(whole.includes('a\u00a0&lt;b&gt; &amp; c'));
  assert.not.ok(whole.includes('CPU <1>'));
  assert.is(
    html`<i title="${'"'}">${'<'}${html`<b>`}${['&', 1]}</i>`.text,
    '<i title="&quot;">&lt;<b>&amp;1</i>',
  );
});

test('what is missing is said by its reason, what was not asked is left out', () => {
  const page = reportHtml(
    findings({
      images: { records, evaluation: { reason: 'onnxruntime-node is not installed here' } },
      speech: { reason: 'no recognizer <comes>' },
    }),
  );
  assert.ok(page.includes('onnxruntime-node is not installed here'));
  assert.ok(page.includes('no recognizer &lt;comes&gt;'));
  assert.ok(page.includes('Validation accuracy') || page.includes('validation accuracy'));
  assert.not.ok(page.includes('id="q1-1"'));
});

test.run();
