import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { CONTROL } from '#engine/runtime/tasks.js';
import { gaussian, lengths, sameBits } from '../attention/tensors.js';
import { withEngine } from '../tiers.js';

const test = suite('pool');
// Two tasks: the main thread takes the first, which is short, and waits for the worker with the second.
const inputs = {
  q: gaussian([2, 1, 64, 16], 1),
  k: gaussian([2, 1, 30_000, 16], 2),
  v: gaussian([2, 1, 30_000, 16], 3),
  nonpadKvSeqlen: lengths(3000, 30_000),
};

test('a late message of an earlier call does not end the one in flight', async () => {
  const workers: Worker[] = [];
  const remember = (worker: Worker) => workers.push(worker);
  process.on('worker', remember);
  await withEngine({ threads: 2 }, async (engine) => {
    const { output: expected } = await attention(engine, inputs);
    // Other values, so that the memory of one call does not hold the results of the next.
    const other = { ...inputs, v: gaussian([2, 1, 30_000, 16], 4) };
    for (let i = 0; i < 5; i++) {
      await attention(engine, other);
      // What a worker posts if it sees the dispatcher asleep in the moment in which that wakes up by itself.
      const echo = setInterval(() => workers[0]!.emit('message', 'done'));
      const { output } = await attention(engine, inputs);
      clearInterval(echo);
      assert.ok(sameBits(output.data, expected.data));
    }
  });
  process.off('worker', remember);
});

test('a thread that is woken for nothing sleeps on', async () => {
  const { notify } = Atomics;
  let words!: Int32Array;
  Atomics.notify = ((array: Int32Array, index, count) => {
    words = array;
    return notify(array, index, count);
  }) as typeof notify;
  try {
    await withEngine({ threads: 2 }, async (engine) => {
      const { output: expected } = await attention(engine, inputs);
      for (let i = 0; i < 20; i++) {
        await setTimeout(2);
        notify(words, CONTROL.generation);
      }
      await setTimeout(2);
      assert.is(Atomics.load(words, CONTROL.pending), 0);
      const { output } = await attention(engine, inputs);
      assert.ok(sameBits(output.data, expected.data));
    });
  } finally {
    Atomics.notify = notify;
  }
});

test.run();
