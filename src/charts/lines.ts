import * as Plot from '@observablehq/plot';
import { colourOf, dashOf, formatTick, frame, NARROW, nameWidth, placesOf, symbolOf } from './theme.js';

/** One point of a line: the lines of a chart are told apart by `series`. */
export interface Point {
  series: string;
  /** What the point itself is of, in every line: its colour, where that of the line would say nothing of it. */
  kind?: string;
  x: number;
  y: number;
  /** Where y lies, drawn as a band: at 95 % unless the chart says otherwise. */
  low?: number;
  high?: number;
}

export interface LineChart {
  title?: string;
  /** What was measured where: the record that the numbers come from. */
  source?: string;
  /** Names of the axes, with their units. */
  x: string;
  y: string;
  points: readonly Point[];
  /** What the ends of bands are, where these are no 95 % intervals. */
  band?: readonly [string, string];
  /** Lines without points, dashed in the colour of the series: what theory says of it. */
  bounds?: readonly Point[];
  /** Both axes logarithmic: powers become straight lines, and their slope is the exponent. `y`: that axis alone. */
  logarithmic?: boolean | 'y';
  /** Both axes are shares, shown from 0 to 1. */
  shares?: boolean;
  /** x counts something: no ticks between whole numbers. */
  wholeX?: boolean;
}

const HEIGHT = 320;
const NARROW_HEIGHT = 300;
const LEGEND_LINE = 18;
const SYMBOLS_PER_LINE = 30;
const SHARES: [number, number] = [0, 1];
/** Plot gives the place of a tick, too, which is no number of digits. */
const nameOfTick = (value: number) => formatTick(value);

/**
 * A chart of lines, each named at its end. The same in a page and in a file.
 *
 * @param document the page's, or that of a DOM for Node
 * @param isNarrow for a telephone: the names stand above the lines, as those of kinds of points do anywhere
 */
export function lineChart(chart: LineChart, document: Document, isNarrow = false): Element {
  const { title, x, y, points, bounds = [], logarithmic, wholeX, shares } = chart;
  const series = [...new Set(points.map((point) => point.series))];
  const channels = { x: 'x', y: 'y', z: 'series' };
  const kinds = [...new Set(points.flatMap(({ kind }) => kind ?? []))];
  const places = placesOf([...new Set([...series, ...bounds.map((bound) => bound.series), ...kinds])]);
  const colour = ({ series: name }: { series: string }) => colourOf(places.get(name)!);
  const symbol = ({ series: name }: { series: string }) => symbolOf(places.get(name)!);
  const colourOfPoint = ({ series: name, kind }: Point) => colourOf(places.get(kind ?? name)!);
  const domain = shares ? SHARES : extent(points);
  const names = lineNames(points, domain, Boolean(logarithmic));
  const banded = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  const rightmost = shares ? 1 : Math.max(...[...points, ...bounds].map((point) => point.x));
  const toTheRight = { x: rightmost, y: 'y', dx: 14 } as const;
  const above = [...(isNarrow ? series : []), ...kinds];
  const legend = above.length * LEGEND_LINE;
  const beside = (name: string) =>
    ({ frameAnchor: 'top-left', dy: above.indexOf(name) * LEGEND_LINE - legend - 8 }) as const;
  return Plot.plot({
    ...frame,
    ...(isNarrow && { width: NARROW }),
    document,
    height: (isNarrow ? NARROW_HEIGHT : HEIGHT) + legend,
    marginTop: 34 + legend,
    marginBottom: 42,
    marginLeft: isNarrow ? 48 : frame.marginLeft,
    marginRight: isNarrow ? 20 : nameWidth(series),
    ...(title && { ariaLabel: title }),
    x: {
      label: x,
      ...(shares && { domain: SHARES }),
      ...(wholeX && { interval: 1, tickFormat: String }),
      ...(logarithmic === true ? { type: 'log', axis: null } : { ticks: isNarrow ? 5 : 10 }),
    },
    y: {
      label: y,
      grid: true,
      domain,
      ...(logarithmic ? { type: 'log', tickFormat: nameOfTick, ticks: 5 } : { nice: true }),
    },
    marks: [
      // The axis of a logarithmic scale would leave out the names of all but round numbers.
      ...(logarithmic === true
        ? [
            Plot.axisX(
              wellApart(
                points.map((point) => point.x),
                isNarrow ? 6 : 12,
              ),
              { text: nameOfTick, label: x },
            ),
          ]
        : []),
      Plot.ruleX(banded.filter(isAlone(points)), { x: 'x', y1: 'low', y2: 'high', stroke: colour }),
      Plot.areaY(banded, { x: 'x', y1: 'low', y2: 'high', z: 'series', fill: colour, fillOpacity: 0.18 }),
      Plot.line(bounds, { ...channels, stroke: colour, strokeDasharray: '5 4', clip: true }),
      ...series.map((name) => {
        const line = points.filter((point) => point.series === name);
        // Thin, very many points leave their symbols to be seen.
        const strokeWidth = line.length > 2 * SYMBOLS_PER_LINE ? 1 : 1.8;
        const strokeDasharray = dashOf(places.get(name)!);
        return Plot.line(line, { ...channels, stroke: colour, strokeWidth, strokeDasharray });
      }),
      Plot.dot(marked(points), { ...channels, fill: colourOfPoint, symbol, r: 3.2 }),
      ...above.flatMap((name) => [
        Plot.dot([{ series: name }], {
          ...{ ...beside(name), dx: 6, fill: colour, r: 4 },
          symbol: kinds.includes(name) ? 'circle' : symbol,
        }),
        Plot.text([name], {
          ...{ ...beside(name), dx: 18, text: [name], lineAnchor: 'middle', fill: 'currentColor' },
        }),
      ]),
      ...(isNarrow
        ? []
        : [
            Plot.dot(names, { ...toTheRight, fill: colour, symbol, r: 4 }),
            Plot.text(names, {
              ...{ ...toTheRight, dx: 24, text: 'series', textAnchor: 'start', fill: 'currentColor' },
            }),
          ]),
    ],
  });
}

