import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker as NodeWorker } from 'node:worker_threads';
import { attention, createEngine, type EngineOptions } from 'hw2-engine';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gaussian, sameBits } from '../attention/tensors.js';
import { rejects } from '../rejects.js';

const test = suite('options for hosts');
const inputs = {
  q: gaussian([1, 2, 70, 8], 1),
  k: gaussian([1, 2, 90, 8], 2),
  v: gaussian([1, 2, 90, 8], 3),
};
const wasm = (path: string) => new URL(`../../../src/engine/dist/wasm/${path}`, import.meta.url);
const bytes = new Uint8Array(await readFile(wasm('simd.wasm')));

async function compute(options: EngineOptions) {
  const warnings: string[] = [];
  const engine = await createEngine({ tier: 'simd', onWarning: (text) => warnings.push(text), ...options });
  const { output } = await attention(engine, inputs);
  await engine.dispose();
  return { output: output.data, threads: engine.threads, warnings };
}

const expected = (await compute({})).output;

test('kernels can be given as bytes, in any view of them, for one thread and for two', async () => {
  const room = new Uint8Array(bytes.length + 7);
  room.set(bytes, 7);
  for (const given of [bytes, bytes.buffer, room.subarray(7), new DataView(room.buffer, 7)])
    for (const threads of [1, 2]) {
      const { output, ...rest } = await compute({ wasm: given, threads });
      assert.ok(sameBits(output, expected));
      assert.equal(rest, { threads, warnings: [] });
    }
});

test('kernels can be given compiled: then there is one thread, and the user is told', async () => {
  const module = await WebAssembly.compile(bytes);
  const { output, threads, warnings } = await compute({ wasm: module, threads: 2 });
  assert.ok(sameBits(output, expected));
  assert.is(threads, 1);
  assert.equal(warnings, [
    'hw2: a module that is compiled already shares no memory, computing on one thread',
  ]);
});

test('kernels can be given as an address, and one that has none is named', async () => {
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/simd.wasm' ? 200 : 404).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const home = `http://localhost:${(server.address() as AddressInfo).port}`;
  for (const given of [`${home}/simd.wasm`, new URL(`${home}/simd.wasm`)])
    assert.ok(sameBits((await compute({ wasm: given })).output, expected));
  await rejects(compute({ wasm: `${home}/other.wasm` }), `wasm: ${home}/other.wasm: 404 Not Found`);
  server.close();
  server.closeAllConnections();
});

test('kernels that are none, or of no named tier, are refused', async () => {
  await rejects(createEngine({ wasm: bytes }), 'tier: needed with wasm', RangeError);
  await rejects(compute({ wasm: {} }), 'wasm: expected a WebAssembly.Module, bytes or an address', TypeError);
  await rejects(compute({ wasm: 7 as unknown as object }), 'wasm: expected a WebAssembly.Module', TypeError);
});

test('where no thread starts, it computes on one and says why', async () => {
  const { getBuiltinModule } = process;
  // As in Node before 20.16, and wherever there is neither Node nor a Worker.
  Reflect.set(process, 'getBuiltinModule', undefined);
  try {
    const { output, threads, warnings } = await compute({ threads: 2 });
    assert.ok(sameBits(output, expected));
    assert.is(threads, 1);
    assert.equal(warnings, ['hw2: no threads here (this host has no threads), computing on one thread']);
  } finally {
    Reflect.set(process, 'getBuiltinModule', getBuiltinModule);
  }
});

test('a worker of the program own making that fails gives way to the next', async () => {
  const worker = () => {
    throw new Error('not this one');
  };
  assert.equal((await compute({ threads: 2, worker })).threads, 2);
});

test("a worker of Node's own class, which knows no onmessage, is not waited for", async () => {
  const worker = () => new NodeWorker('', { eval: true }) as unknown as Worker;
  assert.equal((await compute({ threads: 2, worker })).threads, 2);
  const { getBuiltinModule } = process;
  // onnxruntime-web makes it the host's Worker.
  Reflect.set(globalThis, 'Worker', NodeWorker);
  Reflect.set(process, 'getBuiltinModule', undefined);
  try {
    assert.is((await compute({ threads: 2 })).threads, 1);
  } finally {
    Reflect.set(process, 'getBuiltinModule', getBuiltinModule);
    Reflect.deleteProperty(globalThis, 'Worker');
  }
});

test('await using disposes of an engine', async () => {
  let left: Awaited<ReturnType<typeof createEngine>>;
  {
    await using engine = await createEngine();
    left = engine;
    await attention(engine, inputs);
  }
  await rejects(attention(left, inputs), 'disposed');
});

test.run();
