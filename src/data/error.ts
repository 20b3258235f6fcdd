import { printable } from './printable.js';

/**
 * A file or data set that cannot be used as asked. The message is one line for the person who named it, whatever the
 * file holds.
 */
export class DataError extends Error {
  override name = 'DataError';

  constructor(message: string) {
    super(printable(message));
  }
}
