/** Pieces that a section is made of. */
import type { ConfusionChart } from '../../charts/confusion.js';
import type { DotChart } from '../../charts/dots.js';
import type { HeatMap } from '../../charts/heat-map.js';
import type { LineChart } from '../../charts/lines.js';
import type { Draw } from '../../charts/svg.js';
import { drawChart } from '../../charts/svg.js';
import { type Content, Html, html } from './html.js';

/** Pixels of a chart that stays legible on a telephone. */
const WIDEST_OF_BOTH = 360;

export interface Section {
  /** Number as in the original report, such as `1.2`. */
  number: string;
  title: string;
  body: Html[];
  parts?: Section[];
}

export const paragraph = (...content: Content[]): Html => html`<p>${content}</p>`;

/** What a reader should not miss: a limit, or that data are not those of the original. */
export const remark = (...content: Content[]): Html => html`<p class="remark">${content}</p>`;

export const list = (...items: Content[]): Html =>
  html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;

export interface Table {
  caption: Content;
  /** Where the numbers come from. */
  source: Content;
  head: readonly Content[];
  rows: readonly (readonly Content[])[];
}

/** A table; the first cell of a row names it. */
export function table({ caption, source, head, rows }: Table): Html {
  const content = html`<table>
<caption><span>${caption} <span class="source">Source: ${source}.</span></span></caption>
${tableBody(head, rows)}</table>`;
  return scrolling('Table', content);
}

/** Characters of the heading of a column that would be broken into many lines. */
const LONG = 24;

function classes(names: readonly (string | false)[]): Html {
  const set = names.filter(Boolean);
  return set.length > 0 ? html` class="${set.join(' ')}"` : html``;
}

/** A heading; one that is a formula alone is named in letters for those who do not see it. */
function header(scope: 'col' | 'row', cell: Content, isWords = false): Html {
  if (!(cell instanceof Html) || !cell.text.startsWith('<math'))
    return html`<th scope="${scope}"${classes([isWords && 'words', scope === 'col' && html`${cell}`.text.length > LONG && 'long'])}>${cell}</th>`;
  const letters = cell.text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return html`<th scope="${scope}"><span class="unseen">${new Html(letters)}</span><span aria-hidden="true">${cell}</span></th>`;
}

/** What may be wider than the page: it is moved by touch, wheel and arrow keys. */
function scrolling(label: string, table: Html): Html {
  return html`<div class="table" role="group" tabindex="0" aria-label="${label}">${table}</div>`;
}

/** Characters of a cell that is to be read, not compared with those above and below. */
const SENTENCE = 40;

function tableBody(head: readonly Content[], rows: Table['rows']): Html {
  // Columns that hold a sentence are broken into lines; numbers are not.
  const isWords = head.map((_, i) => rows.some((row) => isSentence(row[i] ?? '')));
  const cellOf = (cell: Content, i: number) =>
    isWords[i] ? html`<td class="words">${cell}</td>` : html`<td>${cell}</td>`;
  // A corner that names nothing is no heading.
  const heading = (cell: Content, i: number) =>
    cell === '' ? html`<td></td>` : header('col', cell, isWords[i]);
  return html`<thead><tr>${head.map(heading)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr>${header('row', name!, isWords[0])}${cells.map((cell, i) => cellOf(cell, i + 1))}</tr>\n`)}</tbody>`;
}

function isSentence(cell: Content): boolean {
  const text = html`${cell}`.text;
  if (/<(pre|math|img)/.test(text)) return false;
  return text.replaceAll(/<[^>]*>/g, '').length > SENTENCE;
}

/** The values of a heat map: too many for a table, and so in the page as base64 of float32, which its script copies as text. */
interface Matrix {
  name: Content;
  values: ArrayLike<number>;
  columns: number;
}

/** A picture that knows its numbers. */
class ChartPicture extends Html {
  constructor(
    { text }: Html,
    readonly numbers: Pick<Table, 'head' | 'rows'>,
    readonly matrix: Matrix | undefined,
  ) {
    super(text);
  }
}

export interface Figure {
  caption: Content;
  source: Content;
  /** What the picture shows, in words, for those who do not see it. */
  alt: string;
  /** A list among them stands together on a line of its own. */
  pictures: readonly (Html | readonly Html[])[];
  /** The numbers of the pictures, where they are better told otherwise than point by point. */
  data?: Pick<Table, 'head' | 'rows'>;
}

/** Pictures with a caption, the source of their numbers, and the numbers themselves to be opened. */
export function figure({ caption, source, alt, pictures, data }: Figure): Html {
  const shown = pictures.flat().filter((one) => one instanceof ChartPicture);
  const tables = data ? [data] : shown.map(({ numbers }) => numbers).filter(({ rows }) => rows.length > 0);
  const matrices = shown.flatMap(({ matrix }) => matrix ?? []);
  const numbers =
    tables.length + matrices.length > 0
      ? html`<details><summary>The numbers</summary>${tables.map(({ head, rows }) => scrolling('The numbers of the figure', html`<table>${tableBody(head, rows)}</table>`))}${matrices.map(matrixNumbers)}</details>`
      : html``;
  const groups = pictures.map((one) =>
    one instanceof Html ? one : html`<div class="pictures">${one}</div>`,
  );
  return html`<figure><div class="pictures" role="img" aria-label="${alt}">${groups}</div>
