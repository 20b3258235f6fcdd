import type { Draw } from '../../charts/svg.js';
import { drawChart } from '../../charts/svg.js';
import { type Content, Html, html } from './html.js';

/** Pieces that a section is made of. */

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
  return html`<div class="table" role="region" tabindex="0" aria-label="Table"><table>
<caption><span>${caption} <span class="source">Source: ${source}.</span></span></caption>
${tableBody(head, rows)}</table></div>`;
}

function tableBody(head: readonly Content[], rows: Table['rows']): Html {
  const [first, ...rest] = head;
  return html`<thead><tr><th scope="col">${first!}</th>${rest.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name!}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>`;
}

export interface Figure {
  caption: Content;
  source: Content;
  /** What the picture shows, in words, for those who do not see it. */
  alt: string;
  pictures: readonly Html[];
  /** The numbers of the picture. */
  data?: Pick<Table, 'head' | 'rows'>;
}

/** Pictures with a caption, the source of their numbers, and the numbers themselves to be opened. */
export function figure({ caption, source, alt, pictures, data }: Figure): Html {
  const numbers = data
    ? html`<details><summary>The numbers</summary><div class="table"><table>${tableBody(data.head, data.rows)}</table></div></details>`
    : html``;
  return html`<figure><div class="pictures" role="img" aria-label="${alt}">${pictures}</div>
<figcaption>${caption} <span class="source">Source: ${source}.</span></figcaption>${numbers}</figure>`;
}

/** A chart as HTML; hidden from screen readers, for which the figure has a text. */
export function picture<Chart>(chart: Chart, draw: Draw<Chart>, title?: Content): Html {
  const element = drawChart(chart, draw);
  element.setAttribute('aria-hidden', 'true');
  const label = title === undefined ? html`` : html`<div class="picture-title">${title}</div>`;
  return html`<div class="picture">${label}${new Html(element.outerHTML)}</div>`;
}
