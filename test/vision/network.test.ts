import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { phantomImages } from '#hw2/data/phantom/phantom.js';
import { inspectModel } from '#hw2/onnx/inspect.js';
import { sgd } from '#hw2/onnx/optimiser.js';
import { initialParameters, parameterCount } from '#hw2/onnx/parameters.js';
import { Session } from '#hw2/onnx/session.js';
import { Trainer } from '#hw2/onnx/trainer.js';
import { Random } from '#hw2/statistics/random.js';
import { dropoutTensor, imageTensor, targetTensor } from '#hw2/vision/batch.js';
import { trainingLoss } from '#hw2/vision/loss.js';
import { inferenceModel, networkParameters, variants } from '#hw2/vision/network.js';
import { forwardBackward } from './float64-network.js';

const CLASSES = 4;
const parameters = networkParameters(CLASSES);
const set = phantomImages(64, 0, 7);
const random = new Random(3);
const initial = initialParameters(parameters, (low, high) => random.uniform(low, high));

test('the network has the 224,892 parameters of the report', () => {
  assert.is(parameterCount(parameters), 224_892);
  for (const variant of variants) {
    const { weights } = inspectModel(inferenceModel(initial, variant, CLASSES), 'm');
    assert.is(
      [...weights.values()].reduce((sum, { data }) => sum + data.length, 0),
      224_892,
    );
  }
});

for (const variant of variants) {
  test(`${variant}: 20 SGD steps agree with an independent float64 implementation`, async () => {
    const [batch, rate, steps] = [8, 0.05, 20];
    const loss = trainingLoss(variant, batch, CLASSES);
    const trainer = await Trainer.create({ parameters, loss, optimiser: sgd(), initial });
    const theta = Float64Array.from(initial);
    for (let step = 0; step < steps; step++) {
      // The last batch of an epoch is not full: its missing rows must count for nothing.
      const indices = Array.from({ length: step % 5 === 4 ? 5 : batch }, (_, i) => (step * batch + i) % 64);
      const images = imageTensor(set, indices, batch);
      const dropout = dropoutTensor(random, batch, 0.7);
      const value = await trainer.step(
        { images, targets: targetTensor(set, indices, batch, [1, 1, 1, 1]), dropout },
        rate,
      );

      const gradient = new Float64Array(theta.length);
      const expected = indices.reduce((sum, index, row) => {
        const pixels = images.data.subarray(row * 784, (row + 1) * 784);
        const label = set.labels[index]!;
        const mask = dropout.data.subarray(row * 320, (row + 1) * 320);
        const share = 1 / indices.length;
        return (
          sum -
          share *
            forwardBackward(theta, gradient, { pixels, label, dropout: mask }, variant, CLASSES, share)[
              label
            ]!
        );
      }, 0);
      assert.ok(Math.abs(value - expected) < 1e-6, `loss ${value}, expected ${expected}`);
      for (let i = 0; i < theta.length; i++) theta[i]! -= rate * gradient[i]!;
    }
    const worst = trainer.parameters.reduce((max, x, i) => Math.max(max, Math.abs(x - theta[i]!)), 0);
    const moved = initial.reduce((max, x, i) => Math.max(max, Math.abs(x - theta[i]!)), 0);
    assert.ok(worst < 1e-6, `largest difference ${worst}`);
    assert.ok(moved > 1e-3, `the parameters moved by ${moved}`);
    await trainer.release();
  });

  test(`${variant}: the exported model equals the training graph's forward pass`, async () => {
    const indices = [0, 1, 2, 3, 4];
    const images = imageTensor(set, indices);
    const session = await Session.create(inferenceModel(initial, variant, CLASSES));
    const { log_probabilities: exported } = await session.run({ images });
    const loss = trainingLoss(variant, 5, CLASSES);
    const trainer = await Trainer.create({ parameters, loss, optimiser: sgd(), initial });
    const dropout = dropoutTensor(random, 5, 0);
    for (const row of indices)
      for (let c = 0; c < CLASSES; c++) {
        // A target of -1 at one place makes the loss that log-probability; a rate of 0 leaves the parameters alone.
        const data = new Float32Array(5 * CLASSES);
        data[row * CLASSES + c] = -1;
        const value = await trainer.step(
          { images, targets: { type: 'float32', data, dims: [5, CLASSES] }, dropout },
          0,
        );
        assert.ok(Math.abs(value - Number(exported!.data[row * CLASSES + c])) < 1e-6);
      }
    const example = {
      pixels: images.data.subarray(0, 784) as Float32Array,
      label: 0,
      dropout: Array(320).fill(1),
    };
    const expected = forwardBackward(
      Float64Array.from(initial),
      new Float64Array(initial.length),
      example,
      variant,
      CLASSES,
      1,
    );
    expected.forEach((value, c) => {
      assert.ok(Math.abs(value - Number(exported!.data[c])) < 1e-6);
    });
  });
}

test.run();
