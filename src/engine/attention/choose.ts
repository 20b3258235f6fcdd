import type { Engine } from '../runtime/engine.js';
import { sampledError } from './accuracy.js';
import { compute } from './compute.js';
import { checkOrder, exactFlops, type Sizes, taylorFlops } from './feature-map.js';
import type { ComputeOptions, Method } from './options.js';
import { type AttentionInputs, checkCall } from './shapes.js';
import { checkTaylor } from './taylor.js';

/** Floating-point operations per second of each method, on one machine with one tier and number of threads. */
export interface Rates {
  exact: number;
  taylor: number;
}

export interface Choice {
  method: Method;
  reason: string;
}

/** Sizes that keep every cache level busy and still take a few milliseconds. */
const SAMPLE = { exact: { length: 768, headDim: 64 }, taylor: { length: 1024, headDim: 32 } };
const WARM_UP = 3;
const ROUNDS = 5;
/** Multiplications that an estimate of the error may take. */
const SAMPLE_WORK = 2e7;

/** Measures how fast this engine computes each method. */
export async function calibrate(engine: Engine): Promise<Rates> {
  const measure = async (method: Method) => {
    const { length, headDim } = SAMPLE[method];
    const tensor = { data: new Float32Array(length * headDim).fill(0.1), dims: [1, 1, length, headDim] };
    const seconds: number[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const start = performance.now();
      await compute(engine, { q: tensor, k: tensor, v: tensor }, method, {});
      if (round >= 0) seconds.push((performance.now() - start) / 1e3);
    }
    const sizes = {
      batches: 1,
      heads: 1,
      kvHeads: 1,
      queries: length,
      keys: length,
      headDim,
      valueDim: headDim,
      isCausal: false,
    };
    // The fastest round counts: other programs can only make a round longer.
    return flopsOf(method, sizes, 2) / Math.min(...seconds);
  };
  return { exact: await measure('exact'), taylor: await measure('taylor') };
}

/** Floating-point operations of a method. */
export function flopsOf(method: Method, sizes: Sizes, order: number): number {
  return method === 'exact' ? exactFlops(sizes) : taylorFlops(sizes, order);
}

/**
 * Linear attention where it has a form for the call, is expected to be faster, and is within `tolerance` of softmax on
 * a sample of rows (root mean square, relative).
 * @throws TypeError or RangeError as `attention` does.
 */
export function chooseMethod(
  inputs: AttentionInputs,
  options: ComputeOptions,
  rates: Rates,
  tolerance: number,
): Choice {
  const call = checkCall(inputs, options);
  const { order = 2, subtractMeanKey = true } = options;
  checkOrder(order);
  if (options.qkMatmulOutputMode !== undefined)
    return { method: 'exact', reason: 'the scores were asked for' };
  try {
    checkTaylor(call, options);
  } catch (error) {
    return { method: 'exact', reason: (error as Error).message };
  }
  const sizes = { ...call, isCausal: call.after === 0 };
  const ratio = exactFlops(sizes) / rates.exact / (taylorFlops(sizes, order) / rates.taylor);
  const times = `${(ratio >= 1 ? ratio : 1 / ratio).toPrecision(2)} times`;
  if (!(ratio > 1))
    return { method: 'exact', reason: `exact attention is expected to be ${times} as fast here` };
  const error = sampledError(call, order, subtractMeanKey, SAMPLE_WORK);
  const faster = `linear attention is expected to be ${times} as fast`;
  if (Number.isNaN(error))
    return { method: 'exact', reason: `${faster}; sampled rows hold NaN or infinity and tell nothing of it` };
  if (error === Number.POSITIVE_INFINITY)
    return { method: 'exact', reason: `${faster}; on sampled rows softmax is 0, and it is not` };
  return {
    method: error <= tolerance ? 'taylor' : 'exact',
    reason: `${faster}; on sampled rows it differs from softmax by ${error.toPrecision(2)}, tolerance ${tolerance}`,
  };
}
