import { parseHTML } from 'linkedom';
import { type LineChart, lineChart } from './charts.js';

/** The chart as an SVG document of its own. */
export function chartSvg(chart: LineChart): string {
  const { document } = parseHTML('<html></html>');
  const svg = lineChart(chart, document);
  // A page knows what an svg element is, a file has to say it.
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${svg.outerHTML}\n`;
}
