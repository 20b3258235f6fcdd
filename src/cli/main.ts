#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { StateFileError } from 'hw2-engine';
import { DataError } from '../data/error.js';
import { printable } from '../data/printable.js';
import { clearStatus } from './output.js';

const MISUSE = 2;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const program = new Command('hw2')
  .description('Exact and linear attention in WebAssembly.')
  .version(version)
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText(
    'before',
    `Examples:
  hw2 attention --L 4096                     exact and linear attention on random tensors
  hw2 attention --qkv tensors.npz            on your own
  hw2 attention --L 65536 --D 32 --method taylor
  hw2 bench                                  WebAssembly against native
  hw2 feature-map --D 64 --order 3           what the feature map of order 3 costs
  hw2 eval-cnn                               the CNN with and without max-pooling
  hw2 train-cnn --data phantom --epochs 3    train it
  hw2 eval-asr                               speech to text, LSTM against attention
  hw2 transcribe note.wav                    what is said in a sound file
  hw2 report                                 all of it measured, as a page with explanations
  hw2 web                                    all of it in a browser
  hw2 info                                   what this machine offers
`,
  );
/** The commands in the order of the help; each is registered by the folder of its name. */
const COMMANDS = [
  ...['attention', 'feature-map', 'bench', 'eval-cnn', 'train-cnn', 'classify'],
  ...['eval-asr', 'train-asr', 'transcribe', 'report', 'web', 'data', 'info'],
];
// What a command needs takes long to load: if one is named, the others stay where they are.
const named = COMMANDS.filter((name) => name === process.argv[2]);
// Commands inherit the settings above, so they come after them.
for (const name of named.length > 0 ? named : COMMANDS) {
  const command: { register(program: Command): void } = await import(`./${name}/command.js`);
  command.register(program);
}

/** What a user can mend: one line, no stack. */
function isMisuse(error: unknown): boolean {
  return error instanceof RangeError || error instanceof DataError || error instanceof StateFileError;
}

// Nothing here waits for Ctrl-C: the system ends the process at once, in the middle of a long computation, too. Who has
// something to clean up listens for as long as that takes (data/write.ts, cli/web).
// The reader of a pipe, such as head, may leave early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  clearStatus();
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : MISUSE;
  } else {
    process.stderr.write(`error: ${printable(error instanceof Error ? error.message : String(error))}\n`);
    if (!isMisuse(error) && process.env.HW2_DEBUG && error instanceof Error)
      process.stderr.write(`${error.stack}\n`);
    process.exitCode = isMisuse(error) ? MISUSE : 1;
  }
}
