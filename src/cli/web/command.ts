import type { Command } from 'commander';
import { wholeNumber } from '../arguments.js';
import { note, print } from '../output.js';
import { servePage } from './server.js';

/** What a shell says of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

interface Arguments {
  port: number;
  host: string;
}

export function register(program: Command): void {
  program
    .command('web')
    .description('Serve the page that computes attention, images and speech in a browser, until Ctrl-C.')
    .option('--port <n>', 'where to listen; 0 takes any that is free', wholeNumber(0, 65535), 8080)
    .option('--host <name>', 'address to listen at; threads need localhost or https', 'localhost')
    .addHelpText('before', 'Examples:\n  hw2 web\n  hw2 web --port 3000\n')
    .action(run);
}

async function run({ port, host }: Arguments): Promise<void> {
  print(await servePage(host, port));
  process.once('SIGINT', () => process.exit(INTERRUPTED));
  note('Ctrl-C ends it. The folder dist/web can be put on any static host, too.');
}
