import { FLOAT } from '../runtime/arena.js';
import type { Engine } from '../runtime/engine.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall, Layout } from './call.js';
import { SMALL_WORK } from './exact.js';
import { type Scope, writeFloats } from './placement.js';
import type { StateHeader } from './state-file.js';
import { partsFor, placeDenominators } from './taylor.js';
import type { CheckedTensor } from './tensor.js';

/**
 * Keys and values that wait beside a state, of each batch and head: the depth of one product, which they join its sums by. At D 64, order
 * 2, a step takes 12 µs (nine of them multiply-adds) and one in 64 another 0.44 ms, 19 µs in the mean; adding each at once took 34.
 */
const WAITING = 64;

/**
 * Where the tokens of a state's stream lie that are not in its sums yet, and the query of the last one while it is answered. The place is
 * kept from one token to the next: all that a call needs would else be placed anew, which takes as long as a third of the state.
 */
export class StateTokens {
  /** Where the parameters lie by which `taylorState` adds what waits to the sums. */
  readonly joining: number;
  /** On how many threads they are answered, and join: to wake another one for a few of them takes longer than it saves. */
  readonly threads: number;
  readonly #engine: Engine;
  readonly #header: StateHeader;
  /** Where the parameters of `taylorStep` lie, and how many tasks it has. */
  readonly #params: number;
  readonly #tasks: number;
  readonly #scratch: number;
  readonly #scratchSize: number;
  #waiting = 0;
  readonly #at: Record<'q' | 'k' | 'v' | 'o' | 'limits' | 'waiting', number>;
  readonly #denominators: ReturnType<typeof placeDenominators>;

  /** @param fields The state and its features. @throws MemoryLimitError */
  constructor(scope: Scope, header: StateHeader, fields: Partial<Params>) {
    const { engine } = scope;
    const { batches, heads, kvHeads, headDim, valueDim, scale } = header;
    const rows = { q: heads * headDim, k: kvHeads * headDim, v: kvHeads * valueDim, o: heads * valueDim };
    const place = (numbers: number) => scope.allocate(FLOAT * batches * numbers);
    const [k, v] = [place(WAITING * rows.k), place(WAITING * rows.v)];
    const at = { q: place(rows.q), k, v, o: place(rows.o), limits: place(2), waiting: place(2) };
    const work = batches * heads * fields.features! * valueDim;
    this.#engine = engine;
    this.#header = header;
    this.#at = at;
    this.threads = work < SMALL_WORK ? 1 : engine.threads;
    const parts = this.threads === 1 ? 1 : partsFor(engine, batches * kvHeads, Math.ceil(valueDim / 16));
    this.#tasks = batches * kvHeads * parts;
    this.#denominators = placeDenominators(scope, this.#tasks);
    const [key, value] = [FLOAT * headDim, FLOAT * valueDim];
    const params = {
      ...{ batches, heads, headsPerGroup: heads / kvHeads, queries: 1, headDim, valueDim, scale },
      ...{
        q: at.q,
        k,
        v,
        o: at.o,
        limits: at.limits,
        denominators: this.#denominators.address,
        keys: WAITING,
      },
      ...{ qBatch: heads * key, qHead: key, oBatch: heads * value, oHead: value },
      ...{ kBatch: kvHeads * WAITING * key, kHead: WAITING * key, kRow: key },
      ...{ vBatch: kvHeads * WAITING * value, vHead: WAITING * value, vRow: value },
      ...fields,
    };
    this.#params = scope.placeParams({ ...params, parts });
    this.joining = scope.placeParams({ ...params, limits: at.waiting });
    this.#scratchSize = engine.kernels.taylorStepScratch(this.#params);
    this.#scratch = scope.allocate(this.#scratchSize * this.threads);
  }

  /** Bytes that they take in the engine's memory. */
  static bytes({ threads }: Engine, header: StateHeader, features: number): number {
    const { batches, heads, kvHeads, headDim, valueDim } = header;
    const numbers = batches * (heads + kvHeads * WAITING) * (headDim + valueDim + 4);
    return FLOAT * (numbers + threads * (features + headDim + valueDim + WAITING + 64));
  }

  /** How many tokens of each batch wait. */
  get waiting(): number {
    return this.#waiting;
  }

  get isFull(): boolean {
    return this.#waiting === WAITING;
  }

  /** Brings token i of a call here, as the one that makes `length` in all. */
  put({ q, k, v, layouts }: AttentionCall, i: number, length: number): void {
    const { batches, heads, kvHeads, headDim, valueDim } = this.#header;
    const row = FLOAT * this.#waiting;
    this.#copy(q, layouts.q, i, heads, headDim, this.#at.q, 1);
    this.#copy(k, layouts.k, i, kvHeads, headDim, this.#at.k + row * headDim, WAITING);
    this.#copy(v, layouts.v, i, kvHeads, valueDim, this.#at.v + row * valueDim, WAITING);
    this.#waiting++;
    const { words } = this.#engine.arena;
    for (let batch = 0; batch < batches; batch++) {
      const index = 2 * batch;
      words[this.#at.limits / FLOAT + index] = Math.min(length, 2 ** 31 - 1);
      words[this.#at.limits / FLOAT + index + 1] = this.#waiting;
      words[this.#at.waiting / FLOAT + index] = this.#waiting;
    }
    this.#denominators.reset();
  }

  /** Forgets those that wait, when they are in the sums. */
  clear(): void {
    this.#waiting = 0;
  }

  /** Rows i of all batches and heads, `step` rows apart. */
  #copy(
    source: CheckedTensor,
    { batch, head, row }: Layout,
    i: number,
    heads: number,
    dim: number,
    to: number,
    step: number,
  ): void {
    const { batches } = this.#header;
    const { length } = source.data;
    // Of a single token they lie so.
    if (step === 1 && length === batches * heads * dim) writeFloats(this.#engine, source, 0, to, length);
    else
      for (let index = 0; index < batches * heads; index++) {
        const start = Math.floor(index / heads) * batch + (index % heads) * head + i * row;
        writeFloats(this.#engine, source, start, to + FLOAT * index * step * dim, dim);
      }
  }

  /** Answers the last token; returns the smallest denominator per key, NaN where an output is not finite. */
  async run(): Promise<number> {
    const { batches, kvHeads } = this.#header;
    const [scratch, size] = [this.#scratch, this.#scratchSize];
    await this.#engine.run('taylorStep', this.#params, this.#tasks, scratch, size, this.threads);
    await this.#engine.run('findNonFinite', this.#params, batches * kvHeads, scratch, size, 1);
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
