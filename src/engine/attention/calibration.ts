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
const WARM_UP = 3;
const ROUNDS = 5;
/** Searches after which V8 has compiled what they run: the first would take twice as long as those after them. */
const SEARCHES = 4;
/** A trial that calls seldom begin with, and more time for it than there would be. */
const TRIAL = { centroids: 64, order: 1 };
const PATIENCE = 100;

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
  const rates = { exact: exact!, taylor: taylor!, centroids: centroids! };
  const patient = { ...rates, exact: rates.exact / PATIENCE };
  for (let i = 0; i < SEARCHES; i++) await chooseMethod(engine, inputs.at(-1)!, TRIAL, patient, 0);
  return rates;
}
