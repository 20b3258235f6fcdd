/** A second order about several centroids, which the engine does not have: how far it is off, in float64, on some rows. */
import type { Engine } from 'hw2-engine';
import { attention } from 'hw2-engine';
import { withPlaced } from '#hw2/bench/placed.js';
import { clustersOf } from './clusters-of.js';
import { distance, type Way } from './measure.js';
import { type Head, scoreDeviation, sharper } from './tensors.js';

/** Orders 1 and 2 where both take about as many multiply-adds a query. */
export interface OrderPair {
  head: string;
  L: number;
  D: number;
  sigma: number;
  /** Centroids and distance of order 2. */
  centroids: number;
  distance: number;
  /** Multiply-adds a query, over those of exact attention. */
  cost: number;
  /** The closest of first orders, and of order 0 with near keys, that take no more. */
  other: Way & { distance: number; cost: number };
}

const ROWS = 256;

/** Multiply-adds a query. */
export function costOf({ L, D }: Pick<Head, 'L' | 'D'>, { order, centroids = 1, near = 0 }: Way): number {
  const terms = [2 * D, 2 * D + D * D, 2 * D + D * D + (D * (D + 1) * (D + 1)) / 2][order]!;
  return centroids * terms + near * L * 2 * D;
}

const COUNTS = [16, 32, 64, 128, 256, 512, 1024];
const NEAR = [0, 1 / 16, 1 / 8];

export async function measurePair(
  engine: Engine,
  given: Head,
  factor: number,
  centroids: number,
): Promise<OrderPair> {
  const head = sharper(given, factor);
  const cost = costOf(head, { order: 2, centroids });
  const { L, D, name } = head;
  return withPlaced(engine, head, async (inputs, out) => {
    await attention(engine, inputs, { out });
    const softmax = out.data.slice();
    const rows = Array.from({ length: ROWS }, (_, i) => Math.floor(((i + 0.5) * L) / ROWS));
    const pick = (data: ArrayLike<number>) =>
      rows.flatMap((row) => Array.from({ length: D }, (_, d) => data[row * D + d]!));
    const expected = pick(softmax);
    const { labels, meanQuery } = await clustersOf(engine, inputs, centroids);
    const second = distance(secondOrder(head, rows, labels, meanQuery), expected);
    // Within 2 % of as many operations: the counts of centroids are whole numbers.
    const first = Math.floor((1.02 * cost) / costOf(head, { order: 1 }));
    const ways: Way[] = [
      { order: 1, centroids: first },
      ...COUNTS.flatMap((count) => NEAR.map((near) => ({ order: 0, centroids: count, near }))),
    ];
    const others = [];
    for (const way of ways.filter((one) => costOf(head, one) <= 1.02 * cost && 2 * one.centroids! <= L)) {
      await attention(engine, inputs, { method: 'taylor', ...way, out });
      others.push({
        ...way,
        distance: distance(pick(out.data), expected),
        cost: costOf(head, way) / (2 * D * L),
      });
    }
    others.sort((a, b) => a.distance - b.distance);
    return {
      ...{ head: name, L, D, sigma: scoreDeviation(head), centroids, distance: second },
      ...{ cost: cost / (2 * D * L), other: others[0]! },
    };
  });
}

/** Σ b·(1 + t + t²/2)·v over Σ b·(1 + t + t²/2), t = p·(k − μ), cluster by cluster; float64. */
function secondOrder(
  { L, D, q, k, v }: Head,
  rows: readonly number[],
  labels: ArrayLike<number>,
  meanQuery: ArrayLike<number>,
): number[] {
  const scale = 1 / Math.sqrt(D);
  const count = 1 + Array.from(labels).reduce((a, b) => Math.max(a, b), 0);
  const dot = (a: ArrayLike<number>, x: number, b: ArrayLike<number>, y: number) => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += a[x + d]! * b[y + d]!;
    return sum;
  };
  const offsets = Float64Array.from({ length: L }, (_, j) => scale * dot(meanQuery, 0, k, j * D));
  const shift = offsets.reduce((a, b) => Math.max(a, b));
  const weights = offsets.map((x) => Math.exp(x - shift));
  const means = new Float64Array(count * D);
  const sums = new Float64Array(count);
  for (let j = 0; j < L; j++) {
    sums[labels[j]!]! += weights[j]!;
    for (let d = 0; d < D; d++) means[labels[j]! * D + d]! += weights[j]! * k[j * D + d]!;
  }
  for (let i = 0; i < means.length; i++) means[i]! /= sums[Math.floor(i / D)]!;
  return rows.flatMap((row) => {
    const p = Float64Array.from({ length: D }, (_, d) => scale * (q[row * D + d]! - meanQuery[d]!));
    const centres = Float64Array.from({ length: count }, (_, c) => dot(p, 0, means, c * D));
    const most = centres.reduce((a, b, c) => (sums[c]! > 0 ? Math.max(a, b) : a), Number.NEGATIVE_INFINITY);
    const output = new Array<number>(D).fill(0);
    let denominator = 0;
    for (let j = 0; j < L; j++) {
      const centre = centres[labels[j]!]!;
      const t = dot(p, 0, k, j * D) - centre;
      const weight = weights[j]! * Math.exp(centre - most) * (1 + t + (t * t) / 2);
      denominator += weight;
      for (let d = 0; d < D; d++) output[d]! += weight * v[j * D + d]!;
    }
    return output.map((value) => value / denominator);
  });
}
