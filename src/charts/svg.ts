import { parseHTML } from 'linkedom';
import { type LineChart, lineChart } from './lines.js';

/** A chart of any kind, by its function. */
export type Draw<Chart> = (chart: Chart, document: Document, isNarrow?: boolean) => Element;

/** Draws a chart in Node, for a page. @param isNarrow as for a telephone */
export function drawChart<Chart>(chart: Chart, draw: Draw<Chart>, isNarrow = false): Element {
  const { document } = parseHTML('<html></html>');
  const drawn = draw(chart, document, isNarrow);
  for (const element of drawn.querySelectorAll('*')) roundGeometry(element);
  return drawn;
}

/** Attributes whose numbers are pixels. */
const GEOMETRY = ['d', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'width', 'height', 'transform'];

/** Of more than two digits, and not of a power of ten. */
const FRACTION = /\d+\.\d{3,}(?!\d*e)/g;

/** Hundredths of a pixel are as good as seventeen digits, and long curves take four fifths of the bytes. */
function roundGeometry(element: Element): void {
  for (const name of GEOMETRY) {
    const value = element.getAttribute(name);
    if (value)
      element.setAttribute(
        name,
        value.replace(FRACTION, (digits) => `${Number(Number(digits).toFixed(2))}`),
      );
  }
}

/** Grey that stands out from white and from black: a file does not know what it is shown on. */
const TEXT_COLOUR = '#777';
const TITLE = { size: 15, line: 34 };
const SOURCE = { size: 11, line: 15, characters: 100 };

/** The chart as an SVG document of its own, with its title above and its source below. */
export function chartSvg(chart: LineChart): string {
  const svg = drawChart(chart, lineChart);
  const [width, height] = ['width', 'height'].map((name) => Number(svg.getAttribute(name)));
  const { title, source } = chart;
  const lines = source ? wrapped(`Source: ${source}`, SOURCE.characters) : [];
  const head = title ? TITLE.line : 0;
  const whole = head + height! + SOURCE.line * (lines.length + 1);
  // A page knows what an svg element is, a file has to say it.
  setAttributes(svg, {
    xmlns: 'http://www.w3.org/2000/svg',
    height: whole,
    viewBox: `0 ${-head} ${width} ${whole}`,
    style: `color: ${TEXT_COLOUR}; ${svg.getAttribute('style')}`,
  });
  const write = (text: string, y: number, size: number) => {
    const line = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'text');
    line.textContent = text;
    const look = { fill: 'currentColor', 'text-anchor': 'start', style: `font-size: ${size}px` };
    setAttributes(line, { x: 8, y, ...look });
    svg.append(line);
  };
  if (title) write(title, -head / 2, TITLE.size);
  for (const [i, line] of lines.entries()) write(line, height! + SOURCE.line * (i + 1), SOURCE.size);
  // Plot numbers what is clipped through all charts of a process; in a file of its own that would be chance.
  return `${svg.outerHTML.replaceAll(/\bplot-clip-\d+/g, 'plot-clip')}\n`;
}

function setAttributes(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** A text in lines of at most so many characters, broken between words where that is possible. */
function wrapped(text: string, characters: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= characters) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
