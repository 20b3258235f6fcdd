import * as assert from 'uvu/assert';

/** Checks that a promise is rejected, with an error of this class whose message has the text or matches the pattern. */
export async function rejects(
  promise: Promise<unknown>,
  message: string | RegExp,
  kind: new (...args: never[]) => Error = Error,
): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(
    error,
    kind,
    error === undefined ? `fulfilled, expected an error: ${message}` : String(error),
  );
  if (typeof message === 'string')
    assert.ok((error as Error).message.includes(message), `"${(error as Error).message}" lacks "${message}"`);
  else assert.match((error as Error).message, message);
  return error as Error;
}
