import { CONTROL } from './tasks.js';
import type { StartThread, Thread } from './threads.js';
import type { Start } from './worker.js';

/** How long the dispatcher looks at the counter before it goes to sleep, in milliseconds. */
const SPIN = 0.2;

/**
 * Threads that share an engine's memory and wait for it to dispatch. They never keep a process alive by themselves.
 */
export class Pool {
  readonly #threads: Thread[] = [];
  readonly #words: Int32Array;
  /** Settles the dispatch that is asleep, if there is one. */
  #wake: ((error?: Error) => void) | undefined;
  #death: Error | undefined;

  private constructor(words: Int32Array) {
    this.#words = words;
  }

  /**
   * Starts `count` threads by the first starter that works, and resolves when all of them are ready.
   * @throws Error that says why the first one failed, when none works.
   */
  static async start(count: number, start: Omit<Start, 'thread'>, starters: StartThread[]): Promise<Pool> {
    const words = new Int32Array(start.memory.buffer, start.control, CONTROL.length);
    let reason = new Error('this host has no threads');
    for (const [i, starter] of starters.entries()) {
      words.fill(0);
      const pool = new Pool(words);
      try {
        await Promise.all(
          Array.from({ length: count }, (_, i) => pool.#add(starter, { ...start, thread: i + 1 })),
        );
        for (const thread of pool.#threads) thread.hold(false);
        return pool;
      } catch (error) {
        if (i === 0) reason = error as Error;
        await pool.stop();
      }
    }
    throw reason;
  }

  /** Starts one thread, and resolves when it is ready. */
  #add(starter: StartThread, start: Start): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const thread = starter(
        (message) => {
          if (message === 'ready') resolve();
          // A late message belongs to an earlier dispatch, which was seen to be done before it arrived.
          else if (Atomics.load(this.#words, CONTROL.pending) === 0) this.#wake?.();
        },
        (reason) => {
          this.#death = new Error(`a worker thread died: ${reason}`);
          reject(this.#death);
          this.#wake?.(this.#death);
        },
      );
      this.#threads.push(thread);
      thread.post(start);
    });
  }

  /** Whether every thread is alive. */
  get alive(): boolean {
    return this.#death === undefined;
  }

  /** Sets the threads to work on what the control block says; `finish` waits for them. */
  dispatch(): void {
    Atomics.store(this.#words, CONTROL.sleeping, 0);
    Atomics.store(this.#words, CONTROL.pending, this.#threads.length);
    Atomics.add(this.#words, CONTROL.generation, 1);
    Atomics.notify(this.#words, CONTROL.generation);
  }

  /** @throws Error when a thread died in the meantime; the pool is of no use then. */
  async finish(): Promise<void> {
    const end = performance.now() + SPIN;
    while (performance.now() < end) {
      if (Atomics.load(this.#words, CONTROL.pending) === 0) return;
    }
    for (const thread of this.#threads) thread.hold(true);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#wake = (error) => (error ? reject(error) : resolve());
        Atomics.store(this.#words, CONTROL.sleeping, 1);
        // The last thread lowers `pending` and then reads `sleeping`; here it is the other way round. So either it sees that a message
        // is waited for, or it is seen here that it has finished.
        if (Atomics.load(this.#words, CONTROL.pending) === 0) resolve();
        if (this.#death) reject(this.#death);
      });
    } finally {
      this.#wake = undefined;
      for (const thread of this.#threads) thread.hold(false);
    }
  }

  async stop(): Promise<void> {
    this.#death ??= new Error('the pool was stopped');
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}
