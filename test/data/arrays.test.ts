import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { npyBytes, readArrays, sharedData } from './fixtures.js';

const test = suite<{ folder: string }>('arrays');
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
});
test.after(async ({ folder }) => rm(folder, { recursive: true }));

async function message(promise: Promise<unknown>): Promise<string> {
  return promise
    .then(() => assert.unreachable('expected a DataError'))
    .catch((error) => {
      assert.is(error.name, 'DataError');
      return error.message;
    });
}

test('a .npy array is named by its file', async ({ folder }) => {
  const path = join(folder, 'query.npy');
  await writeFile(path, npyBytes("'|u1'", [1], Uint8Array.of(9)));
  assert.equal(
    [...(await readArrays(path, { maxBytes: 1e3 }))],
    [['query', { type: 'uint8', data: Uint8Array.of(9), dims: [1] }]],
  );
  assert.match(await message(readArrays(path, { maxBytes: 100 })), 'the limit is 100 B');
});

test('missing files, folders and other kinds are refused', async ({ folder }) => {
  assert.match(await message(readArrays(join(folder, 'none.npz'), { maxBytes: 1e3 })), 'no such file');
  await writeFile(join(folder, 'x.csv'), 'a,b\n1,2\n3,4\n');
  assert.match(await message(readArrays(join(folder, 'x.csv'), { maxBytes: 1e3 })), 'expected a .npz');
  assert.match(await message(readArrays(folder, { maxBytes: 1e3 })), 'a folder');
});

test('what a file is shows in its bytes, not in its name', async ({ folder }) => {
  const npy = npyBytes("'|u1'", [1], Uint8Array.of(9));
  const json = '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
  const header = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  const tensors = Buffer.concat([header, Buffer.from(json), Uint8Array.of(9)]);
  const array = { type: 'uint8', data: Uint8Array.of(9), dims: [1] };
  for (const [name, bytes, key] of [
    ['x.npz', npy, 'x'],
    ['y', npy, 'y'],
    ['z.bin', zipSync({ 'w.npy': npy }), 'w'],
    ['w.model', tensors, 'w'],
  ] as const) {
    await writeFile(join(folder, name), bytes);
    assert.equal([...(await readArrays(join(folder, name), { maxBytes: 1e3 }))], [[key, array]]);
  }
});

test('files that numpy wrote are read', async () => {
  const octmnist = sharedData('medmnist/octmnist-sample.npz');
  if (octmnist) {
    const arrays = await readArrays(octmnist, { maxBytes: 1 << 20 });
    assert.equal(arrays.get('test_images')?.dims, [91, 28, 28]);
    const labels = arrays.get('test_labels')?.data as Uint8Array;
    assert.equal(
      [0, 1, 2, 3].map((label) => labels.filter((l) => l === label).length),
      [45, 12, 12, 22],
    );
  }
  const qkv = sharedData('qkv-speech.npz');
  if (qkv) assert.equal((await readArrays(qkv, { maxBytes: 1 << 24 })).get('v')?.dims, [2, 4096, 64]);
});

test.run();
