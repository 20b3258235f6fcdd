/** Documents of the repository, and the records that their figures come from. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as assert from 'uvu/assert';

const root = resolve(import.meta.dirname, '../../..');
export const read = (path: string) => readFile(join(root, path), 'utf8');
export const record = async <T>(path: string): Promise<T> => JSON.parse(await read(path));

/** Whether a document has a text, however its lines are broken. */
export const holds = (document: string, text: string) =>
  assert.ok(document.replaceAll(/\s+/g, ' ').includes(text.replaceAll(/\s+/g, ' ')), text);
