import { colourBar, heatMap } from '../../charts/heat-map.js';
import type { Matrices } from '../findings/matrices.js';
import { picture } from '../page/blocks.js';
import type { Html } from '../page/html.js';

/** Quantile of the weights that gets the brightest colour: a few large ones would leave all others dark. */
const BRIGHTEST = 0.995;

/** Softmax and linear attention of an order side by side in the same colours, and what the colours mean. */
export function matrixPictures({ L, exact, taylor }: Matrices, order: number, name = ''): Html[] {
  const sorted = Float32Array.from(exact).sort();
  const domain = [0, sorted[Math.floor(BRIGHTEST * (L * L - 1))]!] as const;
  const map = (values: Float32Array, title: string) =>
    picture({ x: 'key position', y: 'query position', values, columns: L, domain, title }, heatMap, title);
  const shown = taylor.find((one) => one.order === order)!;
  return [
    map(exact, `${name}softmax`),
    map(shown.weights, `${name}linear, order ${order}`),
    picture('weight of a key', (label, document) => colourBar(label, domain, document)),
  ];
}
