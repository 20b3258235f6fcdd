/** How fast an engine computes each method, and how long calls are expected to take then. */
import { checkObject, shown } from '../runtime/arguments.js';
import { exactFlops, type Sizes, taylorFlops } from './feature-map.js';
import type { Method } from './options.js';

/** Floating-point operations per second of each method, on one machine with one tier and number of threads. */
export interface Rates {
  exact: number;
  taylor: number;
  /** Of expansions about centroids. Default: half of `exact`. */
  centroids?: number | undefined;
}

/** Length and dimension of the head by which exact attention is timed. */
export const EXACT_SAMPLE = { length: 768, headDim: 64 };

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
  const { headDim } = EXACT_SAMPLE;
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
