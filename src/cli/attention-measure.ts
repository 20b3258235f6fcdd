import { type AttentionOptions, attention } from '../attention/attention.js';
import { EngineTensor } from '../attention/engine-tensor.js';
import {
  exactFlops,
  featureDim,
  outputErrorBound,
  type Sizes,
  taylorFlops,
} from '../attention/feature-map.js';
import { referenceRow } from '../attention/reference.js';
import type { Engine } from '../engine/engine.js';
import type { Inputs } from './attention-inputs.js';

export type Method = 'exact' | 'taylor';

export interface Settings {
  order: number;
  isCausal: boolean;
  scale: number;
  repeat: number | undefined;
}

export interface Measurement {
  method: Method;
  /** Taylor only. */
  order?: number;
  features?: number;
  secondsMedian: number;
  seconds: number[];
  gflops: number;
  /** Most of the engine's memory in use during the call, inputs and output included. */
  peakMemoryBytes: number;
  /** Largest distance to the method's own formula in float64. */
  maxAbsError: number;
  /** Distance to softmax attention in float64, root mean square over that of softmax attention. */
  relativeErrorToSoftmax: number;
  maxAbsErrorToSoftmax: number;
  /** Rows on which errors were measured. */
  rowsCompared: number;
  /** Taylor: bound on the distance to softmax in units of the largest |v|, from the norms of q and k alone. */
  errorBound?: number;
  warnings: readonly string[];
  output: EngineTensor;
}

const ENOUGH_SECONDS = 3;
const DEFAULT_REPEAT = 5;
/** Multiplications that the float64 reference may take. */
const REFERENCE_WORK = 2e8;

/** Runs one method on the inputs, and compares sampled rows with float64. */
export async function measure(
  engine: Engine,
  method: Method,
  inputs: Inputs,
  sizes: Sizes,
  settings: Settings,
): Promise<Measurement> {
  const { order, isCausal, scale, repeat } = settings;
  const { batches, heads, queries, valueDim, headDim } = sizes;
  const out = new EngineTensor(engine, [batches, heads, queries, valueDim]);
  const options: AttentionOptions = { method, isCausal, scale, out, ...(method === 'taylor' && { order }) };
  engine.arena.resetPeak();
  const seconds: number[] = [];
  let warnings: readonly string[] = [];
  const run = async () => {
    const start = performance.now();
    ({ warnings } = await attention(engine, inputs, options));
    return (performance.now() - start) / 1e3;
  };
  // The first call compiles the kernels' hot loops: it counts only where it is the only one.
  const first = await run();
  if (repeat === 1 || (repeat === undefined && first > ENOUGH_SECONDS)) seconds.push(first);
  while (seconds.length < (repeat ?? DEFAULT_REPEAT) && (repeat !== undefined || first <= ENOUGH_SECONDS))
    seconds.push(await run());
  const secondsMedian = median(seconds);
  const flops = method === 'exact' ? exactFlops(sizes) : taylorFlops(sizes, order);
  return {
    method,
    ...(method === 'taylor' && {
      order,
      features: featureDim(headDim, order),
      errorBound: aPrioriBound(inputs, sizes, settings),
    }),
    secondsMedian,
    seconds,
    gflops: flops / secondsMedian / 1e9,
    peakMemoryBytes: engine.arena.peak,
    ...compare(inputs, sizes, settings, method, out),
    warnings,
    output: out,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

interface Row {
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  output: Float32Array;
  /** Keys that the row sees. */
  keys: number;
}

/** Rows spread over batches, heads and positions, the last position among them. */
function* sampleRows(
  { q, k, v }: Inputs,
  sizes: Sizes,
  isCausal: boolean,
  out: EngineTensor,
): Generator<Row> {
  const { batches, heads, kvHeads, queries, keys, headDim, valueDim } = sizes;
  const total = batches * heads * queries;
  const count = Math.min(
    total,
    Math.max(4, Math.min(256, Math.floor(REFERENCE_WORK / Math.max(1, keys * (headDim + valueDim))))),
  );
  for (let i = 0; i < count; i++) {
    const index = total - 1 - Math.floor((i * total) / count);
    const row = index % queries;
    const head = Math.floor(index / queries);
    const kvHead = Math.floor(head / heads) * kvHeads + Math.floor(((head % heads) * kvHeads) / heads);
    yield {
      q: q.data.subarray(index * headDim, (index + 1) * headDim),
      k: k.data.subarray(kvHead * keys * headDim, (kvHead + 1) * keys * headDim),
      v: v.data.subarray(kvHead * keys * valueDim, (kvHead + 1) * keys * valueDim),
      output: out.data.subarray(index * valueDim, (index + 1) * valueDim),
      keys: isCausal ? Math.min(keys, row + 1) : keys,
    };
  }
}

function compare(
  inputs: Inputs,
  sizes: Sizes,
  { scale, order, isCausal }: Settings,
  method: Method,
  out: EngineTensor,
) {
  const { valueDim, headDim } = sizes;
  let [own, toSoftmax, squares, squaresOfSoftmax, rowsCompared] = [0, 0, 0, 0, 0];
  const centres = new Map<number, Float32Array>();
  for (const { q, k, v, output, keys } of sampleRows(inputs, sizes, isCausal, out)) {
    const softmax = referenceRow(q, k, v, valueDim, { scale, keys });
    let formula = softmax;
    if (method === 'taylor') {
      const centre = isCausal ? undefined : (centres.get(k.byteOffset) ?? meanRow(k, headDim));
      if (centre) centres.set(k.byteOffset, centre);
      formula = referenceRow(q, k, v, valueDim, { scale, keys, order, ...(centre && { centre }) });
    }
    for (let d = 0; d < valueDim; d++) {
      const distance = output[d]! - softmax[d]!;
      own = Math.max(own, Math.abs(output[d]! - formula[d]!));
      toSoftmax = Math.max(toSoftmax, Math.abs(distance));
      squares += distance ** 2;
      squaresOfSoftmax += softmax[d]! ** 2;
    }
    rowsCompared++;
  }
  const relativeErrorToSoftmax = squaresOfSoftmax > 0 ? Math.sqrt(squares / squaresOfSoftmax) : 0;
  return { maxAbsError: own, maxAbsErrorToSoftmax: toSoftmax, relativeErrorToSoftmax, rowsCompared };
}

function meanRow(rows: Float32Array, dim: number): Float32Array {
  const sums = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) sums[i % dim]! += rows[i]!;
  return Float32Array.from(sums, (sum) => (rows.length > 0 ? (sum * dim) / rows.length : 0));
}

/** What the norms of q and k, its mean subtracted where the kernel does, promise before anything is computed. */
function aPrioriBound(
  { q, k }: Inputs,
  { headDim, keys }: Sizes,
  { scale, order, isCausal }: Settings,
): number {
  let radius = 0;
  for (let head = 0; head < k.data.length; head += keys * headDim) {
    const rows = k.data.subarray(head, head + keys * headDim);
    radius = Math.max(radius, largestNorm(rows, headDim, isCausal ? undefined : meanRow(rows, headDim)));
  }
  return outputErrorBound(Math.abs(scale) * radius * largestNorm(q.data, headDim), order);
}

function largestNorm(rows: Float32Array<ArrayBufferLike>, dim: number, centre?: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < rows.length; i += dim) {
    let square = 0;
    for (let d = 0; d < dim; d++) square += (rows[i + d]! - (centre?.[d] ?? 0)) ** 2;
    largest = Math.max(largest, square);
  }
  return Math.sqrt(largest);
}
