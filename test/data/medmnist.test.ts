import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openImages } from '#hw2/data/catalogue.js';
import { openMedmnist } from '#hw2/data/medmnist.js';
import { rejects } from '../rejects.js';
import { bytesOf, npyBytes, sharedData } from './fixtures.js';

const test = suite<{ folder: string }>('medmnist');
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
});
test.after(({ folder }) => rm(folder, { recursive: true }));

const images = (count: number) => npyBytes("'|u1'", [count, 28, 28], new Uint8Array(count * 784).fill(7));
const labels = (...list: number[]) => npyBytes("'|u1'", [list.length, 1], Uint8Array.from(list));

function members(): Record<string, Uint8Array> {
  return {
    'train_images.npy': images(3),
    'train_labels.npy': labels(0, 2, 1),
    'val_images.npy': images(1),
    'val_labels.npy': labels(1),
    'test_images.npy': images(2),
    'test_labels.npy': labels(0, 0),
  };
}

async function write(folder: string, changes: Record<string, Uint8Array | undefined> = {}): Promise<string> {
  const kept = Object.entries({ ...members(), ...changes }).filter(
    (entry): entry is [string, Uint8Array] => !!entry[1],
  );
  const path = join(folder, 'set.npz');
  await writeFile(path, zipSync(Object.fromEntries(kept)));
  return path;
}

test('the three sets are read; the number of classes comes from the labels', async ({ folder }) => {
  const set = await openMedmnist(await write(folder));
  assert.is(set.classes, 3);
  assert.equal(set.split('train').labels, Uint8Array.of(0, 2, 1));
  assert.is(set.split('test').images.length, 2 * 784);
});

test('a file of another layout is refused in one line that says what is wrong', async ({ folder }) => {
  const cases: [Record<string, Uint8Array | undefined>, string][] = [
    [{ 'val_labels.npy': undefined }, 'no array val_labels; it holds train_images'],
    [
      { 'val_images.npy': npyBytes("'|u1'", [1, 28, 28, 3], new Uint8Array(2352)) },
      'val_images has shape [1,28,28,3]',
    ],
    [{ 'val_images.npy': npyBytes("'|u1'", [1, 28, 27], new Uint8Array(756)) }, 'expected [N, 28, 28]'],
    [{ 'val_images.npy': npyBytes("'|u1'", [0, 28, 28], new Uint8Array()) }, 'expected [N, 28, 28]'],
    [{ 'val_labels.npy': labels(1, 1) }, 'val_labels has shape [2,1]; expected [1, 1]'],
    [{ 'val_labels.npy': npyBytes("'|u1'", [1, 14], new Uint8Array(14)) }, 'one label an image'],
    [
      { 'val_labels.npy': npyBytes("'<f4'", [1, 1], new Uint8Array(4)) },
      'val_labels is float32; expected uint8',
    ],
  ];
  for (const [changes, message] of cases)
    await openMedmnist(await write(folder, changes)).then(
      () => assert.unreachable(message),
      (error) => {
        assert.is(error.name, 'DataError');
        assert.match(error.message, message);
        assert.not.match(error.message, '\n');
      },
    );
});

test('what people save in this layout is read: other whole numbers, a channel, one set', async ({
  folder,
}) => {
  const wide = (descr: string, data: ArrayBufferView, dims: number[]) =>
    npyBytes(`'${descr}'`, dims, bytesOf(data));
  const changes = {
    'train_images.npy': npyBytes("'|u1'", [3, 28, 28, 1], new Uint8Array(3 * 784).fill(9)),
    'train_labels.npy': wide('<i8', BigInt64Array.of(0n, 2n, 1n), [3]),
    'val_images.npy': undefined,
    'val_labels.npy': undefined,
    'test_labels.npy': wide('<i4', Int32Array.of(1, 2), [2, 1]),
    'names.npy': npyBytes("'<U3'", [1], new Uint8Array(12)),
  };
  const set = await openMedmnist(await write(folder, changes));
  assert.equal([set.classes, set.knowsAllClasses], [3, true]);
  assert.equal(set.split('train').labels, Uint8Array.of(0, 2, 1));
  assert.is(set.split('train').images[3 * 784 - 1], 9);
  assert.equal(set.split('test').labels, Uint8Array.of(1, 2));
  assert.throws(() => set.split('val'), /no array val_images/);

  const alone = { ...changes, 'train_images.npy': undefined, 'train_labels.npy': undefined };
  const test = await openMedmnist(await write(folder, alone));
  assert.equal([test.classes, test.knowsAllClasses], [3, false]);
  const fromOne = { 'train_labels.npy': labels(1, 2, 3) };
  await rejects(openMedmnist(await write(folder, fromOne)), 'labels count from 0');
  const negative = { 'train_labels.npy': wide('<i4', Int32Array.of(0, -1, 1), [3]) };
  await rejects(openMedmnist(await write(folder, negative)), 'train_labels holds -1');
  const none = Object.fromEntries(Object.keys(members()).map((name) => [name, undefined]));
  await rejects(openMedmnist(await write(folder, { ...none, 'x.npy': labels(1) })), 'it holds x');
});

test('labels out of the range of the named classes are refused', async ({ folder }) => {
  const path = await write(folder);
  await openMedmnist(path, ['a', 'b']).then(
    () => assert.unreachable('3 classes'),
    (error) => assert.match(error.message, '3 classes; expected 2 (a, b)'),
  );
});

test('unknown names and sets that are not here say what to do', async ({ folder }) => {
  process.env.HW2_DATA = folder;
  for (const [name, message] of [
    ['mnist', 'expected phantom, octmnist'],
    ['tissuemnist', 'fetch it with: hw2 data tissuemnist'],
    ['phantom:3', '3 training images'],
  ] as const)
    await openImages(name).then(
      () => assert.unreachable(name),
      (error) => assert.match(error.message, message),
    );
  delete process.env.HW2_DATA;
});

test('the real sets are read by the path of their file', async () => {
  const path = sharedData('medmnist/pneumoniamnist.npz');
  if (!path) return;
  const set = await openImages(path);
  assert.equal(set.classNames, ['normal', 'pneumonia']);
  assert.is(set.split('train').labels.length, 4708);
  assert.is(set.split('test').labels.filter((label) => label === 1).length, 390);
});

test.run();
