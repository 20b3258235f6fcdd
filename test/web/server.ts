import { spawn } from 'node:child_process';
import { MAIN } from '../cli/run.js';

export interface WebServer {
  /** The page's address. */
  url: string;
  /** Ends it as Ctrl-C does, and gives its exit code. */
  interrupt(): Promise<number | null>;
}

/** `hw2 web` on a free port. */
export async function startServer(): Promise<WebServer> {
  const server = spawn(process.execPath, [MAIN, 'web', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exit = new Promise<number | null>((resolve) => server.once('exit', resolve));
  const url = await new Promise<string>((resolve) => {
    server.stdout.once('data', (data) => resolve(String(data).trim()));
  });
  return {
    url,
    interrupt() {
      server.kill('SIGINT');
      return exit;
    },
  };
}
