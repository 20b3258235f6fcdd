import { checkEngine, checkFlag, checkNumbers, checkObject, greatest, shown } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { type CacheHeader, decodeCache, encodeCache } from './cache-file.js';
import { CacheRows, type CheckedTokens, mostRows } from './cache-rows.js';
import {
  type CacheOptions,
  checkCount,
  checkHeader,
  checkTokens,
  emptyCache,
  type Tokens,
} from './cache-shapes.js';
import type { AttentionCall } from './call.js';
import { checkComputation, computeChecked } from './compute.js';
import { errorBounds } from './error-bound.js';
import { GatheredRows, queriesOf } from './gathered-rows.js';
import type { CachedOptions, CachedResult, ComputeOptions } from './options.js';
import { checkCachedCall, MAX_COUNT } from './shapes.js';
import type { Tensor } from './tensor.js';
import { TokenRows } from './token-rows.js';

/**
 * Keys and values of the tokens so far, in the engine's memory, for generation token by token. Tokens have positions in
 * their stream, from 0; with a window, a query at position p sees the first `sinks` tokens and those after p − window.
 *
 * @example
 * const cache = await createCache(engine, { headDim: 64, kvHeads: 8 });
 * const { output } = await cache.step({ q, k, v }); // appends n tokens and answers their queries, causally
 */
export class KeyValueCache {
  readonly #engine: Engine;
  readonly #header: CacheHeader;
  readonly #rows: CacheRows;
  /** Why it can no longer be used. */
  #end: string | undefined;

  /** @internal Use createCache or loadCache. */
  constructor(engine: Engine, header: CacheHeader, capacity: number) {
    this.#engine = engine;
    this.#header = header;
    this.#rows = new CacheRows(engine, header, capacity);
  }

