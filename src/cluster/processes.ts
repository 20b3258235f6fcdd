import { Remote } from '../processes/remote.js';
import type { Task } from './task.js';
import type { TaskReport } from './tasks/run-task.js';

/** What a process is asked to compute. */
export interface Question {
  /** Where the objects of the task lie. */
  store: string;
  task: Pick<Task, 'input' | 'output'>;
}

interface Process {
  remote: Remote<Question, never, TaskReport>;
  kill(): void;
}

/**
 * Processes that compute tasks, one task at a time each, kept warm between them. Kernels may keep a process busy for
 * minutes; whoever asks stays free to renew locks and to hear signals.
 */
export class Processes {
  readonly #idle: Process[] = [];
  readonly #all = new Set<Process>();

  /**
   * Computes a task in an idle process, or in a new one.
   * @param signal kills the process: its task is lost, what it had written is not
   * @throws Error that the task reports, or that says how its process ended
   */
  async run(question: Question, signal?: AbortSignal): Promise<TaskReport> {
    const process = this.#take();
    if (signal?.aborted) process.kill();
    signal?.addEventListener('abort', process.kill);
    try {
      return await process.remote.ask(question);
    } finally {
      signal?.removeEventListener('abort', process.kill);
      if (process.remote.alive) this.#idle.push(process);
      else this.#all.delete(process);
    }
  }

  /** Ends all processes; tasks in flight are lost. */
  close(): void {
    for (const process of this.#all) process.kill();
  }

  /** Processes may die while they are idle, by the hand of a system that is short of memory, for instance. */
  #take(): Process {
    for (let process = this.#idle.pop(); process; process = this.#idle.pop()) {
      if (process.remote.alive) return process;
      this.#all.delete(process);
    }
    const end = new AbortController();
    const program = new URL('./process.js', import.meta.url);
    const process = {
      remote: new Remote<Question, never, TaskReport>(program, 'a computing process', end.signal),
      kill: () => end.abort(),
    };
    this.#all.add(process);
    return process;
  }
}