/** Whether a point is its whole line: a band of one point would not be seen. */
const isAlone = (points: readonly Point[]) => (point: Point) =>
  points.every((other) => other === point || other.series !== point.series);

/** The points that have a symbol: in a line of very many of them, symbols at all would cover it. */
function marked(points: readonly Point[]): Point[] {
  const lines = [...new Set(points.map(({ series }) => series))];
  return lines.flatMap((name) => {
    const line = points.filter(({ series }) => series === name);
    return line.filter((_, i) => i % Math.ceil(line.length / SYMBOLS_PER_LINE) === 0);
  });
}

/** From the lowest to the highest of the points and their bands. */
function extent(points: readonly Point[]): [number, number] {
  const low = Math.min(...points.map(({ y, low }) => low ?? y));
  const high = Math.max(...points.map(({ y, high }) => high ?? y));
  return low === high ? [low - Math.abs(low) / 2, high + Math.abs(high) / 2] : [low, high];
}

/** Of values on a logarithmic axis those whose names do not meet: every second, where there are many. @param room for so many */
function wellApart(values: readonly number[], room: number): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const least = Math.log(sorted.at(-1)! / sorted[0]!) / room;
  const kept: number[] = [];
  for (const value of sorted)
    if (kept.length === 0 || Math.log(value / kept.at(-1)!) >= least) kept.push(value);
  return kept;
}

/** Names that stand together, lowest first, and the height of their middle. */
interface Group {
  ends: Point[];
  middle: number;
}

/**
 * Where to write the name of each line: at its end, or as near to it as the other names allow. Names that meet stand
 * together around the middle of their ends.
 */
function lineNames(points: readonly Point[], domain: readonly number[], logarithmic: boolean): Point[] {
  const [scale, unscale] = logarithmic ? [Math.log, Math.exp] : [Number, Number];
  const [low, high] = domain.map(scale) as [number, number];
  const distance = ((high - low) * LEGEND_LINE) / (HEIGHT - 76);
  // No name stands above or below the lines.
  const within = ({ ends, middle }: Group): Group => {
    const half = ((ends.length - 1) * distance) / 2;
    return { ends, middle: Math.max(low + half, Math.min(high - half, middle)) };
  };
  const ends = [...new Map(points.map((point) => [point.series, point])).values()].sort((a, b) => a.y - b.y);
  const groups: Group[] = [];
  for (const end of ends) {
    let group = within({ ends: [end], middle: scale(end.y) });
    for (let below = groups.at(-1); below; below = groups.at(-1)) {
      const together = below.ends.length + group.ends.length;
      if (group.middle - below.middle >= (distance * together) / 2) break;
      groups.pop();
      const sum = below.middle * below.ends.length + group.middle * group.ends.length;
      group = within({ ends: [...below.ends, ...group.ends], middle: sum / together });
    }
    groups.push(group);
  }
  return groups.flatMap(({ ends, middle }) =>
    ends.map((end, i) => ({ ...end, y: unscale(middle + (i - (ends.length - 1) / 2) * distance) })),
  );
}
