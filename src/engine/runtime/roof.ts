import { checkEngine } from './arguments.js';
import type { Engine } from './engine.js';

/** Tasks a thread, so that no thread waits long for the others. */
const TASKS = 8;

/** A loop of multiply-adds on registers alone: the most that an engine can do, which kernels are measured against. */
export interface Roof {
  /** Floating-point operations of one run. */
  readonly flops: number;
  /** Runs the loop on all threads of the engine, behind the calls in flight. */
  run(): Promise<void>;
  /** Gives the memory back. */
  release(): void;
}

/**
 * The roof of an engine, with its tier and its threads; see assembly/roof.ts.
 * @throws TypeError that names the argument, MemoryLimitError
 *
 * @example
 * const roof = openRoof(engine);
 * await roof.run(); // computes roof.flops
 * roof.release();
 */
export function openRoof(engine: Engine): Roof {
  checkEngine(engine);
  const { kernels, arena } = engine;
  const tasks = TASKS * engine.threads;
  const scratchSize = kernels.roofScratch();
  const scratch = arena.allocate(engine.threads * scratchSize);
  return {
    flops: tasks * kernels.roofFlops(),
    run: () => engine.exclusive(() => engine.run('roof', 0, tasks, scratch, scratchSize)),
    release: () => arena.release(scratch),
  };
}
