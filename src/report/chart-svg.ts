import { parseHTML } from 'linkedom';
import { type LineChart, lineChart } from './charts/lines.js';

/** A chart of any kind, by its function. */
export type Draw<Chart> = (chart: Chart, document: Document) => Element;

/** Draws a chart in Node, for a page. */
export function drawChart<Chart>(chart: Chart, draw: Draw<Chart>): Element {
  const { document } = parseHTML('<html></html>');
  return draw(chart, document);
}

/** Grey that stands out from white and from black: a file does not know what it is shown on. */
const TEXT_COLOUR = '#777';
const HEAD = 34;
const FOOT = 26;

/** The chart as an SVG document of its own, with its title above and its source below. */
export function chartSvg(chart: LineChart): string {
  const svg = drawChart(chart, lineChart);
  const [width, height] = ['width', 'height'].map((name) => Number(svg.getAttribute(name))) as [
    number,
    number,
  ];
  const { title, source } = chart;
  const [head, foot] = [title ? HEAD : 0, source ? FOOT : 0];
  // A page knows what an svg element is, a file has to say it.
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('height', String(height + head + foot));
  svg.setAttribute('viewBox', `0 ${-head} ${width} ${height + head + foot}`);
  svg.setAttribute('style', `color: ${TEXT_COLOUR}; ${svg.getAttribute('style')}`);
  const write = (text: string, y: number, size: number) => {
    const line = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'text');
    line.textContent = text;
    const attributes = {
      x: 8,
      y,
      fill: 'currentColor',
      'text-anchor': 'start',
      style: `font-size: ${size}px`,
    };
    for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, String(value));
    svg.append(line);
  };
  if (title) write(title, -HEAD / 2 + 4, 15);
  if (source) write(`Source: ${source}`, height + FOOT / 2, 11);
  return `${svg.outerHTML}\n`;
}
