import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compile, importSharedMemory, instantiate } from '#engine/runtime/module.js';
import { rejects } from '../rejects.js';
import { tiers } from '../tiers.js';

const test = suite('module');
const bytesOf = async (tier: string) =>
  new Uint8Array(await readFile(new URL(`../../../src/engine/dist/wasm/${tier}.wasm`, import.meta.url)));
const memory = (shared: boolean) => new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });

for (const tier of tiers) {
  test(`importSharedMemory changes one byte (${tier})`, async () => {
    const bytes = await bytesOf(tier);
    const before = bytes.slice();
    const shared = importSharedMemory(bytes);
    assert.equal(bytes, before, 'the original stays');
    const changed = [...shared.keys()].filter((i) => shared[i] !== bytes[i]);
    assert.is(changed.length, 1);
    assert.is(shared[changed[0]!]! ^ bytes[changed[0]!]!, 2);
  });

  test(`each form takes its own kind of memory and no other (${tier})`, async () => {
    for (const shared of [false, true]) {
      const module = await compile(tier, shared);
      assert.type((await instantiate(module, memory(shared))).exact, 'function');
      await rejects(instantiate(module, memory(!shared)), 'memory', WebAssembly.LinkError);
    }
  });

  test(`the kernels import nothing but memory (${tier})`, async () => {
    const imports = WebAssembly.Module.imports(await compile(tier, false));
    assert.equal(imports, [{ module: 'env', name: 'memory', kind: 'memory' }]);
  });
}

test('a module without a memory to import is refused', () => {
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  // A function import: env.f of type 0.
  const types = [1, 4, 1, 96, 0, 0];
  const wasm = Uint8Array.from([...header, ...types, 2, 9, 1, 3, 101, 110, 118, 1, 102, 0, 0]);
  assert.ok(WebAssembly.validate(wasm));
  assert.throws(() => importSharedMemory(wasm), 'not a memory');
  assert.throws(() => importSharedMemory(Uint8Array.from(header)), 'import no memory');
  assert.throws(() => importSharedMemory(Uint8Array.from([...header, ...types])), 'import no memory');
});

test('compile compiles once', async () => {
  assert.is(await compile('simd', false), await compile('simd', false));
  assert.is.not(await compile('simd', false), await compile('simd', true));
});

test.run();
