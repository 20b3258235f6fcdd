import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { plot } from 'simple-ascii-chart';

/** One line of a chart: a value after each epoch, the first after epoch 1. */
export interface Curve {
  name: string;
  values: readonly number[];
}

/** A chart of training curves as an SVG document: epochs to the right, each line named where it ends. */
export function curvesSvg(curves: readonly Curve[], yLabel: string): string {
  const points = curves.flatMap(({ name, values }) =>
    values.map((value, i) => ({ name, epoch: i + 1, value })),
  );
  const { document } = parseHTML('<html></html>');
  const svg = Plot.plot({
    document,
    width: 640,
    height: 400,
    marginRight: 85,
    style: { background: 'white', fontSize: '13px' },
    x: { label: 'epoch', interval: 1, ticks: 10 },
    y: { label: yLabel, grid: true, nice: true },
    color: { scheme: 'Observable10', domain: curves.map(({ name }) => name) },
    marks: [
      Plot.line(points, { x: 'epoch', y: 'value', z: 'name', stroke: 'name' }),
      Plot.dot(points, { x: 'epoch', y: 'value', fill: 'name', r: 2 }),
      Plot.text(
        points,
        Plot.selectLast({
          x: 'epoch',
          y: 'value',
          z: 'name',
          fill: 'name',
          text: 'name',
          textAnchor: 'start',
          dx: 8,
        }),
      ),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${svg.outerHTML}\n`;
}

/** The same chart in characters, for a terminal. */
export function curvesText(curves: readonly Curve[], yLabel: string, colour: boolean): string {
  const lines = curves.map(({ values }) => values.map((value, i): [number, number] => [i + 1, value]));
  return plot(lines, {
    title: yLabel,
    width: 60,
    height: 12,
    xLabel: 'epoch',
    ...(colour && { color: ['ansiBlue', 'ansiYellow', 'ansiMagenta', 'ansiGreen', 'ansiCyan', 'ansiRed'] }),
    legend: { position: 'right', series: curves.map(({ name }) => name) },
  });
}
