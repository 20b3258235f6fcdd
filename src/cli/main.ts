#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { printable } from '../data/printable.js';
import { refuseEmpty } from './arguments.js';
import { legible } from './ascii.js';
import { COMMANDS, define } from './commands.js';
import { ranWithFlag } from './narrow-host.js';
import { beQuiet, clearStatus, sayError } from './output.js';

const MISUSE = 2;
/** Errors of the parser that do not say what it expected. */
const UNKNOWN = ['commander.unknownCommand', 'commander.unknownOption'];
/** Options of Node that give what its permission model withholds. Node 24 names them itself. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  ChildProcess: '--allow-child-process',
  WorkerThreads: '--allow-worker',
  FileSystemRead: '--allow-fs-read',
  FileSystemWrite: '--allow-fs-write',
};
/** Errors that the user can mend, by name: their classes would bring half of the program along. */
const MENDABLE = ['UsageError', 'DataError', 'StateFileError', 'CacheFileError', 'MemoryLimitError'];

// An empty HOME would make the paths of the user's folders relative; without one, the system is asked.
if (process.env.HOME === '') delete process.env.HOME;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const program = new Command('hw2')
  .description('Exact and linear attention in WebAssembly.')
  .version(version, '-v, --version', 'print the version')
  .option('-q, --quiet', 'no notes and no progress, only warnings and errors')
  .on('option:quiet', beQuiet)
  .helpOption('-h, --help', 'show this')
  .helpCommand('help [command]', 'Show this, or the help of a command.')
  .configureHelp({ showGlobalOptions: true })
  .showSuggestionAfterError()
  .configureOutput({ writeOut: (text) => process.stdout.write(legible(text)), outputError: sayError })
  .hook('preAction', (_, command) => refuseEmpty(command))
  .exitOverride()
  .addHelpText(
    'before',
    `Examples:
  hw2 attention --L 4096                   exact and linear, random tensors
  hw2 attention --qkv tensors.npz          on your own
  hw2 attention --L 65536 --D 32 --method taylor
  hw2 bench                                WebAssembly against native
  hw2 feature-map --D 64 --order 3         what the feature map costs
  hw2 eval-cnn                             the CNN, pooling against strides
  hw2 train-cnn --data phantom --epochs 3  train it
  hw2 eval-asr                             speech to text, LSTM or attention
  hw2 transcribe note.wav                  what is said in a sound file
  hw2 report                               all of it measured and explained
  hw2 web                                  all of it in a browser
  hw2 info                                 what this machine offers
`,
  );
// What a command needs takes long to load: the others are known by name and description alone.
const named = process.argv.slice(2).find((argument) => Object.hasOwn(COMMANDS, argument));
for (const [name, description] of Object.entries(COMMANDS)) {
  const command = program.command(name).description(description);
  if (name === named) await define(command);
}

// Nothing here waits for Ctrl-C: the system ends the process at once, in the middle of a long computation, too. Who has
// something to clean up or to say listens for as long as that takes (data/write.ts, cli/output.ts, cli/web).
// The reader of a pipe, such as head, may leave early.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: standard output: cannot be written (${code ?? message})\n`);
  process.exit(1);
});

try {
  if (named === undefined || !(await ranWithFlag())) await program.parseAsync();
} catch (error) {
  clearStatus();
  if (error instanceof CommanderError) {
    if (UNKNOWN.includes(error.code) && !error.message.includes('Did you mean'))
      sayError(`  ${commandWords()} --help lists what there is`);
    process.exitCode = error.exitCode === 0 ? 0 : MISUSE;
  } else {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    sayError(`error: ${printable(message)}${permissionOf(error)}`);
    if (process.env.HW2_DEBUG) process.stderr.write(`${stack}\n`);
    process.exitCode = MENDABLE.includes(name) ? MISUSE : 1;
  }
}

/** The words that name the command which was called: `hw2 cluster run`. */
function commandWords(): string {
  const words = ['hw2'];
  let command = program;
  for (const word of process.argv.slice(2)) {
    const next = command.commands.find((known) => known.name() === word);
    if (next === undefined) break;
    command = next;
    words.push(word);
  }
  return words.join(' ');
}

/** What to do about a permission that Node was started without. */
function permissionOf(error: unknown): string {
  const { code, permission = '', message = '' } = error as Error & { code?: string; permission?: string };
  const option = code === 'ERR_ACCESS_DENIED' ? PERMISSIONS[permission] : undefined;
  return option === undefined || message.includes(option) ? '' : `; start node with ${option}`;
}
