import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { phantomImages } from '#hw2/data/phantom/phantom.js';
import { inspectModel } from '#hw2/onnx/inspect.js';
import { parameterCount } from '#hw2/onnx/parameters.js';
import { disc } from '#hw2/vision/drawings.js';
import { inferenceModel, networkParameters } from '#hw2/vision/network.js';
import { npyBytes } from '../data/fixtures.js';
import { PLAIN } from './run.js';

const main = resolve(import.meta.dirname, '../../../dist/cli/main.js');

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function hw2(...args: string[]): Promise<Outcome> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [main, ...args], { env: PLAIN });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.once('close', (code) => done({ code, stdout, stderr }));
  });
}

const test = suite<{ folder: string; models: string }>('image commands');
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
  context.models = join(context.folder, 'trained');
  const args = [
    '--data',
    'phantom:90',
    '--epochs',
    '1',
    '--lr',
    '0.1,0.01',
    '--out',
    context.models,
    '--json',
  ];
  const { code, stdout, stderr } = await hw2('train-cnn', ...args);
  assert.is(code, 0, stderr);
  assert.not.ok(stderr.includes('\r'), 'plain lines, if any, where standard error is no terminal');
  const { variants, imagesPerSecond } = JSON.parse(stdout);
  assert.equal(
    variants.map((v: { variant: string }) => v.variant),
    ['maxpool', 'stride'],
  );
  assert.ok(imagesPerSecond > 0);
});
test.after(({ folder }) => rm(folder, { recursive: true }));

test('training leaves models, curves and cards, and a test figure that is called synthetic', async ({
  models,
}) => {
  const files = await readdir(models);
  for (const variant of ['maxpool', 'stride'])
    for (const ending of [
      '.onnx',
      '-best.onnx',
      '.json',
      '.md',
      '-loss.svg',
      '-accuracy.svg',
      '-reliability.svg',
    ])
      assert.ok(files.includes(variant + ending));
  const { curves, test: result } = JSON.parse(await readFile(join(models, 'maxpool.json'), 'utf8'));
  assert.equal(
    curves.map((run: { learningRate: number }) => run.learningRate),
    [0.1, 0.01],
  );
  assert.is(result.images, 1000);
  assert.match(
    await readFile(join(models, 'maxpool.md'), 'utf8'),
    /on 1000 images of synthetic retinal sections/,
  );
});

test('more epochs go on from the checkpoints', async ({ models }) => {
  const args = ['--data', 'phantom:90', '--lr', '0.1', '--variant', 'stride', '--out', models, '--resume'];
  const { code, stderr } = await hw2('train-cnn', ...args, '--epochs', '2');
  assert.is(code, 0, stderr);
  const { curves } = JSON.parse(await readFile(join(models, 'stride.json'), 'utf8'));
  assert.is(curves[0].epochs.length, 2);
});

test('a model names what it was trained on, and before that what the model was that it began with', async ({
  folder,
  models,
}) => {
  const out = join(folder, 'further');
  const init = ['--init', join(models, 'maxpool.onnx')];
  const options = ['--data', 'phantom:90', '--variant', 'maxpool', '--epochs', '1', '--out', out];
  const { code, stderr } = await hw2('train-cnn', ...options, '--lr', '0.01', ...init);
  assert.is(code, 0, stderr);
  const [{ data: first }, { data: second }] = (await Promise.all(
    [models, out].map(async (one) => inspectModel(await readFile(join(one, 'maxpool.onnx')), one).metadata),
  )) as [Record<string, string>, Record<string, string>];
  assert.match(first!, /^synthetic/);
  assert.is(second, `${first}, then ${first}`);
});

