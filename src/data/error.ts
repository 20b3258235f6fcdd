/** A file or data set that cannot be used as asked. The message is one line for the person who named it. */
export class DataError extends Error {
  override name = 'DataError';
}
