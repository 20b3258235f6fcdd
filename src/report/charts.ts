import * as Plot from '@observablehq/plot';

/** One point of a line: the lines of a chart are told apart by `series`. */
export interface Point {
  series: string;
  x: number;
  y: number;
}

export interface LineChart {
  title: string;
  x: string;
  y: string;
  points: readonly Point[];
  /** Both axes logarithmic: powers become straight lines, and their slope is the exponent. */
  logarithmic?: boolean;
}

const WIDTH = 720;
const HEIGHT = 420;
const MARGIN_RIGHT = 190;

/**
 * A chart of lines, each named at its end. The same in a page and in a file.
 *
 * @param document the page's, or that of a DOM for Node
 */
export function lineChart(
  { title, x, y, points, logarithmic = false }: LineChart,
  document: Document,
): Element {
  const scale = logarithmic ? ({ type: 'log' } as const) : {};
  const channels = { x: 'x', y: 'y', stroke: 'series' };
  return Plot.plot({
    document,
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 60,
    marginRight: MARGIN_RIGHT,
    caption: title,
    figure: false,
    ariaLabel: title,
    style: { background: 'white', color: '#222' },
    x: { ...scale, label: x, tickFormat: '~s' },
    y: { ...scale, label: y, grid: true, tickFormat: '~g' },
    color: { scheme: 'tableau10' },
    marks: [
      // Without z, Plot warns where lines are short: it takes their names for a quantity.
      Plot.line(points, { ...channels, z: 'series' }),
      Plot.dot(points, { ...channels, r: 2.5 }),
      Plot.text(
        points,
        Plot.selectLast({
          x: 'x',
          y: 'y',
          z: 'series',
          text: 'series',
          fill: 'series',
          textAnchor: 'start',
          dx: 8,
        }),
      ),
    ],
  } as Plot.PlotOptions & { figure: boolean });
}