  /** Tokens that each batch has had, those that the window forgot included. */
  get lengths(): readonly number[] {
    return [...this.#header.lengths];
  }

  /** Tokens of each batch that there is room for. */
  get capacity(): number {
    return this.#rows.capacity;
  }

  /** Bytes that the cache takes in the engine's memory. */
  get bytes(): number {
    return this.#rows.bytes;
  }

  /** Adds tokens. @throws TypeError or RangeError that names the argument; MemoryLimitError; nothing is added then. */
  append(tokens: Tokens): Promise<void> {
    return this.#engine.exclusive(async () => {
      const checked = this.#check(tokens);
      this.#rows.makeRoom(checked.lengths);
      this.#rows.write(checked, 0, checked.count);
    });
  }

  /**
   * Adds n tokens and answers their n queries [B, Hq, n, D] or [B, n, Hq·D], each of which sees the tokens up to its own.
   * Where a window forgets tokens meanwhile, tokens go one by one.
   * @throws TypeError or RangeError that names the argument; MemoryLimitError; nothing is added then. Error after `dispose`.
   */
  step(inputs: Tokens & { q: Tensor; mask?: Tensor }, options: CachedOptions = {}): Promise<CachedResult> {
    return this.#engine.exclusive(async () => {
      checkObject('inputs', inputs, 'an object { q, k, v }');
      checkObject('options', options);
      const { q, mask, ...tokens } = inputs;
      const checked = this.#check(tokens);
      const causal = { ...options, isCausal: true };
      const before = this.lengths;
      const after = before.map((length, batch) => length + checked.lengths[batch]!);
      // All that can be wrong is found before a token is added.
      const call = this.#callOf({ q, mask }, causal, after, before);
      if (call.queries !== checked.count)
        throw new RangeError(`q: length ${call.queries}, expected ${checked.count} as in k`);
      this.#rows.makeRoom(checked.lengths);
      call.cached!.params = this.#rows.addresses();
      checkComputation(this.#engine, call, 'exact', withoutBound(causal));
      if (checked.count > 1 && after.some((length) => this.#hasForgotten(length)))
        return this.#stepInPieces(call, checked, causal);
      this.#rows.write(checked, 0, checked.count);
      return this.#compute(call, causal);
    });
  }

  /** @internal Attention of queries to what is there; the last one is at the position of the last token. */
  attend(inputs: { q: Tensor; mask?: Tensor | undefined }, options: CachedOptions): Promise<CachedResult> {
    return this.#engine.exclusive(async () => {
      this.#checkAlive();
      const call = this.#callOf(inputs, options, this.lengths);
      if (call.queries > 1 && this.lengths.some((length) => this.#hasForgotten(length))) {
        throw new RangeError(
          `q: given ${call.queries} queries, expected 1: the window has forgotten tokens that the earlier ones see; use step`,
        );
      }
      checkComputation(this.#engine, call, 'exact', withoutBound(options));
      return this.#compute(call, options);
    });
  }

  /**
   * Takes back the last tokens, so that `length` are left; of all batches, or of each. Not of what a window forgot.
   * @throws TypeError or RangeError unless there are as many tokens, which the window still has; Error after `dispose`.
   */
  truncate(length: number | readonly number[]): Promise<void> {
    return this.#engine.exclusive(async () => {
      this.#checkAlive();
      const { lengths } = this.#header;
      if (typeof length !== 'number') checkNumbers('truncate', length);
      const given = typeof length === 'number' ? lengths.map((most) => Math.min(most, length)) : length;
      if (typeof length === 'number') checkCount('truncate', length, greatest(lengths));
      if (given.length !== lengths.length)
        throw new RangeError(`truncate: given ${given.length} lengths, expected ${lengths.length}`);
      given.forEach((kept, batch) => {
        checkCount('truncate', kept, lengths[batch]!);
        if (kept < lengths[batch]! && this.#hasForgotten(lengths[batch]!)) {
          throw new RangeError(
            `truncate: given ${kept} of ${lengths[batch]} tokens, but the window has overwritten what came before them`,
          );
        }
      });
      this.#header.lengths = [...given];
    });
  }

  /**
   * Batch b becomes what batch indices[b] was, as beams are chosen; only batches chosen more than once are copied.
   * @throws TypeError or RangeError unless there is the index of a batch for each batch; Error after `dispose`.
   */
  reorder(indices: readonly number[]): Promise<void> {
    return this.#engine.exclusive(async () => {
      this.#checkAlive();
      const { batches } = this.#header;
      checkNumbers('reorder', indices);
      if (indices.length !== batches)
        throw new RangeError(`reorder: given ${indices.length} indices, expected ${batches}`);
      for (const index of indices) checkCount('reorder', index, batches - 1);
      this.#rows.reorder(indices);
    });
  }

  /**
   * An independent copy in the same engine.
   * @throws MemoryLimitError; Error after `dispose`.
   */
  clone(): Promise<KeyValueCache> {
    return this.#engine.exclusive(async () => {
      this.#checkAlive();
      const header = { ...this.#header, lengths: [...this.#header.lengths] };
      const copy = new KeyValueCache(this.#engine, header, this.#rows.capacity);
      this.#rows.copyTo(copy.#rows);
      return copy;
    });
  }

  /**
   * The cache as bytes with a version and a checksum, for `loadCache`.
   * @throws Error after `dispose`.
   */
  save(): Promise<Uint8Array> {
    return this.#engine.exclusive(async () => {
      this.#checkAlive();
      return encodeCache(this.#header, this.#rows.views());
    });
  }

  /** @internal Fills an empty cache of the same header with what `save` wrote. */
  restore(payload: Uint8Array): void {
    let at = 0;
    for (const view of this.#rows.views()) {
      view.set(payload.subarray(at, at + view.length));
      at += view.length;
    }
  }

  /** Gives the memory back. */
  dispose(): Promise<void> {
    return this.#engine.exclusive(async () => {
      this.#end = 'it was disposed of';
      this.#rows.release();
    });
  }

  /** Whether it lives in this engine. */
  belongsTo(engine: Engine): boolean {
    return this.#engine === engine;
  }

  /** Whether the window overwrote some of so many tokens. */
  #hasForgotten(length: number): boolean {
    return length > this.#rows.rowsIn(length);
  }

  #checkAlive(): void {
    if (this.#end !== undefined) throw new Error(`cache: ${this.#end}`);
  }

  #check(given: Tokens): CheckedTokens {
    this.#checkAlive();
    return checkTokens(this.#header, given);
  }

  /** Attention of a call that `#callOf` made. */
  async #compute(call: AttentionCall, options: CachedOptions): Promise<CachedResult> {
    checkFlag('errorBound', options.errorBound);
    const computed = await computeChecked(this.#engine, call, 'exact', withoutBound(options));
    return { ...computed, ...(options.errorBound && { errorBound: errorBounds(call, this.#rows) }) };
  }

  /** The call of queries whose first one is at `positions`, when the batches have had so many tokens. */
  #callOf(
    inputs: { q: Tensor; mask?: Tensor | undefined },
    options: CachedOptions,
    lengths: readonly number[],
    positions?: readonly number[],
  ): AttentionCall {
    for (const name of NOT_OF_CACHES)
      if ((options as ComputeOptions)[name] !== undefined)
        throw new TypeError(`${name}: expected none with a cache`);
    const { batches, kvHeads, headDim, valueDim, type } = this.#header;
    const limits = lengths.map((length, batch) => {
      const keys = this.#rows.rowsIn(length);
      // In a window that has wrapped around, rows are not in the order of positions, and the last query sees them all.
      return { keys, position: length > keys ? keys - 1 : positions?.[batch] };
    });
    if (lengths.some((length) => this.#hasForgotten(length))) {
      for (const name of ['leftWindowSize', 'rightWindowSize', 'qkMatmulOutputMode'] as const) {
        if ((options[name] ?? -1) !== -1)
          throw new RangeError(
            `${name}: given ${shown(options[name])}, but the window of the cache has forgotten tokens`,
          );
      }
      if (inputs.mask)
        throw new RangeError('mask: expected none, the window of the cache has forgotten tokens');
    }
    if (type !== 'float32' && options.qkMatmulOutputMode !== undefined)
      throw new RangeError(
        `qkMatmulOutputMode: given ${shown(options.qkMatmulOutputMode)}, but a cache of ${type} gives no scores`,
      );
    const params = this.#rows.addresses();
    return checkCachedCall(
      inputs,
      { batches, kvHeads, headDim, valueDim, type, limits, slots: this.#rows.slots, params },
      options,
    );
  }

  /** `step` of a window that forgets on the way: as many tokens as it has room for at once, the others one by one. */
  async #stepInPieces(
    call: AttentionCall,
    tokens: CheckedTokens,
    options: CachedOptions,
  ): Promise<CachedResult> {
    const { out, ...rest } = options;
    const results = new GatheredRows(call, out);
    const fitting = mostRows(this.#header) - greatest(this.lengths);
    for (let from = 0; from < tokens.count; ) {
      const to = from + Math.max(1, from === 0 ? Math.min(fitting, tokens.count) : 1);
      const before = this.lengths;
      this.#rows.write(tokens, from, to);
      const { qNumHeads: _, ...piece } = rest;
      const part = this.#callOf({ q: queriesOf(call, from, to) }, piece, this.lengths, before);
      results.put(await this.#compute(part, piece), from);
      from = to;
    }
    return results.computed();
  }
}

/** Options of linear attention, and copies of what the cache holds. */
const NOT_OF_CACHES = [
  ...(['order', 'centroids', 'near', 'subtractMeanKey', 'subtractMeanQuery', 'measureError'] as const),
  'present',
] as const;

/** The options that the operator has, too. */
function withoutBound({ errorBound: _, ...options }: CachedOptions): Omit<CachedOptions, 'errorBound'> {
  return options;
}

/**
 * An empty cache.
 * @throws RangeError that names the option; MemoryLimitError when the engine may not take the memory.
 *
 * @example
 * const cache = await createCache(engine, { headDim: 64, kvHeads: 8, type: 'int8', window: 4096, sinks: 4 });
 */
export async function createCache(engine: Engine, options: CacheOptions): Promise<KeyValueCache> {
  checkEngine(engine);
  const { header, capacity } = emptyCache(options);
  return engine.exclusive(async () => new KeyValueCache(engine, header, capacity));
}

/**
 * The cache that `save` wrote. @throws CacheFileError for foreign or damaged bytes; MemoryLimitError.
 *
 * @example
 * const cache = await createCache(engine, { headDim: 64 });
 * const same = await loadCache(engine, await cache.save());
 */
export async function loadCache(engine: Engine, bytes: Uint8Array): Promise<KeyValueCache> {
  checkEngine(engine);
  return engine.exclusive(async () => {
    const { header, payload } = decodeCache(bytes, (read) => {
      checkHeader(read);
      const { batches, kvHeads, headDim, valueDim, type, window, lengths } = read;
      for (const length of lengths)
        checkCount('lengths', length, window > 0 ? Number.MAX_SAFE_INTEGER : MAX_COUNT);
      const rows = lengths.reduce((sum, length) => sum + Math.min(length, mostRows(read)), 0);
      const [keys, values] = [headDim, valueDim].map(
        (dim) => new TokenRows(engine, batches, kvHeads, dim, type),
      );
      return ((keys!.bytesFor(1) + values!.bytesFor(1)) / batches) * rows;
    });
    const cache = new KeyValueCache(engine, header, Math.max(1, greatest(header.lengths)));
    cache.restore(payload);
    return cache;
  });
}
