import { Arena } from './memory.js';
import { compile, instantiate, type Kernels } from './module.js';
import { PARAMS_SIZE, type Params, writeParams } from './params.js';
import { Pool } from './pool.js';
import { CONTROL, KERNELS, type TaskKernel, takeTasks } from './tasks.js';
import { chooseTier, type Tier } from './tiers.js';

const GIB = 2 ** 30;
/** WebAssembly's 32-bit address space. */
const MAX_MEMORY = 4 * GIB;
/** The first page belongs to the module's constants. */
const BASE = 65536;

export interface EngineOptions {
  /** Default: the fastest that this runtime offers without experimental flags. */
  tier?: Tier;
  /** Threads that compute, the caller's included. Default 1. */
  threads?: number;
  /** Bytes of WebAssembly memory that the engine may take. Default and largest: 4 GiB. */
  memoryLimit?: number;
  /** Told once when something asked for is not to be had here, such as threads. Default: console.warn. */
  onWarning?: (message: string) => void;
}

/**
 * The kernels, one memory and, if asked for, threads. Calls are carried out one after the other.
 *
 * @example
 * const engine = await createEngine({ threads: 2 });
 * const { output } = await attention(engine, { q, k, v }, { isCausal: true });
 * await engine.dispose();
 */
export class Engine {
  readonly tier: Tier;
  readonly threads: number;
  /** Let go of by dispose(). */
  private memory: { arena: Arena; kernels: Kernels } | undefined;
  private readonly module: WebAssembly.Module;
  private readonly control: number;
  private pool: Pool | undefined;
  /** The end of the queue of calls. */
  private last: Promise<unknown> = Promise.resolve();

  /** Use createEngine. */
  constructor(tier: Tier, threads: number, module: WebAssembly.Module, memoryLimit: number) {
    this.tier = tier;
    this.threads = threads;
    this.module = module;
    const arena = new Arena(memoryLimit, threads > 1, BASE);
    this.memory = { arena, kernels: instantiate(module, arena.memory) };
    this.control = arena.allocate(4 * CONTROL.length);
  }

  /** The memory of this engine. @throws Error after dispose(). */
  get arena(): Arena {
    return this.alive().arena;
  }

  /** The kernels on this engine's memory. @throws Error after dispose(). */
  get kernels(): Kernels {
    return this.alive().kernels;
  }

  private alive(): { arena: Arena; kernels: Kernels } {
    if (!this.memory) throw new Error('the engine was disposed of');
    return this.memory;
  }

  /** Queues a piece of work behind the calls in flight. @throws Error after dispose(). */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(() => {
      this.alive();
      return work();
    });
    this.last = result.catch(() => {});
    return result;
  }

  /**
   * Runs one kernel over its tasks on all threads. `params` is where the params lies; `scratch` is where
   * `scratchSize` bytes for each thread lie.
   */
  async run(
    kernel: TaskKernel,
    params: number,
    tasks: number,
    scratch: number,
    scratchSize: number,
  ): Promise<void> {
    const { kernels, arena } = this.alive();
    if (this.threads === 1 || tasks < 2) {
      const run = kernels[kernel];
      for (let task = 0; task < tasks; task++) run(params, task, scratch);
      return;
    }
    if (!this.pool?.alive) {
      // The survivors of a pool that lost a thread would wake up with the new one and take its tasks.
      await this.pool?.stop();
      this.pool = await Pool.start(this.threads - 1, this.module, arena.memory, this.control);
    }
    const words = arena.int32(this.control, CONTROL.length);
    words[CONTROL.kernel] = KERNELS.indexOf(kernel);
    words[CONTROL.params] = params;
    words[CONTROL.tasks] = tasks;
    words[CONTROL.scratch] = scratch;
    words[CONTROL.scratchSize] = scratchSize;
    words[CONTROL.next] = 0;
    this.pool.dispatch();
    takeTasks(kernels, words, 0);
    try {
      await this.pool.finish();
    } catch (error) {
      // The threads that are left must not write into memory that the failed call gives back.
      await this.pool.stop();
      throw error;
    }
  }

  /** Places a params in memory and returns its address, to be released. */
  placeParams(params: Partial<Params>): number {
    const address = this.arena.allocate(PARAMS_SIZE);
    writeParams(this.arena.memory.buffer, address, params);
    return address;
  }

  /** Stops the threads and lets go of the memory, after the calls in flight. */
  async dispose(): Promise<void> {
    await this.last;
    this.memory = undefined;
    await this.pool?.stop();
    this.pool = undefined;
  }
}

/**
 * @throws RangeError when the runtime lacks the tier asked for, or an option is out of range.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { threads = 1, memoryLimit = MAX_MEMORY, onWarning = console.warn } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new RangeError(`threads: given ${threads}, expected a whole number from 1 to 256`);
  }
  if (!(memoryLimit >= 2 * BASE && memoryLimit <= MAX_MEMORY)) {
    throw new RangeError(
      `memoryLimit: given ${memoryLimit}, expected bytes from ${2 * BASE} to ${MAX_MEMORY}`,
    );
  }
  const tier = chooseTier(options.tier);
  const shared = threads > 1 && sharedMemoryWorks();
  if (threads > 1 && !shared && !toldOfOneThread) {
    toldOfOneThread = true;
    onWarning(
      'hw2: no SharedArrayBuffer here, computing on one thread; a page needs the headers COOP and COEP',
    );
  }
  const module = await compile(tier, shared);
  return new Engine(tier, shared ? threads : 1, module, Math.floor(memoryLimit / BASE) * BASE);
}

/** Whether this program was told that it gets no threads. */
let toldOfOneThread = false;

/** Whether memory can be shared with threads: in a page, only where it is isolated from other origins. */
function sharedMemoryWorks(): boolean {
  return (
    typeof SharedArrayBuffer !== 'undefined' &&
    (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false
  );
}
