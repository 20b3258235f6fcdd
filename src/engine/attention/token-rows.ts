import type { Engine } from '../runtime/engine.js';
import type { Layout } from './call.js';
import { writeFloats } from './placement.js';
import { type DecodedRow, type RowFormat, rowFormat, type StoredType } from './row-format.js';
import { type CheckedTensor, copyFloats } from './tensor.js';

/** Memory of the engine: where rows and scales lie, and how many tokens of a slot there can be. */
interface Allocation {
  rows: number;
  scales: number;
  capacity: number;
}

/**
 * The keys, or the values, of a cache: [slot][head][capacity] rows in the engine's memory, and for a type with scales
 * [slot][head][capacity] of these. A slot holds the tokens of one batch; which one, the cache knows.
 */
export class TokenRows {
  readonly rowBytes: number;
  readonly #engine: Engine;
  readonly #slots: number;
  readonly #heads: number;
  readonly #dim: number;
  readonly #format: RowFormat;
  #at: Allocation = { rows: 0, scales: 0, capacity: 0 };

  constructor(engine: Engine, slots: number, heads: number, dim: number, type: StoredType) {
    this.#engine = engine;
    this.#slots = slots;
    this.#heads = heads;
    this.#dim = dim;
    this.#format = rowFormat(type);
    this.rowBytes = this.#format.rowBytes(dim);
  }

  get address(): number {
    return this.#at.rows;
  }

  get scales(): number {
    return this.#at.scales;
  }

  /** Bytes for so many tokens of each slot. */
  bytesFor(capacity: number): number {
    return this.#slots * this.#heads * capacity * (this.rowBytes + (this.#format.scaled ? 4 : 0));
  }

  /** Memory for `capacity` tokens of each slot. @throws MemoryLimitError */
  allocate(capacity: number): Allocation {
    const { arena } = this.#engine;
    const count = this.#slots * this.#heads * capacity;
    const rows = arena.allocate(count * this.rowBytes);
    if (!this.#format.scaled) return { rows, scales: 0, capacity };
    try {
      return { rows, scales: arena.allocate(4 * count), capacity };
    } catch (error) {
      arena.release(rows);
      throw error;
    }
  }

  giveBack({ rows, scales }: Allocation): void {
    if (rows) this.#engine.arena.release(rows);
    if (scales) this.#engine.arena.release(scales);
  }

  /** Moves the first kept[slot] tokens of each slot to other memory, and gives back that before. */
  moveTo(to: Allocation, kept: readonly number[]): void {
    const old = this.#at;
    this.#at = to;
    if (old.capacity === 0) return;
    for (let index = 0; index < this.#slots * this.#heads; index++) {
      const [oldRow, row] = [index * old.capacity, index * to.capacity];
      const tokens = kept[Math.floor(index / this.#heads)]!;
      this.#copy(old.rows + oldRow * this.rowBytes, to.rows + row * this.rowBytes, tokens * this.rowBytes);
      if (to.scales) this.#copy(old.scales + 4 * oldRow, to.scales + 4 * row, 4 * tokens);
    }
    this.giveBack(old);
  }

  /** Writes tokens [from, from + count) of one batch of a tensor to the rows of a slot that begin at `row`. */
  write(
    source: CheckedTensor,
    layout: Layout,
    batch: number,
    from: number,
    slot: number,
    row: number,
    count: number,
  ): void {
    const { arena } = this.#engine;
    const [dim, rowBytes] = [this.#dim, this.rowBytes];
    for (let head = 0; head < this.#heads; head++) {
      const start = batch * layout.batch + head * layout.head + from * layout.row;
      const target = this.#rowOf(slot, head, row);
      if (!this.#format.encode && layout.row === dim) {
        writeFloats(this.#engine, source, start, target, count * dim);
        continue;
      }
      const token = new Float32Array(dim);
      for (let i = 0; i < count; i++) {
        const address = target + i * rowBytes;
        if (!this.#format.encode) writeFloats(this.#engine, source, start + i * layout.row, address, dim);
        else {
          copyFloats(source, start + i * layout.row, token);
          const scale = this.#format.encode(token, arena.bytes(address, rowBytes));
          if (this.#format.scaled) arena.float32(this.#scaleOf(slot, head, row + i), 1)[0] = scale;
        }
      }
    }
  }

  /** What a row of a slot holds. */
  read(slot: number, head: number, row: number): DecodedRow {
    const { arena } = this.#engine;
    const scale = this.#format.scaled ? arena.float32(this.#scaleOf(slot, head, row), 1)[0]! : 1;
    return this.#format.decode(arena.bytes(this.#rowOf(slot, head, row), this.rowBytes), this.#dim, scale);
  }

  /** Makes slot `to` hold the first `tokens` rows of slot `from`. */
  copySlot(from: number, to: number, tokens: number, target: TokenRows = this): void {
    for (let head = 0; head < this.#heads; head++) {
      this.#copy(this.#rowOf(from, head, 0), target.#rowOf(to, head, 0), tokens * this.rowBytes);
      if (this.#format.scaled)
        this.#copy(this.#scaleOf(from, head, 0), target.#scaleOf(to, head, 0), 4 * tokens);
    }
  }

  /** Views of the first `tokens` rows of a head and of their scales, as bytes. */
  *views(slot: number, tokens: number): Generator<Uint8Array<ArrayBufferLike>> {
    const { arena } = this.#engine;
    for (let head = 0; head < this.#heads; head++) {
      yield arena.bytes(this.#rowOf(slot, head, 0), tokens * this.rowBytes);
      if (this.#format.scaled) yield arena.bytes(this.#scaleOf(slot, head, 0), 4 * tokens);
    }
  }

  release(): void {
    this.giveBack(this.#at);
    this.#at = { rows: 0, scales: 0, capacity: 0 };
  }

  #rowOf(slot: number, head: number, row: number): number {
    return this.#at.rows + ((slot * this.#heads + head) * this.#at.capacity + row) * this.rowBytes;
  }

  #scaleOf(slot: number, head: number, row: number): number {
    return this.#at.scales + 4 * ((slot * this.#heads + head) * this.#at.capacity + row);
  }

  #copy(from: number, to: number, bytes: number): void {
    const { arena } = this.#engine;
    arena.bytes(to, bytes).set(arena.bytes(from, bytes));
  }
}
