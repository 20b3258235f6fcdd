/// <reference lib="esnext.disposable" preserve="true" />
import { Arena } from './arena.js';
import { checkNames, shown } from './arguments.js';
import { addressesLeft } from './host.js';
import { type EngineMemory, MemoryLimitError } from './memory.js';
import { compile, compileGiven, instantiate, isModule, type Kernels, type WasmOption } from './module.js';
import { PARAMS_SIZE, type Params, writeParams } from './params.js';
import { Pool } from './pool.js';
import { CONTROL, KERNELS, type TaskKernel, takeTasks } from './tasks.js';
import { threadStarters, type WorkerOption } from './threads.js';
import { chooseTier, type Tier } from './tiers.js';

const GIB = 2 ** 30;
/** WebAssembly's 32-bit address space. */
const MAX_MEMORY = 4 * GIB;
/** The first page belongs to the module's constants. */
const BASE = 65536;
/** Addresses that a thread of Node's takes, 650 to 790 MiB. Where there are fewer, V8 ends the whole process. */
const THREAD_ADDRESSES = GIB;
/** Symbol.asyncDispose, also where the runtime has none yet and the compiler of a program brings it along later. */
const ASYNC_DISPOSE: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** Options of `createEngine`. */
export interface EngineOptions {
  /** Default: the fastest that this runtime offers without experimental flags. */
  tier?: Tier;
  /** Threads that compute, the caller's included. Default 1. */
  threads?: number;
  /** Bytes of WebAssembly memory that the engine may take. Default and largest: 4 GiB. */
  memoryLimit?: number;
  /** Told once when something asked for is not to be had here, such as threads. Default: console.warn. */
  onWarning?: (message: string) => void;
  /**
   * The kernels of `tier`, which must be named then: a `WebAssembly.Module`, the bytes of `hw2-engine/wasm/TIER.wasm`, or
   * an address to fetch them from. Default: those that come along as JavaScript. For hosts that compile no bytes, such
   * as Cloudflare's, and for those who serve files themselves. A compiled module computes on one thread.
   */
  wasm?: WasmOption;
  /**
   * The address of `hw2-engine/worker.js`, or a function that starts a worker from it. Default: found by bundlers that
   * follow `new URL(…, import.meta.url)`, else made from text, which a Content-Security-Policy may forbid.
   */
  worker?: WorkerOption;
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
  /** How its kernels are compiled. */
  readonly tier: Tier;
  /** Threads that compute, the caller's included. */
  readonly threads: number;
  /** Let go of by dispose(). */
  #held: { arena: Arena; kernels: Kernels } | undefined;
  readonly #control: number;
  readonly #startPool: () => Promise<Pool>;
  #pool: Pool | undefined;
  /** The end of the queue of calls. */
  #last: Promise<unknown> = Promise.resolve();

  /** @internal Use createEngine. */
  constructor(
    tier: Tier,
    threads: number,
    held: { arena: Arena; kernels: Kernels },
    control: number,
    startPool: () => Promise<Pool>,
  ) {
    this.tier = tier;
    this.threads = threads;
    this.#held = held;
    this.#control = control;
    this.#startPool = startPool;
  }

  /** How much memory the engine may take and has taken. @throws Error after dispose(). */
  get memory(): EngineMemory {
    return this.#alive().arena;
  }

  /** @internal The memory of this engine. @throws Error after dispose(). */
  get arena(): Arena {
    return this.#alive().arena;
  }

  /** @internal The kernels on this engine's memory. @throws Error after dispose(). */
  get kernels(): Kernels {
    return this.#alive().kernels;
  }

  #alive(): { arena: Arena; kernels: Kernels } {
    if (!this.#held) throw new Error('the engine was disposed of');
    return this.#held;
  }

