// An engine of two threads inside a worker thread of the program's own.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { firstAttention } from '../first-attention.js';

if (isMainThread) {
  new Worker(new URL(import.meta.url)).on('message', (result) => console.log(JSON.stringify(result)));
} else {
  parentPort.postMessage(await firstAttention());
}
