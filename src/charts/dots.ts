import * as Plot from '@observablehq/plot';
import { colourOf, frame, NARROW, nameWidth, placesOf, symbolOf } from './theme.js';

/** A number for a row of the chart, with its 95 % interval where it has one. */
export interface Dot {
  row: string;
  series: string;
  x: number;
  low?: number;
  high?: number;
}

export interface DotChart {
  title?: string;
  source?: string;
  /** Name of the axis, with its unit. */
  x: string;
  dots: readonly Dot[];
}

const ROW = 46;
const SERIES_GAP = 12;
const LEGEND_LINE = 20;
const NAME_LINE = 18;

/**
 * Numbers with their intervals, one row each, series below one another in a row.
 *
 * @param isNarrow for a telephone: rows are named above their dots
 */
export function dotChart({ title, x, dots }: DotChart, document: Document, isNarrow = false): Element {
  const rows = [...new Set(dots.map(({ row }) => row))];
  const series = [...new Set(dots.map((dot) => dot.series))];
  const legend = series.length * LEGEND_LINE;
  const places = placesOf(series);
  const head = isNarrow ? NAME_LINE : 0;
  const rowHeight = Math.max(ROW, series.length * SERIES_GAP + 12) + head;
  return Plot.plot({
    ...frame,
    ...(isNarrow && { width: NARROW }),
    document,
    height: rows.length * rowHeight + legend + 60,
    marginTop: legend + 16,
    marginBottom: 42,
    marginLeft: isNarrow ? 12 : nameWidth(rows),
    marginRight: isNarrow ? 16 : 24,
    ...(title && { ariaLabel: title }),
    x: { label: x, grid: true, nice: true, ticks: isNarrow ? 4 : 8 },
    y: { domain: rows, label: null, padding: 0.5, ...(isNarrow && { axis: null }) },
    marks: [
      ...(isNarrow ? [rowNames(rows, rowHeight)] : []),
      ...series.flatMap((name, i) => {
        const own = dots.filter((dot) => dot.series === name);
        const dy = (i - (series.length - 1) / 2) * SERIES_GAP + head / 2;
        const place = places.get(name)!;
        const look = { fill: colourOf(place), symbol: symbolOf(place) };
        const inLegend = { frameAnchor: 'top-left', dy: i * LEGEND_LINE - legend } as const;
        return [
          Plot.ruleY(
            own.filter(({ low }) => low !== undefined),
            { y: 'row', x1: 'low', x2: 'high', dy, stroke: colourOf(place), strokeWidth: 2 },
          ),
          Plot.dot(own, { x: 'x', y: 'row', dy, r: 5, ...look }),
          Plot.dot([name], { ...inLegend, dx: 6, r: 5, ...look }),
          Plot.text([name], {
            ...inLegend,
            dx: 18,
            text: [name],
            lineAnchor: 'middle',
            fill: 'currentColor',
          }),
        ];
      }),
    ],
  });
}

function rowNames(rows: readonly string[], height: number): Plot.Text {
  return Plot.text(rows, {
    ...{ y: (row: string) => row, text: (row: string) => row, frameAnchor: 'left', textAnchor: 'start' },
    ...{ dy: -height / 2 + 8, fill: 'currentColor' },
  });
}
