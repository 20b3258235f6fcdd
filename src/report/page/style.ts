import { readFileSync } from 'node:fs';

/** Light, dark as the reader's system says, and paper. The font of formulas is in it. */
export function style(): string {
  // MathML takes heights of scripts and shapes of roots from a font’s MATH table, which few systems have a font with.
  const font = readFileSync(new URL('stix-two-math.woff2', import.meta.url)).toString('base64');
  return `@font-face { font-family: 'STIX Two Math subset'; src: url(data:font/woff2;base64,${font}) format('woff2'); }${RULES}`;
}

const RULES = `
:root { color-scheme: light dark; --ground: #fff; --text: #1d2126; --quiet: #5b6470; --line: #d5dae0; --soft: #f3f5f7; --link: #0b62a8; --wrong: #b3261e; --shadow: #0004; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171c; --text: #dfe3e8; --quiet: #9aa4b0; --line: #363d47; --soft: #1d2229; --link: #7ab8f0; --wrong: #ff8a80; --shadow: #fff5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 17px/1.6 system-ui, sans-serif; }
main, header, footer, nav { max-width: 48rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 3rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.5rem; line-height: 1.25; margin: 4rem 0 1rem; padding-top: 1rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.2rem; line-height: 1.3; margin: 2.5rem 0 .75rem; }
h2 .number, h3 .number { color: var(--quiet); margin-right: .6em; font-variant-numeric: tabular-nums; }
a { color: var(--link); }
nav h2 { margin-top: 2rem; font-size: 1.2rem; }
nav ol { list-style: none; padding-left: 1.2rem; margin: .2rem 0; }
nav > ol { padding: 0; }
.lead { color: var(--quiet); }
.remark { border-left: 4px solid var(--quiet); background: var(--soft); padding: .6rem 1rem; }
.source { color: var(--quiet); }
.formula { padding: .3rem 0; }
math { font-size: 1.1em; font-family: 'STIX Two Math subset', math; }
/* A script of a script would be half as high as the text. */
:is(msub, msup, msubsup) :is(msub, msup) > :last-child { font-size: .9em; }
@media screen and (max-width: 40rem) { .formula math { font-size: .93em; } }
figure { margin: 1.75rem 0; }
.pictures { display: flex; flex-wrap: wrap; gap: .5rem 1rem; justify-content: center; }
.pictures .pictures { width: 100%; }
.picture { flex: 0 1 auto; max-width: 100%; }
.picture svg { display: block; height: auto; max-width: 100%; }
.narrow { display: none; }
@media screen and (max-width: 40rem) { .wide { display: none; } .narrow { display: block; } }
.picture-title { text-align: center; font-size: .9rem; font-weight: 600; }
figcaption, caption { font-size: .9rem; line-height: 1.5; text-align: left; margin-top: .5rem; }
caption { margin: 0 0 .5rem; }
/* It covers the shadows, which are about the columns. */
caption > span { display: block; position: sticky; left: 0; max-width: min(46rem, 100vw - 2rem); background: var(--ground); }
figcaption::before { counter-increment: figure; content: "Figure " counter(figure) ". "; font-weight: 600; }
.table > table > caption > span::before { counter-increment: table; content: "Table " counter(table) ". "; font-weight: 600; }
body { counter-reset: figure table; }
/* Shadows at the edges say that there is more; those that move with the table cover them where there is not, and are higher: a
   height that is no whole number of pixels is rounded for each of them. */
.table { margin: 1.5rem 0; }
.table, .formula { overflow-x: auto; background:
  linear-gradient(to right, var(--ground) 1rem, transparent) left / 2.5rem 100% local,
  linear-gradient(to left, var(--ground) 1rem, transparent) right / 2.5rem 100% local,
  linear-gradient(to right, var(--shadow), transparent) left / 1rem calc(100% - 2px) scroll,
  linear-gradient(to left, var(--shadow), transparent) right / 1rem calc(100% - 2px) scroll; background-repeat: no-repeat; }
.table:focus-visible, .formula:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .9rem; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
@media (max-width: 40rem), (min-width: 70rem) { td { white-space: nowrap; } }
@media screen and (min-width: 40rem) and (max-width: 70rem) { th, td { padding-inline: .45rem; } }
/* Columns of sentences. */
td.words, th.words { text-align: left; white-space: normal; }
td.words { min-width: 11rem; }
/* A heading of many words takes width, not height: beside it those that are in sight would hang far below the caption. */
th.long { min-width: 9rem; }
/* Where there is room, a wide table is wider than the text. */
@media screen and (min-width: 70rem) {
  .table { display: flex; justify-content: safe center; margin-inline: calc((100% - min(68rem, 100vw - 3rem)) / 2); }
  .table > table { width: auto; min-width: min(46rem, 100%); }
}
th[scope=row] { font-weight: normal; min-width: 6.5rem; }
@media screen and (max-width: 40rem) { th[scope=row].words { min-width: 10rem; } }
thead :is(th, td) { border-bottom: 2px solid var(--line); vertical-align: bottom; }
.whole { white-space: nowrap; }
details { font-size: .9rem; margin-top: .4rem; }
.sample { display: inline-block; margin: 0 .2rem .3rem 0; text-align: center; font-size: .75rem; max-width: 6rem; vertical-align: top; white-space: normal; }
/* A scan may have white corners, which on a white page would give it another shape. */
.sample img { display: block; margin: 0 auto .2rem; image-rendering: pixelated; outline: 1px solid var(--quiet); }
td:has(.sample) { white-space: normal; min-width: 13rem; }
@media screen and (max-width: 40rem) { td:has(.sample) { min-width: 19rem; } }
td:has(pre), table:has(pre) th, td:has(.sample), table:has(.sample) th { text-align: left; }
pre { text-align: left; margin: 0; font: .85rem/1.4 ui-monospace, monospace; white-space: pre; }
.exercise { border-left: 4px solid var(--line); padding: .1rem 1rem; margin: 1.5rem 0; }
input { font: inherit; color: var(--text); background: var(--ground); border: 1px solid var(--quiet); border-radius: .2rem; max-width: 100%; }
.slider { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .3rem 0; }
.slider span { flex: 1 1 14rem; }
.slider input { flex: 2 1 14rem; accent-color: var(--link); }
#explorer .pictures > div { width: 290px; max-width: 100%; }
#explorer .pictures p { margin: .2rem 0 .8rem; font-size: .9rem; }
#explorer svg { display: block; width: 290px; max-width: 100%; font-size: 12px; }
canvas { display: block; width: 290px; max-width: 100%; image-rendering: pixelated; border: 1px solid var(--line); }
summary { cursor: pointer; color: var(--link); }
button { font: inherit; color: var(--link); background: var(--soft); border: 1px solid var(--line); border-radius: .3rem; padding: .2rem .8rem; cursor: pointer; }
.transcript { font: .85rem/1.5 ui-monospace, monospace; }
.transcript dt { color: var(--quiet); font-family: system-ui, sans-serif; margin-top: .8rem; }
.transcript dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.transcript mark, p mark { background: none; color: var(--wrong); text-decoration: underline; font-weight: 600; }
footer { margin-top: 4rem; padding-bottom: 3rem; color: var(--quiet); font-size: .9rem; }
.skip { position: absolute; left: -100rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th { position: relative; }
.skip:focus { left: 1rem; top: 1rem; }
@page { margin: 14mm 12mm; }
@media print {
  :root { font-size: 10pt; color-scheme: light; --ground: #fff; --text: #000; --quiet: #444; --line: #bbb; --soft: #f3f3f3; --link: #000; --wrong: #b3261e; }
  body { font-size: 1rem; line-height: 1.5; }
  math { font-size: 1.2em; }
  main, header, footer, nav { max-width: none; padding-inline: 0; }
  p, li, tr, .formula, .pictures, .exercise, dl.transcript dd, figcaption { break-inside: avoid; }
  .pictures:has(.pictures) { break-inside: auto; }
  h2, h3, h4, caption, thead, dt, p:has(+ ul) { break-after: avoid; }
  /* No row stands alone on a page, but for rows of sentences, which are as high as several others. */
  tbody:not(:has(td.words)) > tr:first-child:not(:last-child) { break-after: avoid; }
  tbody:not(:has(td.words)) > tr:last-child:not(:first-child) { break-before: avoid; }
  /* Of what the row above says. */
  tr:has(> th > .source) { break-before: avoid; }
  figcaption, .formula { break-before: avoid; }
  h2 { margin-top: 2rem; }
  h3 { margin-top: 1.5rem; }
  figure, .table { margin-block: 1.2rem; }
  th, td { padding-block: .2rem; }
  /* No letter is smaller than 7.5 points, those of scripts in formulas included. */
  .picture svg { max-height: 7.4cm; width: auto; }
  .picture .wide svg[width="640"] { max-height: none; width: 14.4cm; }
  .table, .formula { overflow: visible; background: none; }
  th.long { min-width: 0; }
  td { white-space: normal; padding-inline: .3rem; }
  td.words { min-width: 0; }
  .sample { margin-right: .4rem; font-size: 7.5pt; }
  .sample img { width: 32px; height: 32px; }
  td:has(.sample) { min-width: 16.5rem; }
  details, .skip, .check, #explorer, footer a, pre button { display: none; }
  /* Paper cannot be unfolded. */
  .exercise details { display: block; }
  .exercise details::details-content { content-visibility: visible; }
  .exercise summary { list-style: none; color: inherit; font-weight: 600; }
  a { text-decoration: none; }
  footer { break-before: avoid; break-inside: avoid; margin-top: 1.5rem; padding-bottom: 0; }
}
`;
