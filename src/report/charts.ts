import * as Plot from '@observablehq/plot';

/** One point of a line: the lines of a chart are told apart by `series`. */
export interface Point {
  series: string;
  x: number;
  y: number;
}

export interface LineChart {
  title?: string;
  /** Names of the axes. */
  x: string;
  y: string;
  points: readonly Point[];
  /** Both axes logarithmic: powers become straight lines, and their slope is the exponent. */
  logarithmic?: boolean;
  /** x counts something: no ticks between whole numbers. */
  wholeX?: boolean;
}

/** Room for the names at the ends of the lines, in pixels for a letter. */
const LETTER = 6.5;

/**
 * A chart of lines, each named at its end. The same in a page and in a file.
 *
 * @param document the page's, or that of a DOM for Node
 */
export function lineChart(
  { title, x, y, points, logarithmic, wholeX }: LineChart,
  document: Document,
): Element {
  const type = logarithmic ? ({ type: 'log' } as const) : {};
  const series = [...new Set(points.map((point) => point.series))];
  const channels = { x: 'x', y: 'y', z: 'series' };
  return Plot.plot({
    document,
    width: 640,
    height: 400,
    marginLeft: 50,
    marginRight: 20 + LETTER * Math.max(...series.map(({ length }) => length)),
    ...(title && { ariaLabel: title }),
    style: { background: 'white', fontSize: '13px' },
    x: { ...type, label: x, ...(wholeX && { interval: 1 }), ticks: 10, tickFormat: '~s' },
    y: { ...type, label: y, grid: true, nice: true, ...(logarithmic && { tickFormat: '~g', ticks: 5 }) },
    color: { scheme: 'Observable10', domain: series },
    marks: [
      Plot.line(points, { ...channels, stroke: 'series' }),
      Plot.dot(points, { ...channels, fill: 'series', r: 2 }),
      Plot.text(
        points,
        Plot.selectLast({ ...channels, fill: 'series', text: 'series', textAnchor: 'start', dx: 8 }),
      ),
    ],
  });
}