<figcaption>${caption} <span class="source">Source: ${source}.</span></figcaption>${numbers}</figure>`;
}

function matrixNumbers({ name, values, columns }: Matrix): Html {
  const data = Buffer.from(Float32Array.from(values).buffer).toString('base64');
  return html`<p class="matrix" data-columns="${columns}" data-float32="${data}">${name}: ${values.length / columns} rows of ${columns} numbers.</p>`;
}

/** A chart as HTML, for screens and for telephones; hidden from screen readers, for which the figure has a text. */
export function picture<Chart>(chart: Chart, draw: Draw<Chart>, title?: Content): Html {
  const { values, columns, title: own } = chart as Partial<HeatMap>;
  const matrix = values && columns ? { name: title ?? own ?? 'values', values, columns } : undefined;
  return new ChartPicture(drawn(chart, draw, title), numbersOf(chart), matrix);
}

function drawn<Chart>(chart: Chart, draw: Draw<Chart>, title: Content | undefined): Html {
  const label = title === undefined ? html`` : html`<div class="picture-title">${title}</div>`;
  const [wide, narrow] = [false, true].map((isNarrow) => {
    const element = drawChart(chart, draw, isNarrow);
    element.setAttribute('aria-hidden', 'true');
    return element.outerHTML;
  });
  // What fits both is drawn once.
  if (Number(/ width="([\d.]+)"/.exec(wide!)![1]) <= WIDEST_OF_BOTH)
    return html`<div class="picture">${label}${new Html(wide!)}</div>`;
  return html`<div class="picture">${label}<div class="wide">${new Html(wide!)}</div><div class="narrow">${new Html(narrow!)}</div></div>`;
}

/** What a chart draws, point by point; of heat maps, which a table could not hold, nothing. */
function numbersOf(chart: unknown): Pick<Table, 'head' | 'rows'> {
  const {
    points,
    bounds = [],
    dots,
    matrix,
    names,
    x,
    y,
    band = ['95 % from', '95 % to'],
  } = chart as Partial<LineChart & DotChart & ConfusionChart>;
  const exact = (value: number | undefined) =>
    value === undefined ? '' : String(Number(value.toPrecision(6)));
  if (points) {
    const hasBands = points.some(({ low }) => low !== undefined);
    const ends = (low?: number, high?: number) => (hasBands ? [low, high].map(exact) : []);
    return {
      head: ['line', x!, y!, ...(hasBands ? band : [])],
      rows: [
        ...points.map(({ series, kind, low, high, ...point }) => [
          kind ? `${series}, ${kind}` : series,
          ...[point.x, point.y].map(exact),
          ...ends(low, high),
        ]),
        ...bounds.map((point) => [`${point.series}, dashed`, ...[point.x, point.y].map(exact), ...ends()]),
      ],
    };
  }
  if (dots)
    return {
      head: ['', 'series', x!, ...band],
      rows: dots.map((dot) => [dot.row, dot.series, ...[dot.x, dot.low, dot.high].map(exact)]),
    };
  if (matrix)
    return {
      head: ['', ...names!.map((name) => `told as ${name}`)],
      rows: matrix.map((row, i) => [names![i]!, ...row]),
    };
  return { head: [], rows: [] };
}
