import {
  type AttentionCall,
  aPrioriBound,
  attention,
  type Engine,
  EngineTensor,
  expansionFlops,
  featureDim,
  flopsOf,
  type MeasuredError,
  type Method,
} from 'hw2-engine';
import { median } from '../statistics/estimates.js';
import { type Comparison, compareToFloat64 } from './float64.js';
import type { PlacedInputs } from './placed.js';

export interface Settings {
  /** Linear attention: about so many centroids, 1 being the mean key, and the share of the keys that are near. */
  order: number;
  centroids?: number | undefined;
  near?: number | undefined;
  /** Timed runs; by default a few, or the one where it takes long. */
  repeat?: number | undefined;
}

export interface Measurement extends Comparison {
  method: Method;
  /** Taylor only. */
  order?: number;
  features?: number;
  centroids?: number;
  near?: number;
  /** Taylor: distance to softmax as the engine measures it, with the interval in which it lies at 95 % confidence. */
  error?: MeasuredError;
  secondsMedian: number;
  seconds: number[];
  gflops: number;
  /** Most of the engine's memory in use during the call, inputs and output included. */
  peakMemoryBytes: number;
  /** Taylor: bound on the distance to softmax in units of the largest |v|, from the norms of q and k alone. */
  errorBound?: number;
  warnings: readonly string[];
  output: EngineTensor;
}

const ENOUGH_SECONDS = 3;
/** How often a call is timed, unless its time says otherwise or a user does. */
export const DEFAULT_REPEAT = 5;
/** Multiplications that the float64 reference may take. */
const REFERENCE_WORK = 2e8;

/** Runs one method on the inputs, and compares sampled rows with float64. */
export async function measureMethod(
  engine: Engine,
  method: Method,
  inputs: PlacedInputs,
  call: AttentionCall,
  { order, repeat, centroids = 1, near = 0 }: Settings,
): Promise<Measurement> {
  const { batches, heads, queries, valueDim, headDim, scale } = call;
  const isCausal = call.after === 0;
  const out = new EngineTensor(engine, [batches, heads, queries, valueDim]);
  const isExpansion = method === 'taylor' && (centroids > 1 || near > 0 || order === 0);
  const linear = { order, ...(isExpansion && { centroids, near }) };
  const options = { method, isCausal, scale, out, ...(method === 'taylor' && linear) };
  engine.memory.resetPeak();
  let warnings: readonly string[] = [];
  const run = async () => {
    const start = performance.now();
    ({ warnings } = await attention(engine, inputs, options));
    return (performance.now() - start) / 1e3;
  };
  // The first call compiles the kernels' hot loops: it counts only where it is the only one.
  const first = await run();
  const runs = repeat ?? (first > ENOUGH_SECONDS ? 1 : DEFAULT_REPEAT);
  const seconds = runs === 1 ? [first] : [];
  while (seconds.length < runs) seconds.push(await run());
  const secondsMedian = median(seconds);
  const { error } =
    method === 'taylor' ? await attention(engine, inputs, { ...options, measureError: true }) : {};
  const flops = isExpansion
    ? expansionFlops({ ...call, isCausal }, { centroids, order, near }).all
    : flopsOf(method, { ...call, isCausal }, order);
  return {
    method,
    ...(method === 'taylor' && {
      ...linear,
      ...(error && { error }),
      ...(!isExpansion && {
        features: featureDim(headDim, order),
        errorBound: aPrioriBound(call, order, true),
      }),
    }),
    secondsMedian,
    seconds,
    gflops: flops / secondsMedian / 1e9,
    peakMemoryBytes: engine.memory.peak,
    ...compareToFloat64(call, out.data, {
      order: method === 'taylor' && !isExpansion ? order : undefined,
      work: REFERENCE_WORK,
    }),
    // The formula of an expansion has no twin in float64 here, but in the tests.
    ...(isExpansion && { maxAbsError: Number.NaN }),
    warnings,
    output: out,
  };
}
