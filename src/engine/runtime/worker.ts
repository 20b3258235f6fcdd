/**
 * A thread of the pool: shares the memory of the engine and takes tasks until it is terminated. The build makes one
 * script of it that imports nothing, as a file and as text (scripts/embed.mjs); it must not import what starts it, for
 * bundlers would go round in a circle.
 */
import { builtin } from './host.js';
import type { Kernels } from './module.js';
import { CONTROL, takeTasks } from './tasks.js';

/** What the pool posts to a thread when it starts it. */
export interface Start {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Address of the control block, and this thread's number. */
  control: number;
  thread: number;
}

/**
 * How long a thread looks for the next call before it goes to sleep, in milliseconds: to be woken takes as long as a short call. On two
 * threads, 8 heads, D 64, a step against 256 keys takes 0.63 of the time so, 1,024 keys 0.80, 4,096 keys 0.93.
 */
const SPIN = 0.05;

const port = builtin('node:worker_threads')?.parentPort;
if (port) port.once('message', (start: Start) => run(start, (message) => port.postMessage(message)));
else
  globalThis.addEventListener('message', ({ data }) => run(data, (message) => postMessage(message)), {
    once: true,
  });

function run({ module, memory, control, thread }: Start, post: (message: string) => void): never {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
  const words = new Int32Array(memory.buffer, control, CONTROL.length);
  // The pool starts at generation 0, and dispatches nothing before all its threads are ready.
  let generation = 0;
  post('ready');
  for (;;) {
    const end = performance.now() + SPIN;
    while (Atomics.load(words, CONTROL.generation) === generation && performance.now() < end);
    // More than once: the dispatcher raises the generation and then wakes who sleeps. If it is held up in between, a thread that was awake
    // has done the work and sleeps again, and is woken for nothing; to count itself out twice would let the call wait for ever.
    while (Atomics.load(words, CONTROL.generation) === generation)
      Atomics.wait(words, CONTROL.generation, generation);
    generation = Atomics.load(words, CONTROL.generation);
    takeTasks(kernels, words, thread);
    const last = Atomics.sub(words, CONTROL.pending, 1) === 1;
    if (last && Atomics.load(words, CONTROL.sleeping)) post('done');
  }
}
