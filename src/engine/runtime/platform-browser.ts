/** What the engine needs from its host, for the browser. Node's twin is platform-node.ts (package.json, imports). */
import type { Thread } from './platform-node.js';

export async function readWasm(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(`../wasm/${name}.wasm`, import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

export function startThread(
  onMessage: (message: unknown) => void,
  onDeath: (reason: string) => void,
): Thread {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = (event) => onMessage(event.data);
  // A script that does not load gives an event without a message.
  worker.onerror = (event) => onDeath(event.message ?? 'its script could not be loaded');
  return {
    post: (message) => worker.postMessage(message),
    hold: () => {},
    terminate: async () => worker.terminate(),
  };
}

export function onStart<T>(start: (message: T, post: (message: unknown) => void) => void): void {
  globalThis.addEventListener('message', ({ data }) => start(data, (reply) => postMessage(reply)), {
    once: true,
  });
}

export function cores(): number {
  return navigator.hardwareConcurrency;
}

export function setEngineFlag(flag: string): void {
  throw new Error(`${flag}: a page cannot set flags of its browser`);
}
