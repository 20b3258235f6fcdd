import type { LineChart } from '../charts/lines.js';
import type { Epoch } from './training.js';

/** The runs of a search for the learning rate, as training keeps them. */
export type Curves = readonly { learningRate: number; epochs: readonly Epoch[] }[];

/** Training loss by epoch, one line a learning rate, as the report's figure 1. */
export function lossChart(title: string, curves: Curves): LineChart {
  return curvesChart(title, 'training loss, nats', curves, ({ loss }) => loss);
}

/** Validation accuracy by epoch, one line a learning rate, as the report's figure 2. */
export function accuracyChart(title: string, curves: Curves): LineChart {
  return curvesChart(title, 'validation accuracy', curves, ({ accuracy }) => accuracy);
}

function curvesChart(title: string, y: string, curves: Curves, value: (epoch: Epoch) => number): LineChart {
  const points = curves.flatMap(({ learningRate, epochs }) =>
    epochs.map((epoch, i) => ({ series: `η = ${learningRate}`, x: i + 1, y: value(epoch) })),
  );
  return { title, x: 'epoch', y, wholeX: true, points };
}
