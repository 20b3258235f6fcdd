/**
 * What a script is given that no clone has: folders and files, as its arguments. Where one is missing, the script ends before
 * any work with one line that says what it takes and what that one has to be, and with code 2, as for any misuse.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Needed {
  /** What it is, in the words of the line. */
  is: string;
  /** What a folder must hold. */
  holds?: readonly string[];
  /** A place to write to, which need not be there. */
  isOutput?: boolean;
}

/** Ends the script: `usage` is what follows its name on the command line. */
export function refuse(usage: string, reason: string): never {
  console.error(`error: ${[basename(process.argv[1]!), usage].join(' ').trim()}: ${reason}`);
  process.exit(2);
}

/**
 * The first arguments, by name, in the order of `needs`. From here on an error that a file of the user's causes, or a program
 * that is not installed, ends the script with one line as well, and without a stack.
 */
export function given<Name extends string>(usage: string, needs: Record<Name, Needed>): Record<Name, string> {
  process.on('uncaughtException', endWithOneLine);
  const paths = {} as Record<Name, string>;
  const words = process.argv.slice(2);
  for (const [i, [name, { is, holds = [], isOutput }]] of Object.entries<Needed>(needs).entries()) {
    const path = words[i];
    if (path === undefined) refuse(usage, `expected ${name}, ${is}`);
    const missing = [path, ...holds.map((file) => join(path, file))].find((file) => !existsSync(file));
    if (missing !== undefined && !isOutput)
      refuse(usage, `expected ${name}, ${is}, but ${missing} does not exist`);
    paths[name as Name] = path;
  }
  return paths;
}

function endWithOneLine(error: NodeJS.ErrnoException): void {
  const isMendable = error.name === 'DataError' || error.code === 'ENOENT';
  console.error(isMendable ? `error: ${error.message}` : error.stack);
  process.exit(isMendable ? 2 : 1);
}
