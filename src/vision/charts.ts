import type { LineChart } from '../charts/lines.js';
import type { ModelRecord } from './card.js';
import { reliabilityChart, type TrustRecord } from './fit-trust.js';
import type { Variant } from './network.js';
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

/** The charts of a model's card, by the ends of their names. Their source is the record, which the card says how to make. */
export function cardCharts(
  title: string,
  variant: Variant,
  curves: Curves,
  trust: TrustRecord,
): Record<'loss' | 'accuracy' | 'reliability', LineChart> {
  const source = `${variant}.json`;
  return {
    loss: { ...lossChart(title, curves), source },
    accuracy: { ...accuracyChart(title, curves), source },
    reliability: { ...reliabilityChart(title, trust), source },
  };
}

export function recordCharts({ data, runs, options: { variant }, trust }: ModelRecord) {
  const curves = runs.map(({ learningRate, progress }) => ({ learningRate, epochs: progress.curve }));
  return cardCharts(`${variant} on ${data.name}`, variant, curves, trust);
}

function curvesChart(title: string, y: string, curves: Curves, value: (epoch: Epoch) => number): LineChart {
  const points = curves.flatMap(({ learningRate, epochs }) =>
    epochs.map((epoch, i) => ({ series: `η = ${learningRate}`, x: i + 1, y: value(epoch) })),
  );
  return { title, x: 'epoch', y, wholeX: true, points };
}
