/** What a user sees of an engine's memory. */
export interface EngineMemory {
  /** Bytes that the engine may take. */
  readonly limit: number;
  /** The most bytes that were in use at once since the last call of `resetPeak`: tensors, operands, scratch memory. */
  readonly peak: number;
  /** Lets `peak` begin anew, with what is in use now. */
  resetPeak(): void;
  /**
   * Says no before anything is taken.
   * @throws MemoryLimitError when `bytes` more would exceed the limit.
   */
  require(bytes: number): void;
}

/**
 * The memory that a call asks for exceeds the engine's limit. Nothing was taken.
 *
 * @example
 * const refused = await createCache(engine, { headDim: 64, capacity: 2 ** 28 }).catch((error) => error);
 * refused instanceof MemoryLimitError; // → true
 */
export class MemoryLimitError extends RangeError {
  override name = 'MemoryLimitError';
}

/**
 * Bytes for people: 1.5 MiB.
 *
 * @example
 * formatBytes(1.5 * 2 ** 20); // → '1.5 MiB'
 */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
