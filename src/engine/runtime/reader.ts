import { checkEngine, shown } from './arguments.js';
import type { Engine } from './engine.js';

/** A loop that reads memory and does nothing else: the most that kernels can do that read each number once. */
export interface Reader {
  /** Bytes that one run reads. */
  readonly bytes: number;
  /** Goes through them on all threads of the engine, behind the calls in flight. */
  run(): Promise<void>;
  /** Gives the memory back. */
  release(): void;
}

/** Bytes of a task. */
const TASK = 2 ** 18;
/** The kernel takes whole steps of so many bytes. */
const STEP = 128;

/**
 * A reader of so many bytes, rounded up to whole steps of the loop (assembly/roof.ts).
 * @throws TypeError or RangeError that names the argument, MemoryLimitError
 *
 * @example
 * const reader = openReader(engine, 2 ** 20);
 * await reader.run(); // reads reader.bytes
 * reader.release();
 */
export function openReader(engine: Engine, bytes: number): Reader {
  checkEngine(engine);
  if (!(typeof bytes === 'number' && bytes > 0))
    throw new RangeError(`bytes: given ${shown(bytes)}, expected a number above 0`);
  const { arena } = engine;
  const size = STEP * Math.ceil(bytes / STEP);
  arena.require(size);
  const address = arena.allocate(size);
  arena.bytes(address, size).fill(0);
  const params = engine.placeParams({ k: address, kBatch: size, kRow: TASK });
  const scratch = arena.allocate(STEP * engine.threads);
  return {
    bytes: size,
    run: () => engine.exclusive(() => engine.run('read', params, Math.ceil(size / TASK), scratch, STEP)),
    release() {
      for (const taken of [address, params, scratch]) arena.release(taken);
    },
  };
}
