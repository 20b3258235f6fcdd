import { unbroken } from '../../format/numbers.js';
import type { Section } from './blocks.js';
import { type Content, Html, html } from './html.js';
import { explorerScript, SCRIPT } from './script.js';
import { style } from './style.js';

export interface Page {
  title: string;
  /** Below the title: what this is, where and when it was measured. */
  lead: Content;
  summary: readonly Html[];
  sections: readonly Section[];
  footer: Content;
  /** What the page was made from, to be saved from it. */
  record: unknown;
  /** Whether a section has the explorer. */
  explores: boolean;
}

/** What the browser itself refuses: every request. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; img-src data:; font-src data:";

/** A document that needs nothing beside itself. */
export function pageHtml({ title, lead, summary, sections, footer, record, explores }: Page): string {
  const contents = sections.map(
    (section) =>
      html`<li>${linkTo(section)}<ol>${(section.parts ?? []).map((part) => html`<li>${linkTo(part)}</li>`)}</ol></li>\n`,
  );
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(style())}</style>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><h1>${title}</h1><div class="lead">${lead}</div></header>
<nav aria-label="Contents"><h2>Contents</h2><ol>
${contents}</ol></nav>
<main id="content">
<section><h2>In short</h2>${summary}</section>
${sections.map((section) => sectionHtml(section, 'h2'))}
</main>
<footer>${footer}</footer>
<script type="application/json" id="findings">${new Html(jsonWithin(record))}</script>
<script>${new Html(SCRIPT)}</script>
${explores ? html`<script type="module">${new Html(explorerScript())}</script>\n` : ''}</body>
</html>
`;
  return withUnits(page.text);
}

/** What is no text of the page: tags, scripts, styles, and code, which is to be copied with the spaces that were typed. */
const NO_TEXT = /<(script|style|pre|code)\b.*?<\/\1>|<[^>]*>/gs;

/** The page with each number and its unit on one line. */
function withUnits(page: string): string {
  let end = 0;
  const pieces: string[] = [];
  for (const match of page.matchAll(NO_TEXT)) {
    const noText = match[1] === 'code' ? unhyphenated(match[0]) : match[0];
    pieces.push(whole(page.slice(end, match.index)), noText);
    end = match.index + match[0].length;
  }
  return pieces.join('') + whole(page.slice(end));
}

/** Options, dates and names of clips, which a browser would break at their hyphens. */
const HYPHENATED = /(?<![\w-])(?:--[a-z][a-z-]*|\d{4}-\d{2}-\d{2}|LJ\d{3}-\d{4})(?![\w-])/g;

const unhyphenated = (text: string) => text.replaceAll(HYPHENATED, '<span class="whole">$&</span>');

const whole = (text: string) =>
  unhyphenated(
    unbroken(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>'))
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;'),
  );

/** JSON that no end tag can break out of. */
const jsonWithin = (record: unknown) => JSON.stringify(record).replaceAll('<', '\\u003c');

const idOf = ({ number }: Section) => `q${number.replaceAll('.', '-')}`;
const linkTo = (section: Section) => html`<a href="#${idOf(section)}">${section.number} ${section.title}</a>`;

function sectionHtml(section: Section, heading: 'h2' | 'h3'): Html {
  const title = html`<span class="number">${section.number}</span>${section.title}`;
  const head =
    heading === 'h2'
      ? html`<h2 id="${idOf(section)}">${title}</h2>`
      : html`<h3 id="${idOf(section)}">${title}</h3>`;
  const parts = (section.parts ?? []).map((part) => sectionHtml(part, 'h3'));
  return html`<section>${head}
${section.body.map((block) => html`${block}\n`)}${parts}</section>
`;
}
