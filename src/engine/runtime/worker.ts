/** A thread of the pool: shares the memory of the engine and takes tasks until it is terminated. */
import { onStart } from '#platform';
import { instantiate } from './module.js';
import { CONTROL, takeTasks } from './tasks.js';

/** What the pool posts to a thread when it starts it. */
export interface Start {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Address of the control block, and this thread's number. */
  control: number;
  thread: number;
}

onStart<Start>(({ module, memory, control, thread }, post) => {
  const kernels = instantiate(module, memory);
  const words = new Int32Array(memory.buffer, control, CONTROL.length);
  // The pool starts at generation 0, and dispatches nothing before all its threads are ready.
  let generation = 0;
  post('ready');
  for (;;) {
    Atomics.wait(words, CONTROL.generation, generation);
    generation = Atomics.load(words, CONTROL.generation);
    takeTasks(kernels, words, thread);
    const last = Atomics.sub(words, CONTROL.pending, 1) === 1;
    if (last && Atomics.load(words, CONTROL.sleeping)) post('done');
  }
});
