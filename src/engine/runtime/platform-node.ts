/** What the engine needs from its host, for Node. The browser's twin is platform-browser.ts (package.json, imports). */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { parentPort, Worker } from 'node:worker_threads';

/** A thread that runs worker.ts. */
export interface Thread {
  post(message: unknown): void;
  /** Keeps the process alive while a call is in flight, and only then. */
  hold(inFlight: boolean): void;
  terminate(): Promise<unknown>;
}

export async function readWasm(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(new URL(`../wasm/${name}.wasm`, import.meta.url)));
}

/** Starts worker.ts; `onMessage` gets what it posts, `onDeath` is told once when the thread ends by itself. */
export function startThread(
  onMessage: (message: unknown) => void,
  onDeath: (reason: string) => void,
): Thread {
  // Not the flags of the process: with --input-type, say, a worker refuses to start.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { execArgv: [] });
  let ended = false;
  const end = (reason: string) => {
    if (!ended) onDeath(reason);
    ended = true;
  };
  worker.on('message', onMessage);
  worker.on('error', (error) => end(error.message));
  worker.on('exit', (code) => end(`exit code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    hold: (inFlight) => (inFlight ? worker.ref() : worker.unref()),
    terminate: () => {
      ended = true;
      return worker.terminate();
    },
  };
}

/** In a thread: calls back with the first message, and with a function that posts to the starter. */
export function onStart<T>(start: (message: T, post: (message: unknown) => void) => void): void {
  parentPort?.once('message', (message: T) => start(message, (reply) => parentPort?.postMessage(reply)));
}

export function cores(): number {
  return availableParallelism();
}

/** The V8 that a flag came with: one that does not know it prints a complaint. */
const FLAG_SINCE: Readonly<Record<string, number>> = { '--experimental-wasm-revectorize': 12 };

/** Sets a V8 flag for the whole process; it must happen before the WebAssembly that needs it is compiled. */
export function setEngineFlag(flag: string): void {
  if (Number.parseInt(process.versions.v8, 10) < (FLAG_SINCE[flag] ?? 0)) return;
  setFlagsFromString(flag);
}
