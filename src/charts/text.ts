import { ticks } from 'd3-array';
import colours from 'picocolors';
import { type LineFormatterArgs, plot, type Settings } from 'simple-ascii-chart';
import type { LineChart } from './lines.js';
import { placesOf, tickFormat } from './theme.js';

/** Columns without the ticks: with them less than 80. */
const WIDTH = 58;
const HEIGHT = 14;
const NAMES_PER_LINE = 3;
/** Of a terminal, as like as can be to those of the palette, place by place; text has none. */
const COLOURS = [
  ...(['blue', 'yellow', 'magenta', 'green', 'magentaBright', 'cyan', 'greenBright'] as const),
  ...(['redBright', 'yellowBright', 'cyanBright', 'red', 'blueBright', 'reset'] as const),
];
/** Lines are told apart without colour, too. */
const SYMBOLS = ['●', '◆', '○', '▲', '□', '+', '×', '■', '△', '◇', '▼', '▽'];
/** Stands where lines meet in a place that has no room beside it. */
const SEVERAL = '*';

/**
 * The points of a chart in characters, for a terminal of 80 columns. Colours mean what they mean in other charts; symbols tell lines
 * apart. Of lines that meet in a place the symbols stand side by side.
 */
export function chartText({ title, x, y, points, logarithmic, wholeX }: LineChart, colour: boolean): string {
  const plain = (value: number) => value;
  const tenTo = (value: number) => 10 ** value;
  const [scaleX, unscaleX] = logarithmic === true ? [Math.log10, tenTo] : [plain, plain];
  const [scaleY, unscaleY] = logarithmic ? [Math.log10, tenTo] : [plain, plain];
  const xs = [...new Set(points.map((point) => scaleX(point.x)))].sort((a, b) => a - b);
  const ys = points.map((point) => point.y);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const names = [...new Set(points.map(({ series }) => series))];
  const lines = names.map((name) =>
    points
      .filter(({ series }) => series === name)
      .map((point): [number, number] => [scaleX(point.x), scaleY(point.y)]),
  );
  const places = placesOf(names);
  const paint = colours.createColors(colour);
  const symbolOf = (line: number) =>
    paint[COLOURS[places.get(names[line]!)! % COLOURS.length]!](SYMBOLS[line % SYMBOLS.length]!);
  const ticksX = ticks(Math.min(...xs), Math.max(...xs), 5).filter(
    (tick) => !wholeX || Number.isInteger(tick),
  );
  const ticksY = logarithmic ? logarithmicTicks(low, high) : ticks(low, high, 5);
  const textX = tickFormat(logarithmic === true ? xs.map(unscaleX) : ticksX);
  const textY = tickFormat(ticksY);
  const draw = (lineFormatter: NonNullable<Settings['lineFormatter']>) =>
    plot(lines, {
      ...{ width: WIDTH, height: HEIGHT, mode: 'point' },
      customXAxisTicks: apart(logarithmic === true ? xs : ticksX, (x) => textX(unscaleX(x))),
      customYAxisTicks: ticksY.map(scaleY),
      formatter: (value, { axis }) => (axis === 'x' ? textX(unscaleX(value)) : textY(unscaleY(value))),
      lineFormatter,
    });
  /** The lines that have a point in a place of the chart, which is known only when it has been drawn. */
  const cells = new Map<string, Cell>();
  const placeOf = ({ plotX, plotY }: LineFormatterArgs) => `${plotX} ${plotY}`;
  draw((point) => {
    const cell = cells.get(placeOf(point)) ?? { x: point.plotX, y: point.plotY, lines: new Set() };
    cells.set(placeOf(point), cell);
    for (const [line, own] of lines.entries())
      if (own.some(([x, y]) => x === point.x && y === point.y)) cell.lines.add(line);
    return [];
  });
  const columns = sideBySide([...cells.values()]);
  let hasSeveral = false;
  const chart = draw((point) => {
    const cell = cells.get(placeOf(point))!;
    const first = columns.get(cell);
    hasSeveral ||= first === undefined;
    if (first === undefined) return [{ x: cell.x, y: cell.y, symbol: SEVERAL }];
    return [...cell.lines]
      .sort((a, b) => a - b)
      .map((line, i) => ({ x: first + i, y: cell.y, symbol: symbolOf(line) }));
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

/** A place of the chart and the lines that have a point there. */
interface Cell {
  x: number;
  y: number;
  lines: Set<number>;
}

/** In which column the symbols of each place begin: as near to it as its neighbours allow; nothing where there is no room. */
function sideBySide(cells: readonly Cell[]): Map<Cell, number> {
  const taken = new Set(cells.map(({ x, y }) => `${x} ${y}`));
  const columns = new Map<Cell, number>();
  for (const cell of [...cells].sort((a, b) => a.lines.size - b.lines.size)) {
    const { x, y, lines } = cell;
    const isFree = (column: number) =>
      column === x || (column >= 1 && column <= WIDTH && !taken.has(`${column} ${y}`));
    const all = (first: number) => Array.from({ length: lines.size }, (_, i) => first + i);
    const first = all(0)
      .map((shift) => x - shift)
      .find((start) => all(start).every(isFree));
    if (first === undefined) continue;
    columns.set(cell, first);
    for (const column of all(first)) taken.add(`${column} ${y}`);
  }
  return columns;
}

/** Round numbers between two: powers of ten, or these by 1, 2 and 5, or evenly spaced ones, whichever are three at least. */
function logarithmicTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  const within = (tick: number) => tick >= low && tick <= high;
  const found = [[1], [1, 2, 5]]
    .map((factors) => powers.flatMap((power) => factors.map((factor) => factor * power)).filter(within))
    .find(({ length }) => length > 2);
  return found ?? ticks(low, high, 4);
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
