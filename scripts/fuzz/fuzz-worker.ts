/** The thread in which files are read, so that one on which a reader never ends can be told. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Fuzzing, fuzz } from './fuzz.js';

const { fuzzing, current } = workerData as { fuzzing: Fuzzing; current: Int32Array };
parentPort!.postMessage(
  await fuzz(fuzzing, (index) => {
    current[0] = index;
  }),
);
