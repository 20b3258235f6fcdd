import type { KernelName, Kernels } from './module.js';

/** Words of the control block, through which the engine's threads agree on who does what. */
export const CONTROL = {
  /** Raised by one for each dispatch; idle threads wait on it. */
  generation: 0,
  /** Threads that have not finished the current dispatch. */
  pending: 1,
  /** 1 while the dispatcher waits for a message instead of looking at `pending`. */
  sleeping: 2,
  /** The current dispatch: index in KERNELS, address of the params, number of tasks, scratch memory and its size a thread. */
  kernel: 3,
  params: 4,
  tasks: 5,
  scratch: 6,
  scratchSize: 7,
  /** The next task to take, on a cache line of its own. */
  next: 16,
  length: 32,
} as const;

/** Kernels that divide into tasks: (params, task, scratch). */
export const KERNELS = [
  'exact',
  'exactEach',
  'decode',
  'decodeEach',
  'logits',
  'meanKey',
  'taylorState',
  'taylorQuery',
  'taylorStep',
  'taylorCausal',
  'hashKeys',
  'assignKeys',
  'clusterKeys',
  'clusterShape',
  'expansion',
  'findNonFinite',
  'spreadQueries',
  'recurrent',
  'causalConv',
  'read',
  'roof',
] as const satisfies KernelName[];

export type TaskKernel = (typeof KERNELS)[number];

/** Takes tasks of the current dispatch until there are none left. */
export function takeTasks(kernels: Kernels, words: Int32Array, thread: number): void {
  const kernel = kernels[KERNELS[words[CONTROL.kernel]!]!];
  const params = words[CONTROL.params]!;
  const tasks = words[CONTROL.tasks]!;
  const scratch = words[CONTROL.scratch]! + thread * words[CONTROL.scratchSize]!;
  for (
    let task = Atomics.add(words, CONTROL.next, 1);
    task < tasks;
    task = Atomics.add(words, CONTROL.next, 1)
  ) {
    kernel(params, task, scratch);
  }
}
