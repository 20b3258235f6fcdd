import type { Engine } from '../runtime/engine.js';
import type { Params } from '../runtime/params.js';
import { type Scope, writeFloats } from './placement.js';
import type { AttentionCall, Layout } from './shapes.js';
import type { StateHeader } from './state-file.js';
import { placeDenominators } from './taylor.js';
import type { CheckedTensor } from './tensor.js';

const FLOAT = 4;

/**
 * Where a token of a state's stream lies while it is taken in and answered. The place is kept from one token to the next: all that
 * a call needs would else be placed anew, which takes as long as a third of the state.
 */
export class StateToken {
  readonly #engine: Engine;
  readonly #header: StateHeader;
  readonly #params: number;
  readonly #scratch: number;
  readonly #scratchSize: number;
  readonly #at: { q: number; k: number; v: number; o: number; limits: number };
  readonly #denominators: ReturnType<typeof placeDenominators>;

  /** @param fields The state and its features. @throws MemoryLimitError */
  constructor(scope: Scope, header: StateHeader, fields: Partial<Params>) {
    const { engine } = scope;
    const { batches, heads, kvHeads, headDim, valueDim, scale } = header;
    const rows = { q: heads * headDim, k: kvHeads * headDim, v: kvHeads * valueDim, o: heads * valueDim };
    const place = (numbers: number) => scope.allocate(FLOAT * batches * numbers);
    const at = { q: place(rows.q), k: place(rows.k), v: place(rows.v), o: place(rows.o), limits: place(2) };
    this.#engine = engine;
    this.#header = header;
    this.#at = at;
    this.#denominators = placeDenominators(scope, batches * kvHeads);
    this.#params = scope.placeParams({
      ...{ batches, heads, headsPerGroup: heads / kvHeads, queries: 1, headDim, valueDim, scale },
      ...{ ...at, denominators: this.#denominators.address },
      ...{ qBatch: FLOAT * rows.q, qHead: FLOAT * headDim, kBatch: FLOAT * rows.k, kHead: FLOAT * headDim },
      ...{ vBatch: FLOAT * rows.v, vHead: FLOAT * valueDim, oBatch: FLOAT * rows.o, oHead: FLOAT * valueDim },
      ...fields,
    });
    this.#scratchSize = engine.kernels.taylorStepScratch(this.#params);
    this.#scratch = scope.allocate(this.#scratchSize * engine.threads);
  }

  /** Brings token i of a call here, as the one that makes `length` in all. */
  put({ q, k, v, layouts }: AttentionCall, i: number, length: number): void {
    const { batches, heads, kvHeads, headDim, valueDim } = this.#header;
    this.#copy(q, layouts.q, i, heads, headDim, this.#at.q);
    this.#copy(k, layouts.k, i, kvHeads, headDim, this.#at.k);
    this.#copy(v, layouts.v, i, kvHeads, valueDim, this.#at.v);
    const limits = this.#at.limits / FLOAT;
    this.#engine.arena.words.fill(Math.min(length, 2 ** 31 - 1), limits, limits + 2 * batches);
    this.#denominators.reset();
  }

  /** Rows i of all batches and heads, one behind the other. */
  #copy(
    source: CheckedTensor,
    { batch, head, row }: Layout,
    i: number,
    heads: number,
    dim: number,
    to: number,
  ): void {
    const { batches } = this.#header;
    const { length } = source.data;
    // Of a single token they lie so.
    if (length === batches * heads * dim) writeFloats(this.#engine, source, 0, to, length);
    else
      for (let index = 0; index < batches * heads; index++) {
        const start = Math.floor(index / heads) * batch + (index % heads) * head + i * row;
        writeFloats(this.#engine, source, start, to + FLOAT * index * dim, dim);
      }
  }

  /** Adds the token to the state and answers it; returns the smallest denominator per key, NaN where an output is not finite. */
  async run(): Promise<number> {
    const { batches, kvHeads } = this.#header;
    const tasks = batches * kvHeads;
    await this.#engine.run('taylorStep', this.#params, tasks, this.#scratch, this.#scratchSize);
    await this.#engine.run('findNonFinite', this.#params, tasks, this.#scratch, this.#scratchSize);
    return this.#denominators.smallest();
  }

  /** Copies the outputs into rows i of those of the call. */
  takeInto(outputs: Float32Array, { layouts }: AttentionCall, i: number): void {
    const { batches, heads, valueDim } = this.#header;
    const { batch, head, row } = layouts.o;
    for (let index = 0; index < batches * heads; index++) {
      const from = this.#at.o / FLOAT + index * valueDim;
      const to = Math.floor(index / heads) * batch + (index % heads) * head + i * row;
      outputs.set(this.#engine.arena.floats.subarray(from, from + valueDim), to);
    }
  }
}
