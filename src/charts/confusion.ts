import * as Plot from '@observablehq/plot';
import { formatCount } from '../format/numbers.js';
import { frame, NARROW, nameWidth } from './theme.js';

export interface ConfusionChart {
  title?: string;
  source?: string;
  /** Names of the classes. */
  names: readonly string[];
  /** Counts: rows are true classes, columns predicted ones. */
  matrix: readonly (readonly number[])[];
}

const CELL = 108;
/** Opacity of a cell that has its whole row, in the colour of the text: the count in it, of that colour, is still read. */
const DARKEST = 0.35;

/**
 * A confusion matrix with its counts; a cell is the darker, the larger its share of its row.
 *
 * @param isNarrow for a telephone: names are broken into lines, those of columns stand upright
 */
export function confusionChart(
  { title, names, matrix }: ConfusionChart,
  document: Document,
  isNarrow = false,
): Element {
  const cells = matrix.flatMap((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j) => ({ true: names[i], told: names[j], count, share: total && count / total }));
  });
  const marginLeft = isNarrow ? 124 : nameWidth(names) + 16;
  const marginBottom = isNarrow ? 190 : 64;
  const position = { x: 'told', y: 'true' };
  return Plot.plot({
    ...frame,
    document,
    width: isNarrow ? NARROW : names.length * CELL + marginLeft + 8,
    height: names.length * 46 + 26 + marginBottom,
    marginLeft,
    marginRight: 8,
    marginTop: 26,
    marginBottom,
    ...(title && { ariaLabel: title }),
    x: { domain: names },
    y: { domain: names, label: 'true class', ...(isNarrow && { axis: null }) },
    marks: [
      ...(isNarrow ? [Plot.axisY({ label: 'true class', lineWidth: 9, tickSize: 0, fontSize: 11 })] : []),
      Plot.axisX({
        label: 'told as',
        labelAnchor: 'center',
        labelArrow: 'none',
        ...(isNarrow ? { tickRotate: -90 } : { lineWidth: 8 }),
        tickSize: 0,
        fontSize: 11,
      }),
      Plot.cell(cells, {
        ...position,
        fill: 'currentColor',
        fillOpacity: ({ share }) => DARKEST * share,
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
