/**
 * The arguments of a script. What it does not take, and what no clone has and nobody gave it, a folder or a file, ends it before any
 * work with one line that says what it takes and what is wrong, and with code 2, as for any misuse.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Taken extends Options> = ReturnType<typeof parseArgs<{ options: Taken }>>['values'];

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
 * The options of a script, by name, and its other arguments, of which there are as many as `usage` has words, or any number where
 * it has a “…”. A script that takes none calls this, too, so that it does not begin long work on a misspelt wish.
 */
export function argumentsOf<Taken extends Options = Record<string, never>>(
  usage: string,
  options = {} as Taken,
): { values: Values<Taken>; words: string[] } {
  const { values, positionals } = parsed(usage, options);
  const surplus = usage.includes('…') ? undefined : positionals[usage.match(/\S+/g)?.length ?? 0];
  if (surplus !== undefined) refuse(usage, `${surplus}, expected no more arguments`);
  return { values, words: positionals };
}

function parsed<Taken extends Options>(usage: string, options: Taken) {
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    // Its first sentence says which option is none, or what is wrong with its value; the others say how to begin a word with a dash.
    return refuse(usage, (error as Error).message.split(/\. |\n/)[0]!);
  }
}

/**
 * The first arguments, by name, in the order of `needs`. From here on an error that a file of the user's causes, or a program
 * that is not installed, ends the script with one line as well, and without a stack.
 */
export function given<Name extends string>(usage: string, needs: Record<Name, Needed>): Record<Name, string> {
  process.on('uncaughtException', endWithOneLine);
  const paths = {} as Record<Name, string>;
  const { words } = argumentsOf(usage);
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
