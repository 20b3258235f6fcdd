import { ticks } from 'd3-array';
import colours from 'picocolors';
import { plot } from 'simple-ascii-chart';
import type { LineChart } from './lines.js';

/** Columns without the ticks: with them less than 80. */
const WIDTH = 58;
const HEIGHT = 14;
const NAMES_PER_LINE = 3;
const COLOURS = ['blue', 'yellow', 'magenta', 'green', 'cyan', 'red'] as const;
/** Lines are told apart without colour, too. */
const SYMBOLS = ['●', '◆', '○', '▲', '□', '+', '×'];
/** Stands where lines meet in a place: none hides another. */
const SEVERAL = '*';

/** The points of a chart in characters, for a terminal of 80 columns. */
export function chartText({ title, x, y, points, logarithmic }: LineChart, colour: boolean): string {
  const plain = (value: number) => value;
  const tenTo = (value: number) => 10 ** value;
  const [scaleX, unscaleX] = logarithmic === true ? [Math.log10, tenTo] : [plain, plain];
  const [scaleY, unscaleY] = logarithmic ? [Math.log10, tenTo] : [plain, plain];
  const xs = [...new Set(points.map((point) => scaleX(point.x)))].sort((a, b) => a - b);
  const names = [...new Set(points.map(({ series }) => series))];
  const lines = names.map((name) =>
    points
      .filter(({ series }) => series === name)
      .map((point): [number, number] => [scaleX(point.x), scaleY(point.y)]),
  );
  const paint = colours.createColors(colour);
  const symbolOf = (line: number) => paint[COLOURS[line % COLOURS.length]!](SYMBOLS[line % SYMBOLS.length]!);
  /** The lines that have a point in a place of the chart, by its row and column. */
  const places = new Map<string, Set<number>>();
  const linesAt = (x: number, y: number) =>
    lines.flatMap((own, line) => (own.some((point) => point[0] === x && point[1] === y) ? [line] : []));
  const draw = (symbolIn: (place: string, own: readonly number[]) => string) =>
    plot(lines, {
      ...{ width: WIDTH, height: HEIGHT, mode: 'point' },
      customXAxisTicks: apart(logarithmic === true ? xs : ticks(Math.min(...xs), Math.max(...xs), 5), (x) =>
        formatTick(unscaleX(x)),
      ),
      formatter: (value, { axis }) => formatTick((axis === 'x' ? unscaleX : unscaleY)(value)),
      lineFormatter: ({ x: atX, y: atY, plotX, plotY }) => ({
        ...{ x: plotX, y: plotY },
        symbol: symbolIn(`${plotX} ${plotY}`, linesAt(atX, atY)),
      }),
    });
  draw((place, own) => {
    places.set(place, new Set([...(places.get(place) ?? []), ...own]));
    return ' ';
  });
  let hasSeveral = false;
  const chart = draw((place, [line]) => {
    if (places.get(place)!.size <= 1) return symbolOf(line!);
    hasSeveral = true;
    return SEVERAL;
  });
  const legend: string[] = [];
  for (let i = 0; i < names.length; i += NAMES_PER_LINE) {
    const line = names.slice(i, i + NAMES_PER_LINE);
    legend.push(line.map((name, j) => `${symbolOf(i + j)} ${name}`).join('  '));
  }
  if (hasSeveral) legend.push(`${SEVERAL} more than one`);
  const axes = `${y} over ${x}${logarithmic ? `, ${logarithmic === true ? 'both' : y} logarithmic` : ''}`;
  return [...(title ? [title] : []), axes, chart, ...legend].join('\n');
}

/** Of the ticks of an axis those that have room for their numbers. */
function apart(values: readonly number[], text: (value: number) => string): number[] {
  const [first, last] = [values[0]!, values.at(-1)!];
  let end = Number.NEGATIVE_INFINITY;
  return values.filter((value) => {
    // A number stands in the middle below its tick.
    const [at, room] = [((value - first) / (last - first || 1)) * WIDTH, text(value).length + 1];
    const hasRoom = at - room / 2 >= end;
    if (hasRoom) end = at + room / 2;
    return hasRoom;
  });
}

function formatTick(value: number): string {
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (value !== 0 && (exponent < -3 || exponent > 5)) return value.toExponential(0);
  return value >= 100 ? `${Math.round(value)}` : `${Number(value.toPrecision(2))}`;
}
