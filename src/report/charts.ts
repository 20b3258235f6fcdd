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
    marginLeft: 60,
    marginRight: 20 + LETTER * Math.max(...series.map(({ length }) => length)),
    ...(title && { ariaLabel: title }),
    style: { background: 'white', fontSize: '13px' },
    x: {
      ...type,
      label: x,
      ...(wholeX && { interval: 1 }),
      ...(logarithmic
        ? { ticks: [...new Set(points.map((point) => point.x))], tickFormat: formatTick }
        : { ticks: 10 }),
    },
    y: { ...type, label: y, grid: true, ...(logarithmic ? { tickFormat: '~g', ticks: 5 } : { nice: true }) },
    color: { scheme: 'Observable10', domain: series },
    marks: [
      Plot.line(points, { ...channels, stroke: 'series' }),
      Plot.dot(points, { ...channels, fill: 'series', r: 2 }),
      Plot.text(lineNames(points, logarithmic ?? false), {
        ...channels,
        fill: 'series',
        text: 'series',
        textAnchor: 'start',
        dx: 8,
      }),
    ],
  });
}

/** Distance of two names, as a part of the height: a line of text. */
const NAME_DISTANCE = 0.05;

/** Where to write the name of each line: at its end, or above the name below it where both would not fit. */
function lineNames(points: readonly Point[], logarithmic: boolean): Point[] {
  const scale = logarithmic ? Math.log : (value: number) => value;
  const unscale = logarithmic ? Math.exp : (value: number) => value;
  const heights = points.map(({ y }) => scale(y));
  const distance = NAME_DISTANCE * (Math.max(...heights) - Math.min(...heights));
  const ends = [...new Map(points.map((point) => [point.series, point])).values()].sort((a, b) => a.y - b.y);
  let lowest = Number.NEGATIVE_INFINITY;
  return ends.map((end) => {
    const height = Math.max(scale(end.y), lowest);
    lowest = height + distance;
    return { ...end, y: unscale(height) };
  });
}

function formatTick(value: number): string {
  return value >= 100 ? value.toLocaleString('en') : `${Number(value.toPrecision(2))}`;
}
