import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));
export const MODELS = fileURLToPath(new URL('../../../models', import.meta.url));

/** A file of this package by its path within it, any other as it is. */
export function shownPath(path: string): string {
  const within = relative(PACKAGE, path);
  return within.startsWith('..') ? path : within.split(sep).join('/');
}
