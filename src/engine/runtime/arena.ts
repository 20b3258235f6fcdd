import { type EngineMemory, formatBytes, MemoryLimitError } from './memory.js';

/** Bytes of a float32, and of an int32. */
export const FLOAT = 4;

const PAGE = 65536;
const ALIGNMENT = 64;

/**
 * The one allocator of an engine's WebAssembly memory: first fit over a list of free blocks, grown at the end.
 * Blocks are aligned to cache lines and hold whatever was there before.
 */
export class Arena implements EngineMemory {
  readonly memory: WebAssembly.Memory;
  readonly limit: number;
  /**
   * All of the memory, as views that are kept until it grows: to make them anew for each use, some twenty a call, took a sixth of the
   * time that a call takes beside its kernels.
   */
  buffer!: ArrayBufferLike;
  words!: Int32Array;
  floats!: Float32Array;
  /** Free blocks by address, none adjacent to the next. */
  readonly #free: { address: number; size: number }[] = [];
  readonly #sizes = new Map<number, number>();
  /** Where memory that was never handed out begins. */
  #top: number;
  /** Bytes in use now, and the most there were since the last call of `resetPeak`. */
  #used = 0;
  #peakUsed = 0;

  /** @param base Bytes at the start that belong to the module's own data. */
  constructor(limit: number, shared: boolean, base: number) {
    this.limit = limit;
    const maximum = Math.floor(limit / PAGE);
    try {
      this.memory = new WebAssembly.Memory({ initial: Math.ceil(base / PAGE), maximum, shared });
    } catch (error) {
      // V8 reserves 10 GiB of addresses for each memory, whatever its size, unless it checks bounds itself.
      throw new MemoryLimitError(
        'memory: the host refused the address space of a WebAssembly memory; where it is limited, raise the limit (ulimit -v unlimited) or run node --disable-wasm-trap-handler',
        { cause: error },
      );
    }
    this.#top = base;
    this.#look();
  }

  #look(): void {
    this.buffer = this.memory.buffer;
    this.words = new Int32Array(this.buffer);
    this.floats = new Float32Array(this.buffer);
  }

  get peak(): number {
    return this.#peakUsed;
  }

  resetPeak(): void {
    this.#peakUsed = this.#used;
  }

  require(bytes: number): void {
    if (this.#used + bytes > this.limit) {
      const inUse = this.#used > PAGE ? `, of which ${formatBytes(this.#used)} are in use` : '';
      throw new MemoryLimitError(
        `memory: this call needs ${formatBytes(bytes)}, the limit is ${formatBytes(this.limit)}${inUse}`,
      );
    }
  }

  /** @throws MemoryLimitError when the limit, or the host's memory, does not allow it. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const address = this.#fromFree(size) ?? this.#fromTop(size);
    this.#sizes.set(address, size);
    this.#used += size;
    this.#peakUsed = Math.max(this.#peakUsed, this.#used);
    return address;
  }

  release(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) throw new Error(`address ${address} is not allocated`);
    this.#sizes.delete(address);
    this.#used -= size;
    // A call gives back last what it took first, so that this is what happens to most blocks.
    if (address + size === this.#top) {
      this.#top = address;
      const last = this.#free.at(-1);
      if (!last || last.address + last.size !== address) return;
      this.#top = last.address;
      this.#free.pop();
      return;
    }
    const next = this.#free.findIndex((block) => block.address > address);
    const at = next < 0 ? this.#free.length : next;
    this.#free.splice(at, 0, { address, size });
    this.#join(at);
    this.#join(at - 1);
  }

  float32(address: number, length: number): Float32Array {
    return new Float32Array(this.buffer, address, length);
  }

  int32(address: number, length: number): Int32Array {
    return new Int32Array(this.buffer, address, length);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.buffer, address, length);
  }

  #fromFree(size: number): number | undefined {
    const at = this.#free.findIndex((block) => block.size >= size);
    const block = this.#free[at];
    if (!block) return undefined;
    const { address } = block;
    block.address += size;
    block.size -= size;
    if (block.size === 0) this.#free.splice(at, 1);
    return address;
  }

  #fromTop(size: number): number {
    const address = this.#top;
    const end = address + size;
    if (end > this.limit) this.require(end - this.#used);
    const missing = Math.ceil((end - this.buffer.byteLength) / PAGE);
    if (missing > 0) {
      try {
        this.memory.grow(missing);
        this.#look();
      } catch {
        throw new MemoryLimitError(
          `memory: the host refused ${formatBytes(missing * PAGE)} more; where memory or addresses are limited, raise the limit (ulimit -v)`,
        );
      }
    }
    this.#top = end;
    return address;
  }

  /** Joins the free block at an index with the next one where they touch. */
  #join(at: number): void {
    const block = this.#free[at];
    const next = this.#free[at + 1];
    if (!block || !next || block.address + block.size !== next.address) return;
    block.size += next.size;
    this.#free.splice(at + 1, 1);
  }
}
