import { MemoryLimitError } from 'hw2-engine';

/** Arguments that cannot be used as they are: one line for the person who gave them, and exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/**
 * Checks arguments by functions of the engine, which throw a RangeError that names what is wrong. Only here is a
 * RangeError the user's: V8 throws them too, for a stack that overflows or an array that is too long.
 */
export function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError && !(error instanceof MemoryLimitError))
      throw new UsageError(error.message);
    throw error;
  }
}