  /** @internal Queues a piece of work behind the calls in flight. @throws Error after dispose(). */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      this.#alive();
      return work();
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * @internal
   * Runs one kernel over its tasks on all threads. `params` is where the parameters lie; `scratch` is where
   * `scratchSize` bytes for each thread lie. With `threads` 1 the caller's thread does all of it: to wake another one takes
   * longer than a small piece of work.
   */
  async run(
    kernel: TaskKernel,
    params: number,
    tasks: number,
    scratch: number,
    scratchSize: number,
    threads = this.threads,
  ): Promise<void> {
    const { kernels, arena } = this.#alive();
    if (threads === 1 || tasks < 2) {
      const run = kernels[kernel];
      for (let task = 0; task < tasks; task++) run(params, task, scratch);
      return;
    }
    if (!this.#pool?.alive) {
      // The survivors of a pool that lost a thread would wake up with the new one and take its tasks.
      await this.#pool?.stop();
      this.#pool = await this.#startPool();
    }
    const words = arena.int32(this.#control, CONTROL.length);
    words[CONTROL.kernel] = KERNELS.indexOf(kernel);
    words[CONTROL.params] = params;
    words[CONTROL.tasks] = tasks;
    words[CONTROL.scratch] = scratch;
    words[CONTROL.scratchSize] = scratchSize;
    words[CONTROL.next] = 0;
    this.#pool.dispatch();
    takeTasks(kernels, words, 0);
    try {
      await this.#pool.finish();
    } catch (error) {
      // The threads that are left must not write into memory that the failed call gives back.
      await this.#pool.stop();
      throw error;
    }
  }

  /** @internal Places parameters in memory and returns their address, to be released. */
  placeParams(params: Partial<Params>): number {
    const address = this.arena.allocate(PARAMS_SIZE);
    writeParams(this.arena, address, params);
    return address;
  }

  /** @internal Starts the threads, which is done anew where one died. */
  async startThreads(): Promise<void> {
    this.#pool = await this.#startPool();
  }

  /** Stops the threads and lets go of the memory, after the calls in flight. */
  async dispose(): Promise<void> {
    await this.#last;
    this.#held = undefined;
    await this.#pool?.stop();
    this.#pool = undefined;
  }

  /** `dispose`, for `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.dispose();
  }
}

/**
 * An engine with the kernels of a tier. Where threads cannot be had, it computes on one and says so.
 *
 * @throws RangeError when the runtime lacks the tier asked for, or an option is out of range; TypeError for an option
 * of the wrong kind.
 *
 * @example
 * const engine = await createEngine({ threads: 2 });
 * await engine.dispose();
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  checkNames('option', options, ['tier', 'threads', 'memoryLimit', 'onWarning', 'wasm', 'worker']);
  const { threads = 1, memoryLimit = MAX_MEMORY, onWarning = console.warn, wasm, worker } = options;
  if (typeof onWarning !== 'function')
    throw new TypeError(`onWarning: given ${shown(onWarning)}, expected a function`);
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new RangeError(`threads: given ${shown(threads)}, expected a whole number from 1 to 256`);
  }
  if (!(typeof memoryLimit === 'number' && memoryLimit >= 2 * BASE && memoryLimit <= MAX_MEMORY)) {
    throw new RangeError(
      `memoryLimit: given ${shown(memoryLimit)}, expected bytes from ${2 * BASE} to ${MAX_MEMORY}`,
    );
  }
  if (typeof WebAssembly === 'undefined')
    throw new Error(
      'WebAssembly: not available here (node --jitless, and browsers in lockdown mode, lack it)',
    );
  if (wasm !== undefined && options.tier === undefined)
    throw new RangeError('tier: needed with wasm, which holds the kernels of one tier');
  const tier = chooseTier(options.tier);
  const warn = (reason: string) => {
    if (!told.has(reason)) onWarning(`hw2: ${reason}, computing on one thread`);
    told.add(reason);
  };
  const withoutSharing = (reason: string) => {
    warn(reason);
    return createEngine({ ...options, threads: 1 });
  };
  const shared = threads > 1;
  const obstacle = shared ? obstacleToSharing(wasm) : undefined;
  if (obstacle) return withoutSharing(obstacle);
  const module = await (wasm === undefined ? compile(tier, shared) : compileGiven(wasm, shared));
  let arena: Arena;
  let control: number;
  try {
    arena = new Arena(Math.floor(memoryLimit / BASE) * BASE, shared, BASE);
    control = arena.allocate(4 * CONTROL.length);
  } catch (error) {
    // Memory that is not shared can move, and so takes fewer addresses on some hosts.
    if (shared && error instanceof MemoryLimitError)
      return withoutSharing('no memory that threads can share');
    throw error;
  }
  const kernels = await instantiate(module, arena.memory);
  const start = { module, memory: arena.memory, control };
  const startPool = () => Pool.start(threads - 1, start, threadStarters(worker));
  const engineOf = (threads: number) => new Engine(tier, threads, { arena, kernels }, control, startPool);
  if (!shared) return engineOf(1);
  // One thread computes in the same memory then: where addresses are few, there is no room for a second one.
  if (addressesLeft() < (threads - 1) * THREAD_ADDRESSES) {
    warn(`the address space has no room for ${threads} threads (raise ulimit -v, or ask for fewer)`);
    return engineOf(1);
  }
  const engine = engineOf(threads);
  try {
    await engine.startThreads();
    return engine;
  } catch (error) {
    warn(`no threads here (${reasonOf(error as Error)})`);
    return engineOf(1);
  }
}

/** Node 20 does not name the flag that its permission model asks for. */
function reasonOf({ code, message }: Error & { code?: string }): string {
  if (code !== 'ERR_ACCESS_DENIED' || message.includes('--allow-worker')) return message;
  return `${message}; allow them with --allow-worker`;
}

/** Why this program got no threads, as far as it was told. */
const told = new Set<string>();

/** Why memory cannot be shared with threads; in a page it can, where that is isolated from other origins. */
function obstacleToSharing(wasm: WasmOption | undefined): string | undefined {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (typeof SharedArrayBuffer === 'undefined' || crossOriginIsolated === false)
    return 'no SharedArrayBuffer here, for which a page needs the headers COOP and COEP';
  return isModule(wasm) ? 'a module that is compiled already shares no memory' : undefined;
}
