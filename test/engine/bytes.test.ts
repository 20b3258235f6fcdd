import * as hw2 from 'hw2-engine';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gaussian } from '../attention/tensors.js';
import { sharedEngine } from '../tiers.js';

const test = suite('bytes of saved states and caches, as programs have them');
const engine = await sharedEngine('simd');
const tensor = gaussian;

const state = await hw2.createState(engine, { headDim: 3 });
await state.append({ k: tensor([1, 1, 5, 3], 1), v: tensor([1, 1, 5, 3], 2) });
const cache = await hw2.createCache(engine, { headDim: 3, type: 'bfloat16' });
await cache.append({ k: tensor([1, 1, 5, 3], 1), v: tensor([1, 1, 5, 3], 2) });
const recurrent = await hw2.createRecurrentState(engine, { keyDim: 3, updateRule: 'linear' });
await recurrent.append({
  query: tensor([1, 5, 3], 1),
  key: tensor([1, 5, 3], 2),
  value: tensor([1, 5, 3], 3),
});
const convolution = await hw2.createConvolutionState(engine, { channels: 2, taps: 3 });
await convolution.append({ input: tensor([1, 2, 5], 1), weight: tensor([2, 1, 3], 2) });

for (const [name, saved, load] of [
  ['loadState', state, hw2.loadState],
  ['loadCache', cache, hw2.loadCache],
  ['loadRecurrentState', recurrent, hw2.loadRecurrentState],
  ['loadConvolutionState', convolution, hw2.loadConvolutionState],
] as const) {
  // slice() of a Buffer is a view of the same memory, whose `buffer` is the whole pool.
  test(`${name} takes a Buffer, at any offset of a larger one`, async () => {
    const bytes = await saved.save();
    const pool = Buffer.alloc(bytes.length + 16, 0xa5);
    for (const offset of [0, 1, 2, 3, 7, 8]) {
      pool.fill(0xa5).set(bytes, offset);
      const given = pool.subarray(offset, offset + bytes.length);
      const loaded = await load(engine, given);
      pool.fill(0xa5);
      assert.equal(await loaded.save(), bytes, `offset ${offset}`);
      await loaded.dispose();
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) as unknown as Uint8Array;
    assert.equal(await (await load(engine, view)).save(), bytes);
  });
}

test.run();
