import { formatRoughPercent } from '#hw2/format/numbers.js';
import { elementOf, write } from '../elements.js';
import { HeatMap } from '../heat-map.js';
import { Cursor } from './cursor.js';
import { type BlockWeights, type Clusters, isExpansion, type Setting } from './question.js';

/** Of the cells of exact attention this share is within the scale of the colours. */
const SCALE_QUANTILE = 0.995;

/** More clusters than that leave little of the matrix between their lines, which are marks at its edges then. */
const FEW_CLUSTERS = 24;

/** Shows the matrices of a setting, and reads them out cell by cell. */
export function matrixViews(): {
  show(shown: { matrices: BlockWeights; error: number }, setting: Setting): void;
} {
  const [exactMap, linearMap, differenceMap] = ['exact', 'linear', 'difference'].map(
    (name) => new HeatMap(elementOf(`map-${name}`, HTMLCanvasElement)),
  ) as [HeatMap, HeatMap, HeatMap];
  const legend = new HeatMap(elementOf('map-legend', HTMLCanvasElement));
  legend.draw(
    128,
    1,
    Array.from({ length: 128 }, (_, i) => i / 127),
  );
  const readout = elementOf('map-readout', HTMLElement);
  let shown: { matrices: BlockWeights; L: number } | undefined;

  const cursor = new Cursor(elementOf('maps', HTMLElement), (row, column) => {
    if (!shown) return;
    const { matrices, L } = shown;
    const { cells, exact, linear, clusters } = matrices;
    const i = row * cells + column;
    const [query, key] = [row, column].map((cell) => [(cell * L) / cells, ((cell + 1) * L) / cells - 1]) as [
      [number, number],
      [number, number],
    ];
    const keys = clusters ? keysOfClusters(clusters, key) : range('key', key);
    write(
      readout,
      `${range('Query', query)}, ${keys}: exact ${weight(exact[i]!)}, linear ${weight(linear[i]!)}`,
    );
  });

  return {
    show({ matrices, error }, setting) {
      const { L } = setting;
      shown = { matrices, L };
      const { cells, exact, linear, clusters } = matrices;
      const top = exact.toSorted()[Math.floor(SCALE_QUANTILE * (exact.length - 1))]!;
      // The root shows small weights, too; its sign is the weight's.
      const normalise = (value: number) => Math.sign(value) * Math.sqrt(Math.abs(value) / top);
      exactMap.draw(cells, cells, exact, normalise);
      linearMap.draw(cells, cells, linear, normalise);
      const difference = linear.map((value, i) => value - exact[i]!);
      differenceMap.draw(cells, cells, difference, normalise);
      drawBorders(clusters?.borders ?? []);
      elementOf('legend-top', HTMLElement).textContent = weight(top);
      write(elementOf('map-distance', HTMLElement), distance(error));
      elementOf('map-note', HTMLElement).textContent = layoutOf(L / cells, setting, clusters);
      const way = wayOf(setting);
      for (const caption of document.querySelectorAll('.way')) caption.textContent = way;
      describe(exactMap.canvas, 'Exact attention', exact);
      describe(linearMap.canvas, `Linear attention, ${way}`, linear);
      describe(differenceMap.canvas, 'Linear minus exact attention', difference);
      cursor.resize(cells);
    },
  };
}

function drawBorders(borders: readonly number[]): void {
  const line = borders.length <= FEW_CLUSTERS ? '0V1' : '0V0.05M$ 0.95V1';
  const lines = borders.slice(1, -1).map((border) => {
    const place = String(border / borders.at(-1)!);
    return `M${place} ${line.replace('$', place)}`;
  });
  for (const path of document.querySelectorAll('.borders path')) path.setAttribute('d', lines.join(''));
}

/** How linear attention is computed, as its name goes on. */
function wayOf({ order, centroids, near }: Setting): string {
  const about = centroids > 1 ? ` about ${centroids} centroids` : '';
  return `order ${order}${about}${near > 0 ? `, 1/${1 / near} of the keys near` : ''}`;
}

/** What rows and columns are. @param size of a block of either */
function layoutOf(size: number, setting: Setting, clusters: Clusters | undefined): string {
  const blocks =
    size === 1 ? 'A row is a query, a column a key' : `A row is ${size} queries, a column ${size} keys`;
  if (clusters) {
    const count = clusters.borders.length - 1;
    return count === 1
      ? `${blocks}.`
      : `${blocks}; keys of a cluster stand side by side, and lines are the borders of the ${count} clusters.`;
  }
  if (!isExpansion(setting)) return `${blocks}.`;
  return `${blocks}, in their own order: causal attention is exact within a block of keys and divides those of each earlier segment into clusters of their own.`;
}

const range = (word: string, [first, last]: readonly [number, number]) =>
  first === last ? `${word} ${first}` : `${plural(word)} ${first} to ${last}`;

/** The keys at some places of the order by clusters, and whose they are. */
function keysOfClusters({ keys, borders }: Clusters, [first, last]: readonly [number, number]): string {
  const clusterAt = (place: number) => borders.findLastIndex((border) => border <= place) + 1;
  const [from, to] = [clusterAt(first), clusterAt(last)];
  const which = from === to ? `cluster ${from}` : `clusters ${from} to ${to}`;
  return first === last ? `key ${keys[first]} of ${which}` : `${last - first + 1} keys of ${which}`;
}

/** 1 is what every key gets where all get the same. */
const weight = (value: number) => `${Number(value.toPrecision(3))}×`;
/** Of the output, to softmax. */
export const distance = (error: number) => formatRoughPercent(error, 3);
const plural = (word: string) => (word === 'Query' ? 'Queries' : 'keys');

function describe(canvas: HTMLCanvasElement, title: string, values: Float32Array): void {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(weight);
  canvas.setAttribute('aria-label', `${title}: weights from ${low} to ${high} the mean.`);
}
