/** A thread of the pool: shares the memory of the engine and takes tasks until there are none. */
import { instantiate, type Kernels } from './module.js';
import { CONTROL, takeTasks } from './tasks.js';

interface Start {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Address of the control block, and this thread's number. */
  control: number;
  thread: number;
}

function work(kernels: Kernels, { memory, control, thread }: Start, post: (message: unknown) => void) {
  const words = new Int32Array(memory.buffer, control, CONTROL.length);
  // The pool starts at generation 0 and this thread is up before it dispatches anything.
  let generation = 0;
  post('ready');
  for (;;) {
    Atomics.wait(words, CONTROL.generation, generation);
    generation = Atomics.load(words, CONTROL.generation);
    takeTasks(kernels, words, thread);
    const last = Atomics.sub(words, CONTROL.pending, 1) === 1;
    if (last && Atomics.load(words, CONTROL.sleeping)) post('done');
  }
}

if ('process' in globalThis) {
  const { parentPort } = await import('node:worker_threads');
  parentPort?.once('message', (start: Start) =>
    work(instantiate(start.module, start.memory), start, (message) => parentPort.postMessage(message)),
  );
} else {
  globalThis.onmessage = ({ data }: MessageEvent<Start>) =>
    work(instantiate(data.module, data.memory), data, (message) => postMessage(message));
}
