import { Scope } from '../attention/placement.js';
import { type CheckedTensor, elementCount } from '../attention/tensor.js';
import type { Engine } from '../runtime/engine.js';
import { MemoryLimitError } from '../runtime/memory.js';
import { type CarriedHeader, encodeCarried } from './carried-file.js';

/** A state as it was after so many tokens, to go back to. It takes as much memory as the state, outside of the engine. */
export interface Snapshot {
  /** Tokens. */
  readonly length: number;
}

/**
 * Numbers that one call leaves for the next, in the engine's memory. What the state of linear attention and that of a
 * convolution have in common: all but what a token does to them.
 */
export abstract class CarriedState {
  /** @internal */
  protected readonly engine: Engine;
  /** @internal */
  protected readonly dims: readonly number[];
  readonly #scope: Scope;
  readonly #address: number;
  #tokens: number;
  readonly #snapshots = new WeakMap<Snapshot, Float32Array>();
  /** Why it can no longer be used. */
  #end: string | undefined;

  /** @internal */
  protected constructor(engine: Engine, dims: readonly number[], length: number) {
    this.engine = engine;
    this.dims = dims;
    this.#tokens = length;
    this.#scope = new Scope(engine);
    engine.arena.require(this.bytes);
    this.#address = this.#scope.allocate(this.bytes);
    engine.arena.float32(this.#address, this.bytes / 4).fill(0);
  }

  /** @internal */
  protected abstract readonly header: CarriedHeader;

  /** Tokens appended. */
  get length(): number {
    return this.#tokens;
  }

  /** Bytes that the state takes in the engine's memory. */
  get bytes(): number {
    return 4 * elementCount(this.dims);
  }

  /**
   * Keeps the state as it is now, to go back to after tokens that turn out to be wrong.
   * @throws Error after `dispose`.
   */
  snapshot(): Promise<Snapshot> {
    return this.engine.exclusive(async () => {
      const snapshot = { length: this.#tokens };
      this.#snapshots.set(snapshot, this.floats().slice() as Float32Array);
      return snapshot;
    });
  }

  /**
   * Forgets the tokens after a snapshot of this state.
   * @throws RangeError for a snapshot of another state, or of more tokens than there are
   */
  truncate(snapshot: Snapshot): Promise<void> {
    return this.engine.exclusive(async () => {
      const floats = this.floats();
      const kept = this.#snapshots.get(snapshot);
      if (!kept) throw new RangeError('truncate: expected a snapshot that this state gave');
      if (snapshot.length > this.#tokens) {
        throw new RangeError(
          `truncate: given a snapshot of ${snapshot.length} tokens, the state has ${this.#tokens}`,
        );
      }
      floats.set(kept);
      this.#tokens = snapshot.length;
    });
  }

  /**
   * The state as bytes with a version and a checksum; the same for every tier.
   * @throws Error after `dispose`.
   */
  save(): Promise<Uint8Array> {
    return this.engine.exclusive(async () =>
      encodeCarried(this.header, this.floats().slice() as Float32Array),
    );
  }

  /** Gives the memory back. */
  dispose(): Promise<void> {
    return this.engine.exclusive(async () => {
      this.#scope.release();
      this.#end = 'it was disposed of';
    });
  }

  /** @internal Writes numbers that `save` or another state held. */
  restore(floats: Float32Array<ArrayBufferLike>): void {
    this.floats().set(floats);
  }

  /** @internal @throws Error after dispose(), when its memory may hold something else, and after an append that failed. */
  floats(): Float32Array<ArrayBufferLike> {
    if (this.#end) throw new Error(`state: ${this.#end}`);
    return this.engine.arena.float32(this.#address, this.bytes / 4);
  }

  /** @internal The state as an input, and where it lies, for the result. */
  protected past(): { tensor: CheckedTensor; address: number } {
    this.floats();
    const floats = () => this.floats() as Float32Array;
    const { dims } = this;
    // Read anew at each use: a view is replaced when the engine's memory grows.
    return {
      address: this.#address,
      tensor: {
        type: 'float32',
        dims,
        get data() {
          return floats();
        },
      },
    };
  }

  /**
   * @internal Lets work append so many tokens. It asks for memory before anything else; if it fails later, it leaves the state half
   * changed and of no use.
   */
  protected async change<T>(tokens: number, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#tokens += tokens;
      return result;
    } catch (error) {
      if (!(error instanceof MemoryLimitError)) this.#end = 'an append failed half-way';
      throw error;
    }
  }
}
