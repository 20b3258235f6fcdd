import type { LineChart } from '../charts/lines.js';
import type { ModelRecord } from './card.js';
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

/** A record's curves as charts that say where they come from. */
export function recordCharts({ data, command, runs, options }: ModelRecord): {
  loss: LineChart;
  accuracy: LineChart;
} {
  const title = `${options.variant} on ${data.name}`;
  const source = `${options.variant}.json, by ${command}`;
  const curves = runs.map(({ learningRate, progress }) => ({ learningRate, epochs: progress.curve }));
  return {
    loss: { ...lossChart(title, curves), source },
    accuracy: { ...accuracyChart(title, curves), source },
  };
}

function curvesChart(title: string, y: string, curves: Curves, value: (epoch: Epoch) => number): LineChart {
  const points = curves.flatMap(({ learningRate, epochs }) =>
    epochs.map((epoch, i) => ({ series: `η = ${learningRate}`, x: i + 1, y: value(epoch) })),
  );
  return { title, x: 'epoch', y, wholeX: true, points };
}
