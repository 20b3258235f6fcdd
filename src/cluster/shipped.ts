import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What comes with hw2 lies elsewhere on every machine: in plans it is named from the folder of the package. */
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const PREFIX = 'hw2:';

/** A path for a plan: absolute, or from the package's folder. */
export function portable(path: string): string {
  const within = relative(PACKAGE, path);
  if (within.startsWith('..') || isAbsolute(within)) return resolve(path);
  return PREFIX + within.split(sep).join('/');
}

/** The path of this machine for one of a plan. */
export function onThisMachine(path: string): string {
  return path.startsWith(PREFIX) ? join(PACKAGE, path.slice(PREFIX.length)) : path;
}
