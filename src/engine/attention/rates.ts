/** How fast an engine computes each method, and how long a call is expected to take. */
import { checkEngine, checkObject, shown } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { compute } from './compute.js';
import { expansionFlops } from './expansion-cost.js';
import { exactFlops, type Sizes, taylorFlops } from './feature-map.js';
import type { Method } from './options.js';

/** Floating-point operations per second of each method, on one machine with one tier and number of threads. */
export interface Rates {
  exact: number;
  taylor: number;
  /** Of expansions about centroids. Default: half of `exact`. */
  centroids?: number | undefined;
}

/** Sizes that keep every cache level busy and still take a few milliseconds. */
const SAMPLE = {
  exact: { length: 768, headDim: 64 },
  taylor: { length: 1024, headDim: 32 },
  centroids: { length: 2048, headDim: 64 },
};
const SAMPLE_EXPANSION = { centroids: 64, order: 0, near: 1 / 16 };
const WARM_UP = 3;
const ROUNDS = 5;

/**
 * Measures how fast this engine computes each method.
 *
 * @example
 * const rates = await calibrate(engine); // once an engine
 * await attention(engine, { q, k, v }, { method: 'auto', rates });
 */
export async function calibrate(engine: Engine): Promise<Rates> {
  checkEngine(engine);
  const contenders = [
    { ...SAMPLE.exact, method: 'exact', options: {}, flopsOf: exactFlops },
    { ...SAMPLE.taylor, method: 'taylor', options: {}, flopsOf: (sizes: Sizes) => taylorFlops(sizes, 2) },
    {
      ...SAMPLE.centroids,
      method: 'taylor',
      options: SAMPLE_EXPANSION,
      flopsOf: (sizes: Sizes) => expansionFlops(sizes, SAMPLE_EXPANSION).all,
    },
  ] as const;
  const inputs = contenders.map(({ length, headDim }) => {
    const data = Float32Array.from({ length: length * headDim }, (_, i) => Math.sin(i * i));
    const tensor = { data, dims: [1, 1, length, headDim] };
    return { q: tensor, k: tensor, v: tensor };
  });
  // The fastest round: what the others lost, they lost to something else.
  const fastest = contenders.map(() => Number.POSITIVE_INFINITY);
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [i, { method, options }] of contenders.entries()) {
      const start = performance.now();
      await compute(engine, inputs[i]!, method, options);
      if (round >= 0) fastest[i] = Math.min(fastest[i]!, (performance.now() - start) / 1e3);
    }
  }
  const [exact, taylor, centroids] = contenders.map(({ length, headDim, flopsOf }, i) => {
    const one = { batches: 1, heads: 1, kvHeads: 1, isCausal: false };
    return flopsOf({ ...one, queries: length, keys: length, headDim, valueDim: headDim }) / fastest[i]!;
  });
  return { exact: exact!, taylor: taylor!, centroids: centroids! };
}

/**
 * Floating-point operations of a method.
 *
 * @example
 * flopsOf('exact', { ...checkCall({ q, k, v }, {}), isCausal: false }, 2); // → 524288
 */
export function flopsOf(method: Method, sizes: Sizes, order: number): number {
  return method === 'exact' ? exactFlops(sizes) : taylorFlops(sizes, order);
}

/** Operations that the softmax of a score takes the time of, as measured: much where heads are smaller than those of the calibration. */
const SOFTMAX = 24;
const withSoftmax = (headDim: number, valueDim: number) => 1 + SOFTMAX / (2 * (headDim + valueDim));

/** Expected seconds of exact attention. */
export function secondsOfExact(sizes: Sizes, rate: number): number {
  const { headDim } = SAMPLE.exact;
  const slower = withSoftmax(sizes.headDim, sizes.valueDim) / withSoftmax(headDim, headDim);
  return (exactFlops(sizes) / rate) * slower;
}

/** @throws TypeError or RangeError unless these are what calibrate measured. */
export function checkRates(rates: Rates): void {
  checkObject('rates', rates, 'what calibrate measured');
  const { exact, taylor, centroids = 1 } = rates;
  for (const [name, rate] of Object.entries({ exact, taylor, centroids }))
    if (!(typeof rate === 'number' && rate > 0))
      throw new RangeError(`rates: given ${name} ${shown(rate)}, expected what calibrate measured`);
}
