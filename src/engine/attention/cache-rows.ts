import { greatest } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import type { Params } from '../runtime/params.js';
import type { CacheHeader } from './cache-file.js';
import { type DecodedRow, STORED_TYPES } from './row-format.js';
import { type Heads, MAX_COUNT } from './shapes.js';
import type { CheckedTensor } from './tensor.js';
import { TokenRows } from './token-rows.js';

/** Checked tokens that are to be added. */
export interface CheckedTokens {
  k: Heads & { tensor: CheckedTensor };
  v: Heads & { tensor: CheckedTensor };
  /** How many of the `count` tokens each batch has. */
  lengths: readonly number[];
  count: number;
}

/**
 * Where the tokens of a cache lie. A batch has a slot of rows; the token at a position has the row of that number, or with a
 * window one of a ring behind the rows of the sinks.
 */
export class CacheRows {
  readonly #engine: Engine;
  readonly #header: CacheHeader;
  readonly #keys: TokenRows;
  readonly #values: TokenRows;
  /** In which slot each batch lies. */
  #batchSlots: number[];
  #capacity = 0;

  /** @throws MemoryLimitError */
  constructor(engine: Engine, header: CacheHeader, capacity: number) {
    const { batches, kvHeads, headDim, valueDim, type } = header;
    this.#engine = engine;
    this.#header = header;
    this.#batchSlots = header.lengths.map((_, batch) => batch);
    this.#keys = new TokenRows(engine, batches, kvHeads, headDim, type);
    this.#values = new TokenRows(engine, batches, kvHeads, valueDim, type);
    this.#resize(Math.min(capacity, mostRows(header)));
  }

  get slots(): readonly number[] {
    return this.#batchSlots;
  }

  /** Tokens of each batch that there is room for. */
  get capacity(): number {
    return this.#capacity;
  }

  get bytes(): number {
    return this.#keys.bytesFor(this.#capacity) + this.#values.bytesFor(this.#capacity);
  }

  /** Rows in use after so many tokens. */
  rowsIn(length: number): number {
    return Math.min(length, mostRows(this.#header));
  }

  /** Makes room for so many more tokens: twice as much as there is, if that is enough. @throws MemoryLimitError */
  makeRoom(added: readonly number[]): void {
    const { lengths } = this.#header;
    const needed = greatest(lengths.map((length, batch) => this.rowsIn(length + added[batch]!)));
    if (needed > this.#capacity)
      this.#resize(Math.min(mostRows(this.#header), Math.max(needed, 2 * this.#capacity)));
  }

  /** Writes tokens [from, to) of those to be added to the rows of their positions, and counts them. */
  write({ k, v, lengths }: CheckedTokens, from: number, to: number): void {
    const { sinks, window } = this.#header;
    for (const [batch, slot] of this.slots.entries()) {
      const start = this.#header.lengths[batch]! - from;
      const end = start + Math.min(to, lengths[batch]!);
      for (let position = start + from; position < end; ) {
        const isInOrder = window === 0 || position < sinks;
        // Tokens that later ones of the same call overwrite are not written.
        if (!isInOrder) position = Math.max(position, end - window);
        const row = isInOrder ? position : sinks + ((position - sinks) % window);
        const untilBreak = window === 0 ? MAX_COUNT : isInOrder ? sinks - row : sinks + window - row;
        const count = Math.min(end - position, untilBreak);
        this.#keys.write(k.tensor, k.layout, batch, position - start, slot, row, count);
        this.#values.write(v.tensor, v.layout, batch, position - start, slot, row, count);
        position += count;
      }
      this.#header.lengths[batch] = Math.max(start + from, end);
    }
  }

  /** Batch b becomes what batch indices[b] was. A slot that is chosen once stays where it is. */
  reorder(indices: readonly number[]): void {
    const { lengths } = this.#header;
    const free = this.slots.filter((_, batch) => !indices.includes(batch));
    const taken = new Set<number>();
    this.#batchSlots = indices.map((index) => {
      const slot = this.slots[index]!;
      if (!taken.has(slot)) {
        taken.add(slot);
        return slot;
      }
      const copy = free.pop()!;
      for (const rows of [this.#keys, this.#values]) rows.copySlot(slot, copy, this.rowsIn(lengths[index]!));
      return copy;
    });
    this.#header.lengths = indices.map((index) => lengths[index]!);
  }

  /** Copies all tokens to other rows of the same header. */
  copyTo(other: CacheRows): void {
    for (const [batch, slot] of this.slots.entries()) {
      const tokens = this.rowsIn(this.#header.lengths[batch]!);
      this.#keys.copySlot(slot, other.slots[batch]!, tokens, other.#keys);
      this.#values.copySlot(slot, other.slots[batch]!, tokens, other.#values);
    }
  }

  /** Views of the rows in use: of each batch the keys head by head, then the values. */
  *views(): Generator<Uint8Array<ArrayBufferLike>> {
    for (const [batch, slot] of this.slots.entries()) {
      const tokens = this.rowsIn(this.#header.lengths[batch]!);
      yield* this.#keys.views(slot, tokens);
      yield* this.#values.views(slot, tokens);
    }
  }

  /** Where keys and values lie, in the parameters of a call. */
  addresses(): Partial<Params> {
    const { kvHeads } = this.#header;
    const [keys, values, capacity] = [this.#keys, this.#values, this.#capacity];
    return {
      k: keys.address,
      kRow: keys.rowBytes,
      kHead: capacity * keys.rowBytes,
      kBatch: kvHeads * capacity * keys.rowBytes,
      v: values.address,
      vRow: values.rowBytes,
      vHead: capacity * values.rowBytes,
      vBatch: kvHeads * capacity * values.rowBytes,
      kvType: STORED_TYPES.indexOf(this.#header.type),
      kScales: keys.scales,
      vScales: values.scales,
      scalesHead: 4 * capacity,
      scalesBatch: 4 * kvHeads * capacity,
    };
  }

  /** What the row of a key, or of a value, holds. */
  readKey(batch: number, head: number, row: number): DecodedRow {
    return this.#keys.read(this.slots[batch]!, head, row);
  }

  readValue(batch: number, head: number, row: number): DecodedRow {
    return this.#values.read(this.slots[batch]!, head, row);
  }

  release(): void {
    this.#keys.release();
    this.#values.release();
    this.#capacity = 0;
  }

  #resize(capacity: number): void {
    this.#engine.arena.require(this.#keys.bytesFor(capacity) + this.#values.bytesFor(capacity));
    const kept: number[] = [];
    for (const [batch, slot] of this.slots.entries()) kept[slot] = this.rowsIn(this.#header.lengths[batch]!);
    const keys = this.#keys.allocate(capacity);
    let values: ReturnType<TokenRows['allocate']>;
    try {
      values = this.#values.allocate(capacity);
    } catch (error) {
      this.#keys.giveBack(keys);
      throw error;
    }
    this.#keys.moveTo(keys, kept);
    this.#values.moveTo(values, kept);
    this.#capacity = capacity;
  }
}

/** Rows of a slot that can be in use at all. */
export function mostRows({ window, sinks }: CacheHeader): number {
  return window > 0 ? sinks + window : MAX_COUNT;
}
