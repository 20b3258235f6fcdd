import { WORKER_SOURCE } from '../embedded/worker-source.js';
import { builtin } from './host.js';

/** A thread that runs worker.ts. */
export interface Thread {
  post(message: unknown): void;
  /** Keeps the process alive while a call is in flight, and only then. */
  hold(inFlight: boolean): void;
  terminate(): Promise<unknown>;
}

/** Starts a thread; `onMessage` gets what it posts, `onDeath` is told once when it ends by itself or never came to life. */
export type StartThread = (
  onMessage: (message: unknown) => void,
  onDeath: (reason: string) => void,
) => Thread;

/** What a page's worker has in common with those of a program's own making. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): unknown;
  onmessage: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
}

/** The address of the worker's script, hw2-engine/worker.js, or a function that starts a worker from it. */
export type WorkerOption = string | { readonly href: string } | (() => WorkerLike);

/**
 * What can start a thread on this host, in the order in which to try it. In Node the script is handed over as
 * text, so that no file has to be found. In a page it is a file: bundlers see the address below and serve it, and a
 * Content-Security-Policy allows it. Where no bundler did, the same script is a Blob.
 */
export function threadStarters(worker?: WorkerOption): StartThread[] {
  const threads = builtin('node:worker_threads');
  // onnxruntime-web leaves Node's own class of that name there, whose messages come by `on`, so that none is ever heard.
  const inPages = typeof Worker !== 'undefined' && 'onmessage' in Worker.prototype;
  const given =
    typeof worker === 'function' ? worker : () => new Worker(String(worker), { type: 'module', name: 'hw2' });
  return [
    ...(worker === undefined ? [] : [fromWorker(given as () => Worker)]),
    ...(threads ? [fromNode(threads.Worker)] : []),
    ...(inPages ? [fromWorker(fromFile), fromWorker(fromBlob)] : []),
  ];
}

// Bundlers look for exactly this expression.
const fromFile = () =>
  new Worker(new URL('./hw2-engine-worker.js', import.meta.url), { type: 'module', name: 'hw2' });

function fromBlob(): Worker {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  return new Worker(url, { name: 'hw2' });
}

function fromWorker(create: () => Worker): StartThread {
  return (onMessage, onDeath) => {
    const worker = create();
    if (!('onmessage' in worker)) throw new TypeError('worker: expected a Worker of the web, with onmessage');
    worker.onmessage = ({ data }) => onMessage(data);
    // A script that does not load gives an event without a message.
    worker.onerror = ({ message }) => onDeath(message ?? 'its script could not be loaded');
    worker.onmessageerror = () => onDeath('it cannot share memory');
    return {
      post: (message) => worker.postMessage(message),
      hold: () => {},
      terminate: async () => worker.terminate(),
    };
  };
}

function fromNode(NodeWorker: typeof import('node:worker_threads').Worker): StartThread {
  return (onMessage, onDeath) => {
    // Not the flags of the process: with --input-type, say, a worker refuses to start.
    const worker = new NodeWorker(WORKER_SOURCE, { eval: true, execArgv: [] });
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
  };
}
