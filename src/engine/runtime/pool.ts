import { startThread, type Thread } from '#platform';
import { CONTROL } from './tasks.js';

/** How long the dispatcher looks at the counter before it goes to sleep, in milliseconds. */
const SPIN = 0.2;

/**
 * Threads that share an engine's memory and wait for it to dispatch. They never keep a process alive by themselves.
 */
export class Pool {
  private readonly threads: Thread[] = [];
  private readonly words: Int32Array;
  /** Settles the dispatch that is asleep, if there is one. */
  private wake: ((error?: Error) => void) | undefined;
  private death: Error | undefined;

  private constructor(words: Int32Array) {
    this.words = words;
  }

  /** Starts `count` threads and resolves when all of them are ready. */
  static async start(
    count: number,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    control: number,
  ): Promise<Pool> {
    const words = new Int32Array(memory.buffer, control, CONTROL.length);
    words.fill(0);
    const pool = new Pool(words);
    await Promise.all(
      Array.from({ length: count }, (_, i) => {
        return new Promise<void>((resolve, reject) => {
          const thread = startThread(
            (message) => {
              if (message === 'ready') resolve();
              // A late message belongs to an earlier dispatch, which was seen to be done before it arrived.
              else if (Atomics.load(words, CONTROL.pending) === 0) pool.wake?.();
            },
            (reason) => {
              pool.death = new Error(`a worker thread died: ${reason}`);
              reject(pool.death);
              pool.wake?.(pool.death);
            },
          );
          pool.threads.push(thread);
          thread.post({ module, memory, control, thread: i + 1 });
        });
      }),
    ).catch(async (error) => {
      await pool.stop();
      throw error;
    });
    for (const thread of pool.threads) thread.hold(false);
    return pool;
  }

  /** Whether every thread is alive. */
  get alive(): boolean {
    return this.death === undefined;
  }

  /** Sets the threads to work on what the control block says; `finish` waits for them. */
  dispatch(): void {
    Atomics.store(this.words, CONTROL.sleeping, 0);
    Atomics.store(this.words, CONTROL.pending, this.threads.length);
    Atomics.add(this.words, CONTROL.generation, 1);
    Atomics.notify(this.words, CONTROL.generation);
  }

  /** @throws Error when a thread died in the meantime; the pool is of no use then. */
  async finish(): Promise<void> {
    const end = performance.now() + SPIN;
    while (performance.now() < end) {
      if (Atomics.load(this.words, CONTROL.pending) === 0) return;
    }
    for (const thread of this.threads) thread.hold(true);
    try {
      await new Promise<void>((resolve, reject) => {
        this.wake = (error) => (error ? reject(error) : resolve());
        Atomics.store(this.words, CONTROL.sleeping, 1);
        // Whoever comes second sees the other's mark: the last thread posts a message, or it is seen here.
        if (Atomics.load(this.words, CONTROL.pending) === 0) resolve();
        if (this.death) reject(this.death);
      });
    } finally {
      this.wake = undefined;
      for (const thread of this.threads) thread.hold(false);
    }
  }

  async stop(): Promise<void> {
    this.death ??= new Error('the pool was stopped');
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}
