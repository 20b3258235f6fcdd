import { checkEngine, checkObject } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { MemoryLimitError } from '../runtime/memory.js';
import { changeParams, type Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import { take } from './engine-tensor.js';
import { operandBytes, placeCall, Scope } from './placement.js';
import { decodeState, encodeState, type StateHeader } from './state-file.js';
import { checkHeader, checkTokens, emptyState, type StateOptions } from './state-shapes.js';
import { StateTokens } from './state-tokens.js';
import { headStateBytes, partsFor, placeDenominators, placeFeatures, taylorWarnings } from './taylor.js';
import type { Float32Tensor, Tensor } from './tensor.js';

/**
 * Linear attention as a running state: keys and values go in, queries are answered from what is in. Its size, and the
 * cost of one more token, do not depend on how many there were. States of disjoint keys merge into the state of all of
 * them, in any order, up to rounding. Keys enter as they are: no mean is subtracted.
 *
 * @example
 * const state = await createState(engine, { headDim: 64, heads: 8 });
 * await state.append({ k, v });               // [B, Hkv, n, D] and [B, Hkv, n, Dv]
 * const { output } = await state.query({ q }); // [B, Hq, n, Dv]
 */
export class LinearAttentionState {
  readonly #engine: Engine;
  #header: StateHeader;
  /** Where the states of all batches and heads lie, `stride` bytes apart, and the table of features. */
  readonly #scope: Scope;
  readonly #address: number;
  readonly #stride: number;
  readonly #features: ReturnType<typeof placeFeatures>;
  /** Into how many tasks the adding of keys divides the features of each head. */
  readonly #parts: number;
  /** From the first step on: the tokens that are not in the sums yet. */
  #tokens: StateTokens | undefined;
  /** Why it can no longer be used. */
  #end: string | undefined;

  /** @internal Use createState or loadState. */
  constructor(engine: Engine, header: StateHeader) {
    const { batches, kvHeads, headDim, valueDim, order } = header;
    this.#engine = engine;
    this.#header = header;
    this.#scope = new Scope(engine);
    this.#stride = headStateBytes(headDim, valueDim, order);
    engine.arena.require(batches * kvHeads * this.#stride);
    this.#address = this.#scope.allocate(batches * kvHeads * this.#stride);
    try {
      this.#features = placeFeatures(this.#scope, headDim, order);
    } catch (error) {
      this.#scope.release();
      throw error;
    }
    this.#parts = partsFor(engine, batches * kvHeads, this.#features.blocks!);
    engine.arena.bytes(this.#address, batches * kvHeads * this.#stride).fill(0);
  }

  /** Keys in the state. */
  get length(): number {
    return this.#header.length;
  }

  /** Order of the series. */
  get order(): number {
    return this.#header.order;
  }

  /** Bytes that the state takes in the engine's memory. */
  get bytes(): number {
    return this.#header.batches * this.#header.kvHeads * this.#stride;
  }

  /**
   * Adds keys [B, Hkv, n, D] and values [B, Hkv, n, Dv], or three-dimensional ones with the heads side by side.
   * @throws TypeError or RangeError that names the tensor; MemoryLimitError; Error after `dispose`. Nothing is added then.
   */
  append(tokens: { k: Tensor; v: Tensor }): Promise<void> {
    return this.#engine.exclusive(async () => {
      checkObject('tokens', tokens, 'an object { k, v }');
      const { k, v } = tokens;
      const call = this.#check({ k, v });
      await this.#withOperands(call, async (scope, params) => {
        await this.#add(scope, scope.placeParams(params));
      });
      this.#header.length += call.keys;
    });
  }

  /**
   * Attention of queries [B, Hq, n, D] to every key in the state; zeros while there is none.
   * @throws TypeError or RangeError that names the tensor; MemoryLimitError; Error after `dispose`.
   */
  query(queries: { q: Tensor }): Promise<{ output: Float32Tensor; warnings: readonly string[] }> {
    return this.#engine.exclusive(async () => {
      checkObject('queries', queries, 'an object { q }');
      const call = this.#check({ q: queries.q });
      for (const limit of call.limits) limit.keys = Math.min(this.length, 2 ** 31 - 1);
      await this.#join();
      return this.#withOperands(call, async (scope, params, output) => {
        const address = scope.placeParams(params);
        const tasks = this.#engine.kernels.taylorQueryTasks(address);
        const { address: denominators, smallest } = placeDenominators(scope, tasks);
        changeParams(this.#engine.arena, address, { denominators });
        const scratchSize = this.#engine.kernels.taylorScratch(address);
        const scratch = scope.allocate(scratchSize * this.#engine.threads);
        await this.#engine.run('taylorQuery', address, tasks, scratch, scratchSize);
        const groups = call.batches * call.kvHeads;
        await this.#engine.run('findNonFinite', address, groups, scratch, scratchSize);
        return this.#answer(take(this.#engine, output.address, call.outputDims), smallest());
      });
    });
  }

  /**
   * Adds n tokens and answers their n queries [B, Hq, n, D], each of which sees the tokens up to its own. Tokens join the sums 64 at a
   * time, so that most steps only read these: one in 64 takes far longer than the others.
   * @throws TypeError or RangeError that names the tensor; MemoryLimitError; Error after `dispose`.
   */
  step(inputs: {
    q: Tensor;
    k: Tensor;
    v: Tensor;
  }): Promise<{ output: Float32Tensor; warnings: readonly string[] }> {
    return this.#engine.exclusive(async () => {
      checkObject('tokens', inputs, 'an object { q, k, v }');
      const { q, k, v } = inputs;
      const call = this.#check({ q, k, v });
      const count = call.queries;
      if (call.newKeys !== count)
        throw new RangeError(`k: length ${call.newKeys}, expected ${count} as in q`);
      const tokens = this.#placeTokens();
      const data = new Float32Array(call.batches * call.heads * count * call.valueDim);
      let smallest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < count; i++) {
        try {
          if (tokens.isFull) await this.#join();
          tokens.put(call, i, this.length + 1);
          smallest = Math.min(smallest, await tokens.run());
        } catch (error) {
          // Where the first token finds no memory to make room in, nothing has changed.
          if (i > 0 || !(error instanceof MemoryLimitError)) this.#end = 'a step failed half-way';
          throw error;
        }
        this.#header.length++;
        tokens.takeInto(data, call, i);
      }
      return this.#answer({ type: 'float32', data, dims: call.outputDims }, smallest);
    });
  }

  /** @throws MemoryLimitError the first time */
  #placeTokens(): StateTokens {
    if (!this.#tokens) {
      this.#engine.arena.require(StateTokens.bytes(this.#engine, this.#header, this.#features.features!));
      this.#tokens = new StateTokens(this.#scope, this.#header, this.#fields());
    }
    return this.#tokens;
  }

  /** Brings the tokens that wait into the sums. @throws MemoryLimitError, before anything is changed */
  async #join(): Promise<void> {
    this.#checkAlive();
    const tokens = this.#tokens;
    if (!tokens?.waiting) return;
    await this.#scope.nested((inner) => this.#add(inner, tokens.joining, tokens.threads));
    tokens.clear();
  }

  /** Adds the keys and values that params name to the sums. */
  async #add(scope: Scope, params: number, threads = this.#engine.threads): Promise<void> {
    const { batches, kvHeads } = this.#header;
    const size = this.#engine.kernels.taylorScratch(params);
    const scratch = scope.allocate(size * threads);
    const tasks = batches * kvHeads * this.#parts;
    await this.#engine.run('taylorState', params, tasks, scratch, size, threads).catch((error) => {
      this.#end = 'an append failed half-way';
      throw error;
    });
  }

  /** Adds what another state holds; it may live in another engine. @throws RangeError unless the shapes are the same. */
  async merge(other: LinearAttentionState): Promise<void> {
    if (!(other instanceof LinearAttentionState))
      throw new TypeError('other: expected a state of linear attention');
    const theirs = await other.#engine.exclusive(async () => ({
      floats: (await other.#sums()).slice(),
      header: { ...other.#header },
    }));
    await this.#engine.exclusive(async () => {
      for (const name of ['order', 'batches', 'kvHeads', 'headDim', 'valueDim'] as const) {
        if (this.#header[name] !== theirs.header[name]) {
          throw new RangeError(
            `merge: given a state of ${name} ${theirs.header[name]}, expected ${this.#header[name]}`,
          );
        }
      }
      addStates(this.#floats(), theirs.floats, this.#stride / 4);
      this.#header.length += theirs.header.length;
      this.#header.smallestDenominator = Math.min(
        this.#header.smallestDenominator,
        theirs.header.smallestDenominator,
      );
    });
  }

  /**
   * An independent copy in the same engine.
   * @throws MemoryLimitError; Error after `dispose`.
   */
  clone(): Promise<LinearAttentionState> {
    return this.#engine.exclusive(async () => {
      const sums = await this.#sums();
      const copy = new LinearAttentionState(this.#engine, { ...this.#header });
      copy.#floats().set(sums);
      return copy;
    });
  }

  /**
   * The state as bytes with a version and a checksum, for `loadState`; the same for every tier.
   * @throws MemoryLimitError where tokens of `step` cannot join the sums; Error after `dispose`.
   */
  save(): Promise<Uint8Array> {
    return this.#engine.exclusive(async () => encodeState(this.#header, await this.#sums()));
  }

  /** @internal */
  async placedFor(engine: object, sizes: object): Promise<{ state: number; stateStride: number }> {
    this.#checkAlive();
    if (engine !== this.#engine) throw new RangeError('initialState: expected a state of this engine');
    for (const [name, expected] of Object.entries(sizes)) {
      const given = this.#header[name as keyof StateHeader];
      if (given !== expected)
        throw new RangeError(`initialState: given ${name} ${given}, expected ${expected}`);
    }
    await this.#join();
    return { state: this.#address, stateStride: this.#stride };
  }

  /** Gives the memory back. */
  dispose(): Promise<void> {
    return this.#engine.exclusive(async () => {
      this.#end = 'it was disposed of';
      this.#scope.release();
    });
  }

  /** What is returned of queries, of which `smallest` is the smallest denominator per key. */
  #answer(output: Float32Tensor, smallest: number) {
    // A query that holds NaN spoils its own output alone: the smallest denominator so far, with which later calls go on, stays a number.
    if (!Number.isNaN(smallest))
      this.#header.smallestDenominator = Math.min(this.#header.smallestDenominator, smallest);
    return {
      output,
      warnings: taylorWarnings(this.order, Math.min(this.#header.smallestDenominator, smallest)),
    };
  }

  /** @internal Writes sums that `save` read. */
  restore(sums: Float32Array): void {
    this.#floats().set(sums);
  }

  /** @throws Error after dispose(), when its memory may hold something else, and after an append that failed. */
  #checkAlive(): void {
    if (this.#end) throw new Error(`state: ${this.#end}`);
  }

  /** The sums of all tokens. */
  async #sums(): Promise<Float32Array> {
    await this.#join();
    return this.#floats();
  }

  #floats(): Float32Array {
    this.#checkAlive();
    return this.#engine.arena.float32(this.#address, this.bytes / 4);
  }

  #check(given: { q?: Tensor; k?: Tensor; v?: Tensor }): AttentionCall {
    this.#checkAlive();
    return checkTokens(this.#header, given);
  }

  /** The fields of params that say where the state and its features lie. */
  #fields(): Partial<Params> {
    return { ...this.#features, parts: this.#parts, state: this.#address, stateStride: this.#stride };
  }

  async #withOperands<T>(
    call: AttentionCall,
    work: (
      scope: Scope,
      params: ReturnType<typeof placeCall>['params'],
      output: { address: number; length: number },
    ) => Promise<T>,
  ): Promise<T> {
    this.#engine.arena.require(operandBytes(this.#engine, call, false));
    const scope = new Scope(this.#engine);
    try {
      const { params, output } = placeCall(scope, call, false);
      // Not copied: to spread an object of so many fields takes as long as half of a step.
      Object.assign(params, this.#fields());
      return await work(scope, params, output);
    } finally {
      scope.release();
    }
  }
}

/**
 * An empty state.
 * @throws RangeError that names the option.
 *
 * @example
 * const state = await createState(engine, { headDim: 64, heads: 8, order: 1 });
 */
export async function createState(engine: Engine, options: StateOptions): Promise<LinearAttentionState> {
  checkEngine(engine);
  const header = emptyState(options);
  return engine.exclusive(async () => new LinearAttentionState(engine, header));
}

/**
 * The state that `save` wrote, with this version of the engine or an earlier one. @throws StateFileError for foreign or damaged bytes.
 *
 * @example
 * const state = await createState(engine, { headDim: 64 });
 * const same = await loadState(engine, await state.save());
 */
export async function loadState(engine: Engine, bytes: Uint8Array): Promise<LinearAttentionState> {
  checkEngine(engine);
  return engine.exclusive(async () => {
    const { header, sums } = decodeState(bytes, checkHeader);
    const state = new LinearAttentionState(engine, header);
    state.restore(sums);
    return state;
  });
}

/**
 * Adds states, `stride` numbers each, to others: numbers and, in the second half of a state, their second words. Float64 holds
 * both words.
 */
function addStates(sums: Float32Array, terms: Float32Array, stride: number): void {
  for (let state = 0; state < sums.length; state += stride) {
    for (let i = state; i < state + stride / 2; i++) {
      const rest = i + stride / 2;
      const sum = sums[i]! + terms[i]! + (sums[rest]! + terms[rest]!);
      sums[i] = sum;
      sums[rest] = sum - sums[i]!;
    }
  }
}