test('evaluation compares both variants', async ({ models }) => {
  const args = ['--model', join(models, 'maxpool.onnx'), join(models, 'stride.onnx')];
  const { code, stdout } = await hw2('eval-cnn', ...args, '--json');
  assert.is(code, 0);
  const report = JSON.parse(stdout);
  assert.equal(report.classes[3], 'normal');
  for (const model of report.models) {
    assert.is(model.parameters, 224_892);
    const sum = model.confusion.flat().reduce((a: number, b: number) => a + b, 0);
    assert.is(sum, 1000);
    assert.ok(model.interval.low <= model.accuracy && model.accuracy <= model.interval.high);
  }
  assert.ok(report.mcnemar.p >= 0 && report.mcnemar.p <= 1);
  const table = await hw2('eval-cnn', ...args);
  assert.match(table.stdout, /synthetic/);
  assert.match(table.stdout, /224,892/);
});

test('a picture is classified, and one of something else is refused', async ({ folder, models }) => {
  const picture = async (name: string, data: Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, encode({ width: 28, height: 28, data, channels: 1, depth: 8 }));
    return path;
  };
  const scan = await picture('scan.png', phantomImages(1, 2, 1).images);
  const red = await picture('disc.png', disc(76, 255));
  const args = ['--model', join(models, 'maxpool.onnx')];
  const { code, stdout } = await hw2('classify', scan, red, ...args, '--json');
  assert.is(code, 0);
  const { classes, tested, images } = JSON.parse(stdout);
  const [{ probabilities }, refused] = images;
  assert.is(probabilities.length, classes.length);
  assert.ok(Math.abs(probabilities.reduce((a: number, b: number) => a + b, 0) - 1) < 1e-5);
  assert.is(images[0].class, classes[probabilities.indexOf(Math.max(...probabilities))]);
  assert.is(tested[0].images, 1000);
  assert.equal([refused.refused, refused.class, refused.probabilities], [true, null, null]);
  const text = await hw2('classify', scan, red, ...args);
  assert.match(text.stdout, /disc\.png +refused/);
  assert.match(text.stderr, /disc\.png: unlike the images that the network was trained on/);
  assert.match(text.stderr, /of 1,000 images of synthetic retinal sections, seed 1 told right/);
});

test('the list of data sets names what is generated and what is fetched', async () => {
  const { code, stdout } = await hw2('data', '--json');
  assert.is(code, 0);
  assert.ok(JSON.parse(stdout).sets.some((set: { name: string }) => set.name === 'octmnist'));
});

test('misuse is one line, exit code 2, and nothing is written', async ({ folder, models }) => {
  const two = join(folder, 'two.npz');
  const images = npyBytes("'|u1'", [2, 28, 28], new Uint8Array(2 * 784));
  const labels = npyBytes("'|u1'", [2, 1], Uint8Array.of(0, 1));
  const parts = ['train', 'val', 'test'].flatMap((name) => [
    [`${name}_images.npy`, images],
    [`${name}_labels.npy`, labels],
  ]);
  await writeFile(two, zipSync(Object.fromEntries(parts)));
  const model = join(models, 'maxpool.onnx');
  const broken = join(folder, 'broken.onnx');
  await writeFile(broken, 'no model');
  const out = join(folder, 'never');
  const cases: [string[], string][] = [
    [['eval-cnn', '--data', 'mnist'], 'mnist: no such data set'],
    [['eval-cnn', '--data', two], 'no model for'],
    [['eval-cnn', '--data', 'mnist', '--model', model], 'mnist: no such data set'],
    [['eval-cnn', '--data', two, '--model', model], 'two.npz has 2 classes'],
    [['eval-cnn', '--data', two, '--model', model, '--protocol', 'repört'], 'report, medmnist'],
    [['eval-cnn', '--model', join(folder, 'none.onnx')], 'none.onnx: no such file'],
    [['classify', join(folder, 'none.png'), '--model', model], 'none.png: no such file'],
    [['classify', broken, '--model', model], 'expected a PNG or JPEG'],
    [['train-cnn', '--data', join(folder, 'none.npz'), '--out', out], 'none.npz: no such file'],
    [['train-cnn', '--lr', '0.1,x', '--out', out], '--lr'],
    [['train-cnn', '--lr', '0.1,0.1', '--out', out], 'twice'],
    [['train-cnn', '--dropout', '1', '--out', out], '--dropout'],
    [['train-cnn', '--data', two, '--init', model, '--out', out], 'two.npz has 2 classes'],
    [['data', 'mnist'], 'mnist: no such data set'],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await hw2(...args);
    assert.is(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, message);
    assert.is(stderr.trim().split('\n').length, 1, stderr);
    assert.is(stdout, '');
  }
  assert.not(existsSync(out));
});

