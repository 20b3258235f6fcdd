import type { AttentionCall } from './call.js';
import type { EngineTensor } from './engine-tensor.js';
import type { CachedResult } from './options.js';
import { copyFloats, type Float32Tensor, type Tensor } from './tensor.js';

/** Queries [from, to) of a call, as a tensor [B, Hq, to − from, D]. */
export function queriesOf(
  { q, batches, heads, headDim, layouts }: AttentionCall,
  from: number,
  to: number,
): Tensor {
  const rows = to - from;
  const data = new Float32Array(batches * heads * rows * headDim);
  for (let index = 0; index < batches * heads * rows; index++) {
    const [batch, head, row] = [
      Math.floor(index / rows / heads),
      Math.floor(index / rows) % heads,
      from + (index % rows),
    ];
    const start = batch * layouts.q.batch + head * layouts.q.head + row * layouts.q.row;
    copyFloats(q, start, data.subarray(index * headDim, (index + 1) * headDim));
  }
  return { data, dims: [batches, heads, rows, headDim] };
}

/** All queries of one head of a call, [Lq, D]. */
export function queriesOfHead(
  { q, queries, headDim, layouts }: AttentionCall,
  batch: number,
  head: number,
): Float32Array {
  const data = new Float32Array(queries * headDim);
  const start = batch * layouts.q.batch + head * layouts.q.head;
  for (let row = 0; row < queries; row++)
    copyFloats(q, start + row * layouts.q.row, data.subarray(row * headDim, (row + 1) * headDim));
  return data;
}

/** The result of a call that is computed by pieces of its queries. */
export class GatheredRows {
  readonly #call: AttentionCall;
  readonly #out: EngineTensor | undefined;
  readonly #data: Float32Array;
  /** What has one number a query. */
  readonly #perQuery: { logSumExp?: Float32Tensor; errorBound?: Float32Tensor } = {};

  constructor(call: AttentionCall, out: EngineTensor | undefined) {
    this.#call = call;
    this.#out = out;
    this.#data = new Float32Array(call.batches * call.heads * call.queries * call.valueDim);
  }

  /** Takes in the result of queries from `from` on, whose output has four dimensions. */
  put({ output, ...rest }: CachedResult, from: number): void {
    const { batches, heads, queries, valueDim, layouts } = this.#call;
    const rows = output.dims[2]!;
    for (let head = 0; head < batches * heads; head++) {
      for (let row = 0; row < rows; row++) {
        const source = (head * rows + row) * valueDim;
        const target =
          Math.floor(head / heads) * layouts.o.batch +
          (head % heads) * layouts.o.head +
          (from + row) * layouts.o.row;
        this.#data.set(output.data.subarray(source, source + valueDim), target);
      }
    }
    for (const name of ['logSumExp', 'errorBound'] as const) {
      const part = rest[name];
      if (!part) continue;
      const data = new Float32Array(batches * heads * queries);
      this.#perQuery[name] ??= { type: 'float32', data, dims: [batches, heads, queries] };
      for (let head = 0; head < batches * heads; head++)
        this.#perQuery[name]!.data.set(
          part.data.subarray(head * rows, (head + 1) * rows),
          head * queries + from,
        );
    }
  }

  computed(): CachedResult {
    const { outputDims } = this.#call;
    this.#out?.data.set(this.#data);
    return {
      output: this.#out ?? { type: 'float32', data: this.#data, dims: outputDims },
      ...this.#perQuery,
      warnings: [],
    };
  }
}
