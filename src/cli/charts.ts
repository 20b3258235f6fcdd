import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import colours from 'picocolors';
import { type Color, plot } from 'simple-ascii-chart';
import { writeWhole } from '../data/write.js';
import { type LineChart, lineChart } from '../report/charts.js';
import { print } from './output.js';

// Without ticks, which take 20 more.
const WIDTH = 58;
const HEIGHT = 14;
const NAMES_PER_LINE = 3;
const COLOURS: Color[] = ['ansiGreen', 'ansiCyan', 'ansiYellow', 'ansiMagenta', 'ansiRed', 'ansiBlue'];
/** Lines are told apart without colour, too. */
const SYMBOLS = ['●', '◆', '○', '▲', '□', '+', '×'];

/** Draws the points of a chart in 80 columns. */
export function printChart({ title, x, y, points, logarithmic }: LineChart): void {
  const scale = logarithmic ? Math.log10 : (value: number) => value;
  const unscale = logarithmic ? (value: number) => 10 ** value : (value: number) => value;
  const names = [...new Set(points.map(({ series }) => series))];
  const lines = names.map((name) =>
    points
      .filter(({ series }) => series === name)
      .map((point): [number, number] => [scale(point.x), scale(point.y)]),
  );
  const chart = plot(lines, {
    ...{ width: WIDTH, height: HEIGHT, mode: 'point' },
    customXAxisTicks: [...new Set(points.map((point) => scale(point.x)))],
    formatter: (value) => formatTick(unscale(value)),
    ...(colours.isColorSupported && { color: names.map((_, i) => COLOURS[i % COLOURS.length]!) }),
    lineFormatter: ({ x, y, plotX, plotY }) => {
      const line = lines.findIndex((points) => points.some((point) => point[0] === x && point[1] === y));
      return { x: plotX, y: plotY, symbol: SYMBOLS[line % SYMBOLS.length]! };
    },
  });
  print(`\n${title}\n${y} over ${x}${logarithmic ? ', both logarithmic' : ''}`);
  print(chart);
  for (let i = 0; i < names.length; i += NAMES_PER_LINE) {
    const line = names.slice(i, i + NAMES_PER_LINE);
    print(line.map((name, j) => `${SYMBOLS[(i + j) % SYMBOLS.length]} ${name}`).join('  '));
  }
}

function formatTick(value: number): string {
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (value !== 0 && (exponent < -3 || exponent > 5)) return value.toExponential(0);
  return value >= 100 ? `${Math.round(value)}` : `${Number(value.toPrecision(2))}`;
}

/** Writes a chart as SVG. @returns the path of the file */
export async function writeChart(folder: string, name: string, chart: LineChart): Promise<string> {
  const { document } = parseHTML('<!doctype html><body></body>');
  const path = join(folder, `${name}.svg`);
  const element = lineChart(chart, document);
  // A page knows what an svg element is, a file has to say it.
  element.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  await writeWhole(path, `${element.outerHTML}\n`);
  return path;
}
