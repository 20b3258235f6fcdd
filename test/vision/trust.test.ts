import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PIXELS } from '#hw2/data/image-set.js';
import { phantomImages } from '#hw2/data/phantom/phantom.js';
import { Random } from '#hw2/statistics/random.js';
import { calibratedRows, chooseTemperature, fitTemperature, reliability } from '#hw2/vision/calibration.js';
import { disc, drawings } from '#hw2/vision/drawings.js';
import { refusals } from '#hw2/vision/fit-trust.js';
import { fitGate, gateDistance } from '#hw2/vision/gate.js';
import { describeTest } from '#hw2/vision/judge.js';
import { openClassifier, shippedModel } from '#hw2/vision/models.js';
import { parseTrust, trustMetadata } from '#hw2/vision/trust.js';

/** Log-probabilities of labels that were drawn from them, sharpened: at temperature `sharp` they would be right. */
function sharpened(images: number, sharp: number) {
  const random = new Random(3);
  const logProbabilities = new Float32Array(3 * images);
  const labels = new Uint8Array(images);
  for (let i = 0; i < images; i++) {
    const scores = [random.normal(), random.normal(), random.normal()];
    const weights = scores.map(Math.exp);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let left = random.uniform(0, total);
    labels[i] = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    logProbabilities.set(
      scores.map((score) => sharp * (score - Math.log(total))),
      3 * i,
    );
  }
  return { logProbabilities, labels };
}

test('the temperature is that by which probabilities were sharpened', () => {
  for (const sharp of [0.5, 4]) {
    const { logProbabilities, labels } = sharpened(20_000, sharp);
    const temperature = fitTemperature(logProbabilities, labels, 3);
    assert.ok(Math.abs(temperature / sharp - 1) < 0.05, `${temperature} for ${sharp}`);
    const { error } = reliability(calibratedRows(logProbabilities, 3, temperature), labels);
    assert.ok(error < 0.02, `${error}`);
    if (sharp === 4) assert.ok(reliability(calibratedRows(logProbabilities, 3, 1), labels).error > 0.1);
  }
});

test('a temperature is taken where images that it was not fitted to are more probable with it, beyond chance', () => {
  const choose = (images: number, sharp: number, variations = 1) => {
    const { logProbabilities, labels } = sharpened(images, sharp);
    const origins = Array.from(labels.keys(), (i) => Math.floor(i / variations));
    return chooseTemperature(logProbabilities, labels, 3, origins);
  };
  const wrong = choose(2_000, 3);
  assert.is(wrong.temperature, wrong.fitted);
  assert.ok(Math.abs(wrong.fitted / 3 - 1) < 0.2 && wrong.gain.low > 0);
  // Right already, and too few to tell: with twenty rows of one image each, or of four images.
  for (const none of [choose(2_000, 1), choose(20, 1.5), choose(20, 1.5, 5)]) {
    assert.is(none.temperature, 1);
    assert.ok(none.gain.low <= 0 && none.gain.low <= none.gain.value && none.gain.value <= none.gain.high);
  }
});

test('a temperature changes no verdict, and probabilities sum to 1', () => {
  const { logProbabilities } = sharpened(50, 3);
  const [cold, hot] = [0.3, 7].map((temperature) => calibratedRows(logProbabilities, 3, temperature));
  for (const [i, row] of cold!.entries()) {
    const told = (values: number[]) => values.indexOf(Math.max(...values));
    assert.is(told(row), told(hot![i]!));
    for (const values of [row, hot![i]!])
      assert.ok(Math.abs(values.reduce((sum, p) => sum + p, 0) - 1) < 1e-12);
  }
});

test('a gate accepts images of the kind that it was fitted to, and refuses drawings and noise', () => {
  const [train, val, fresh] = [0, 1, 2].map((split) => phantomImages(300, split, 5));
  const gate = fitGate(train!, val!);
  const { refused } = refusals(gate, 'test', fresh!.images);
  assert.ok(refused <= 15, `${refused} of 300 false alarms`);
  assert.is(refusals(gate, 'drawings', drawings(200, new Random(1))).refused, 200);
  const random = new Random(2);
  const noise = Uint8Array.from({ length: 20 * PIXELS }, () => random.integer(256));
  assert.is(refusals(gate, 'noise', noise).refused, 20);
});

test('the shipped networks of retinas refuse a disc and pictures of one grey', async () => {
  for (const name of ['phantom', 'octmnist-sample-finetuned']) {
    const { trust } = await openClassifier(shippedModel(name, 'maxpool'));
    for (const image of [disc(76, 0), disc(76, 255), ...[0, 128, 255].map((grey) => disc(grey, grey))])
      assert.ok(gateDistance(trust!.gate, image) > trust!.gate.threshold, name);
  }
});

test('what a model says of itself is checked', async () => {
  const { trust } = await openClassifier(shippedModel('phantom', 'stride'));
  assert.equal(parseTrust(trustMetadata(trust!), 'a.onnx'), trust);
  assert.is(parseTrust({}, 'a.onnx'), undefined);
  const damaged = [
    'none',
    'null',
    '{}',
    JSON.stringify({ ...trust, temperature: 0 }),
    JSON.stringify({ ...trust, gate: { ...trust!.gate, precision: [1] } }),
  ];
  for (const text of damaged)
    assert.throws(() => parseTrust({ trust: text }, 'a.onnx'), /a\.onnx: its metadata/);
});

test('chance is called chance', () => {
  const tested = { data: 'x.npz', images: 91, commonest: 45 };
  assert.is(
    describeTest({ ...tested, right: 39 }),
    '42.9 % of 91 images of x.npz told right, not shown to be better than chance: always to name the commonest class is right for 49.5 %',
  );
  assert.is(describeTest({ ...tested, right: 64 }), '70.3 % of 91 images of x.npz told right');
});

test.run();