test('a model that is none is a failure of one line', async ({ folder }) => {
  const { code, stderr } = await hw2('eval-cnn', '--model', join(folder, 'broken.onnx'));
  assert.is(code, 2);
  assert.match(stderr, /broken\.onnx: not an ONNX model/);
});

test('training that diverges is stopped, said and not taken; what converged beside it is', async ({
  folder,
}) => {
  const args = ['--data', 'phantom:90', '--epochs', '1', '--variant', 'maxpool'];
  const all = await hw2('train-cnn', ...args, '--lr', '1000', '--out', join(folder, 'diverged'));
  assert.is(all.code, 1);
  assert.match(
    all.stderr,
    /^error: maxpool: training at learning rate 1000 diverged: .* epoch 1, batch \d+ on/,
  );
  assert.is(all.stderr.trim().split('\n').length, 1, all.stderr);
  assert.equal(await readdir(join(folder, 'diverged')), ['checkpoints']);
  const some = await hw2('train-cnn', ...args, '--lr', '1000,0.01', '--out', join(folder, 'some'));
  assert.is(some.code, 0, some.stderr);
  assert.match(some.stdout, /learning rate 0\.01 chosen/);
  assert.match(some.stdout, /1000 +diverged in epoch 1/);
  const { curves } = JSON.parse(await readFile(join(folder, 'some', 'maxpool.json'), 'utf8'));
  assert.is(curves[0].diverged.epoch, 1);
});

test('a model of NaN is refused by name', async ({ folder }) => {
  const path = join(folder, 'nan.onnx');
  const flat = new Float32Array(parameterCount(networkParameters(4))).fill(Number.NaN);
  await writeFile(path, inferenceModel(flat, 'stride', 4));
  const { code, stderr } = await hw2('eval-cnn', '--model', path);
  assert.is(code, 2);
  assert.match(stderr, /nan\.onnx: it gives NaN/);
});

test('nothing is kept in the home folder, least of all by ONNX Runtime', async ({ folder }) => {
  const home = await mkdtemp(join(folder, 'home-'));
  const picture = join(home, 'picture.png');
  const data = new Uint8Array(784).fill(9);
  await writeFile(picture, encode({ width: 28, height: 28, channels: 1, data }));
  const before = { ...process.env };
  Object.assign(process.env, { HOME: home, XDG_CACHE_HOME: join(home, 'cache') });
  delete process.env.ORT_DISABLE_TELEMETRY;
  // The object itself stays: modules that took it when they were loaded would see what another one no longer says.
  const { code, stderr } = await hw2('classify', picture).finally(() => {
    for (const name of ['HOME', 'XDG_CACHE_HOME', 'ORT_DISABLE_TELEMETRY'])
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
  });
  assert.is(code, 0, stderr);
  assert.equal(await readdir(home), ['picture.png']);
});

test('a folder that cannot be written to is named', async ({ folder }) => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const args = ['--data', 'phantom:90', '--epochs', '1', '--lr', '0.1', '--variant', 'stride'];
  const { code, stderr } = await hw2('train-cnn', ...args, '--out', join(file, 'models'));
  assert.is(code, 2);
  assert.is(stderr.trim().split('\n').length, 1, stderr);
  assert.match(stderr, /cannot be written \(ENOTDIR\)/);
});

test.run();
