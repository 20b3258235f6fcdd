import { DataError } from './error.js';
import { readLimited } from './read.js';

/** A record of everything that is measured or trained takes a few hundred kilobytes. */
const MAX_BYTES = 100 * 2 ** 20;

/** What a JSON file holds; whether it is what was expected is for the caller to see. @throws DataError naming the file */
export async function readJson(path: string, maxBytes = MAX_BYTES): Promise<unknown> {
  const text = new TextDecoder().decode(await readLimited(path, maxBytes));
  try {
    return JSON.parse(text);
  } catch {
    throw new DataError(`${path}: is no JSON`);
  }
}
