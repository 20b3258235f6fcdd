/** Measures what `auto` reckons with. */
import { checkEngine } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { chooseMethod } from './choose.js';
import { compute } from './compute.js';
import { expansionFlops } from './expansion-cost.js';
import { exactFlops, type Sizes, taylorFlops } from './feature-map.js';
import { EXACT_SAMPLE, type Rates } from './rates.js';

/** Sizes that keep every cache level busy and still take a few milliseconds. */
const SAMPLE = {
  exact: EXACT_SAMPLE,
  taylor: { length: 1024, headDim: 32 },
  centroids: { length: 2048, headDim: 64 },
};
const SAMPLE_EXPANSION = { centroids: 64, order: 0, near: 1 / 16 };
/**
 * Searches, of both orders by turns, before anything is timed: V8 compiles what they and the calls run meanwhile. The first search
 * would take twice as long as those after them, and calls that are timed while V8 compiles up to twice as long, too.
 */
const SEARCHES = 8;
/** So slow that a search of the sample has time for a trial, whatever the machine. */
const PATIENT: Rates = { exact: 1e6, taylor: 1e9, centroids: 1e9 };
/** Rounds in a row without a faster call that end the measurement, and what counts as faster; a busy machine is never steady. */
const STEADY = 12;
const FASTER = 0.97;
const LONGEST_MS = 500;

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
  for (let i = 0; i < SEARCHES; i++)
    await chooseMethod(engine, inputs.at(-1)!, { centroids: 64, order: i % 2 }, PATIENT, 0);
  // The fastest call of each: what the others lost, they lost to something else, such as a machine that others use, too.
  const fastest = contenders.map(() => Number.POSITIVE_INFINITY);
  const end = performance.now() + LONGEST_MS;
  for (let steady = 0; steady < STEADY && performance.now() < end; steady++) {
    for (const [i, { method, options }] of contenders.entries()) {
      const start = performance.now();
      await compute(engine, inputs[i]!, method, options);
      const seconds = (performance.now() - start) / 1e3;
      if (seconds < FASTER * fastest[i]!) steady = 0;
      fastest[i] = Math.min(fastest[i]!, seconds);
    }
  }
  const [exact, taylor, centroids] = contenders.map(({ length, headDim, flopsOf }, i) => {
    const one = { batches: 1, heads: 1, kvHeads: 1, isCausal: false };
    return flopsOf({ ...one, queries: length, keys: length, headDim, valueDim: headDim }) / fastest[i]!;
  });
  return { exact: exact!, taylor: taylor!, centroids: centroids! };
}
