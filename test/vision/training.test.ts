import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { phantomImages } from '#hw2/data/phantom/phantom.js';
import { readCheckpoint, writeCheckpoint } from '#hw2/vision/checkpoint.js';
import { inferenceModel } from '#hw2/vision/network.js';
import { bestRun, trainAll } from '#hw2/vision/search.js';
import { type Progress, reportOptions, train } from '#hw2/vision/training.js';

const test = suite<{ folder: string }>('training');
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
});
test.after(({ folder }) => rm(folder, { recursive: true }));

const data = { train: phantomImages(203, 0, 1), val: phantomImages(40, 1, 1) };
const options = { ...reportOptions, learningRate: 0.02, epochs: 3 };
const model = ({ state }: Progress) => inferenceModel(state.vectors.parameters!, options.variant, 4);

test('the same seed gives the same bytes, another seed others', async () => {
  const [first, second] = [await train(data, options), await train(data, options)];
  assert.equal(model(first), model(second));
  assert.equal(first.curve, second.curve);
  assert.is(first.curve.length, 3);
  assert.not.equal(model(await train(data, { ...options, seed: 43 })), model(first));
});

test('training that was interrupted ends with the same bytes', async ({ folder }) => {
  const path = join(folder, 'run.safetensors');
  const identity = { data: 'phantom', options };
  for (const optimiser of ['sgd', 'adamw'] as const) {
    const chosen = { ...options, optimiser, learningRate: 1e-3 };
    const whole = await train(data, chosen);
    await writeCheckpoint(path, identity, await train(data, { ...chosen, epochs: 1 }));
    const resumed = await train(data, chosen, { from: await readCheckpoint(path, identity) });
    assert.equal(resumed, whole);
  }
});

test('a checkpoint of other training is refused', async ({ folder }) => {
  const path = join(folder, 'other.safetensors');
  await writeCheckpoint(path, { data: 'a', options }, await train(data, { ...options, epochs: 1 }));
  for (const identity of [
    { data: 'b', options },
    { data: 'a', options: { ...options, seed: 1 } },
  ])
    await readCheckpoint(path, identity).then(
      () => assert.unreachable('expected a DataError'),
      (error) => assert.match(error.message, 'belongs to other training'),
    );
  const fewer = { data: 'a', options: { ...options, epochs: 0 } };
  await readCheckpoint(path, fewer).then(
    () => assert.unreachable('expected a DataError'),
    (error) => assert.match(error.message, 'trained for 1 epochs already'),
  );
  const more = { data: 'a', options: { ...options, epochs: 9 } };
  assert.is((await readCheckpoint(path, more)).curve.length, 1);
});

test('processes train what one process would, and count their images', async ({ folder }) => {
  const run = (learningRate: number) => ({
    data,
    identity: { data: 'phantom', options: { ...options, learningRate, epochs: 1 } },
    checkpoint: join(folder, `${learningRate}.safetensors`),
    resume: false,
  });
  let images = 0;
  const runs = await trainAll([run(0.02), run(0.01)], {
    processes: 2,
    onImages: (count) => {
      images = count;
    },
  });
  assert.is(images, 2 * 203);
  assert.equal(runs[1], await train(data, { ...options, learningRate: 0.01, epochs: 1 }));
  assert.equal(await readdir(folder).then((files) => files.filter((file) => file.endsWith('.tmp'))), []);
});

test('a process that fails says why', async ({ folder }) => {
  const run = {
    data,
    identity: { data: 'phantom', options: { ...options, epochs: 1 } },
    checkpoint: join(folder, 'there', 'x.safetensors'),
    initial: new Float32Array(3),
    resume: false,
  };
  await trainAll([run], { processes: 1 }).then(
    () => assert.unreachable('expected an error'),
    (error) => assert.match(error.message, /parameters/),
  );
});

test('the best run is the one with the highest accuracy after its last epoch', () => {
  const run = (...accuracies: number[]) =>
    ({ curve: accuracies.map((accuracy) => ({ loss: 1, accuracy })) }) as unknown as Progress;
  assert.is(bestRun([run(0.9, 0.5), run(0.6, 0.7), run(0.1, 0.7)]), 1);
});

test.run();
