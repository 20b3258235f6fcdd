import { chartSvg } from './chart-svg.js';
import { chartText } from './chart-text.js';
import type { LineChart } from './charts.js';

/** One line of a chart: a value after each epoch, the first after epoch 1. */
export interface Curve {
  name: string;
  values: readonly number[];
}

/** A chart of training curves as an SVG document: epochs to the right, each line named where it ends. */
export function curvesSvg(curves: readonly Curve[], yLabel: string): string {
  return chartSvg(curvesChart(curves, yLabel));
}

/** The same chart in characters, for a terminal. */
export function curvesText(curves: readonly Curve[], yLabel: string, colour: boolean): string {
  return chartText(curvesChart(curves, yLabel), colour);
}

function curvesChart(curves: readonly Curve[], y: string): LineChart {
  const points = curves.flatMap(({ name, values }) =>
    values.map((value, i) => ({ series: name, x: i + 1, y: value })),
  );
  return { x: 'epoch', y, points, wholeX: true };
}
