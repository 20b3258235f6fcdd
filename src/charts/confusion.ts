import * as Plot from '@observablehq/plot';
import { formatCount } from '../format/numbers.js';
import { colourOf, frame, nameWidth } from './theme.js';

export interface ConfusionChart {
  title?: string;
  source?: string;
  /** Names of the classes. */
  names: readonly string[];
  /** Counts: rows are true classes, columns predicted ones. */
  matrix: readonly (readonly number[])[];
}

const CELL = 108;

/** A confusion matrix with its counts; a cell is the darker, the larger its share of its row. */
export function confusionChart({ title, names, matrix }: ConfusionChart, document: Document): Element {
  const cells = matrix.flatMap((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j) => ({ true: names[i], told: names[j], count, share: total && count / total }));
  });
  const marginLeft = nameWidth(names) + 16;
  const position = { x: 'told', y: 'true' };
  return Plot.plot({
    ...frame,
    document,
    width: names.length * CELL + marginLeft + 8,
    height: names.length * 46 + 110,
    marginLeft,
    marginRight: 8,
    marginTop: 26,
    marginBottom: 84,
    ...(title && { ariaLabel: title }),
    x: { domain: names },
    y: { domain: names, label: 'true class' },
    opacity: { type: 'linear', domain: [0, 1], range: [0, 0.85] },
    marks: [
      Plot.axisX({
        label: 'told as',
        labelAnchor: 'center',
        labelArrow: 'none',
        lineWidth: 8,
        tickSize: 0,
        fontSize: 11,
      }),
      Plot.cell(cells, {
        ...position,
        fill: colourOf(0),
        fillOpacity: 'share',
        stroke: 'currentColor',
        strokeOpacity: 0.25,
        inset: 0.5,
      }),
      Plot.text(cells, {
        ...position,
        text: ({ count }) => formatCount(count),
        fill: 'currentColor',
      }),
    ],
  });
}
