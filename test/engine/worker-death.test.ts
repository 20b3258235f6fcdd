import type { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { gaussian, sameBits } from '../attention/tensors.js';
import { rejects } from '../rejects.js';
import { type Engine, openEngine } from '../tiers.js';

const test = suite('death of a worker');
// Enough tasks to outlast the moment in which the worker is killed.
const inputs = {
  q: gaussian([1, 4, 1024, 32], 1),
  k: gaussian([1, 4, 1024, 32], 2),
  v: gaussian([1, 4, 1024, 32], 3),
};

/** An engine that has made one call, that call's output, and its worker threads. */
async function started(threads: number) {
  const workers: Worker[] = [];
  const remember = (worker: Worker) => workers.push(worker);
  process.on('worker', remember);
  const engine = await openEngine({ tier: 'simd', threads });
  const { output } = await attention(engine, inputs);
  process.off('worker', remember);
  assert.is(workers.length, threads - 1);
  return { engine, workers, expected: output.data };
}

const usage = (engine: Engine) => {
  engine.arena.resetPeak();
  return engine.arena.peak;
};

for (const threads of [2, 3]) {
  test(`in the middle of a call: the call is rejected, the next one works (${threads} threads)`, async () => {
    const { engine, workers, expected } = await started(threads);
    const before = usage(engine);
    // The main thread takes tasks until none is left: the worker is told to stop before it starts its own.
    const terminated = workers[0]!.terminate();
    await rejects(attention(engine, inputs), 'a worker thread died');
    await terminated;
    assert.is(usage(engine), before, 'memory');
    const { output } = await attention(engine, inputs);
    assert.ok(sameBits(output.data, expected));
    await engine.dispose();
  });

  test(`between two calls: the next one works (${threads} threads)`, async () => {
    const { engine, workers, expected } = await started(threads);
    await workers[0]!.terminate();
    for (let i = 0; i < 10; i++) {
      const { output } = await attention(engine, inputs);
      assert.ok(sameBits(output.data, expected));
    }
    for (const worker of workers) assert.is(worker.threadId, -1, 'a thread of the old pool still runs');
    await engine.dispose();
  });
}

test.run();
