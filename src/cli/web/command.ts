import type { Command } from 'commander';
import { outputPath, wholeNumber } from '../arguments.js';
import { note, print, printJson } from '../output.js';
import { writePage } from './files.js';
import { servePage } from './server.js';

/** What a shell says of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

interface Arguments {
  port: number;
  host: string;
  out?: string;
  json?: boolean;
}

export function define(command: Command): void {
  command
    .option('--port <n>', 'where to listen; 0 takes any that is free', wholeNumber(0, 65535), 8080)
    .option('--host <name>', 'address to listen at; threads need localhost or https', 'localhost')
    .option('--out <dir>', 'write the page, models and all, into a folder for any static host', outputPath)
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  hw2 web\n  hw2 web --port 3000\n  hw2 web --out public\n')
    .action(run);
}

async function run({ port, host, out, json }: Arguments): Promise<void> {
  if (out !== undefined) {
    await writePage(out);
    if (json) printJson('web', { folder: out });
    else print(out);
    return;
  }
  const url = await servePage(host, port);
  if (json) printJson('web', { url });
  else print(url);
  process.once('SIGINT', () => process.exit(INTERRUPTED));
  note('Ctrl-C ends it. hw2 web --out DIR writes a folder for any static host.');
}
