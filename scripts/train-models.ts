/**
 * Trains the models in models/ anew, each by one command that its card repeats:
 *
 *     npm run build && node build/scripts/train-models.js IMAGES [FOLDER…]
 *
 * IMAGES is the folder of the real images: pneumoniamnist.npz (`hw2 data pneumoniamnist` says where it put it) and
 * octmnist-sample.npz, a few hundred images of OctMNIST in the same layout. Models whose images are not there are skipped.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { given } from './given.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { IMAGES: images } = given('IMAGES [FOLDER…]', {
  IMAGES: { is: 'the folder with pneumoniamnist.npz and octmnist-sample.npz, or any for phantoms alone' },
});
const wanted = process.argv.slice(3);
const realData = resolve(images);
const pneumonia = join(realData, 'pneumoniamnist.npz');
const sample = join(realData, 'octmnist-sample.npz');

/** Chosen by select-pneumonia.ts. */
const robust = ['--augment', '--balance', '--lr', '0.03'];
/** 183 images are 23 steps an epoch, hence the many epochs. */
const small = ['--augment', '--balance', '--epochs', '200', '--lr', '0.03,0.01,0.003'];

const recipes: { folder: string; data: string; options: string[] }[] = [
  { folder: 'phantom', data: 'phantom:97477', options: [] },
  { folder: 'pneumoniamnist', data: pneumonia, options: robust },
  { folder: 'octmnist-sample', data: sample, options: small },
  ...['maxpool', 'stride'].map((variant) => ({
    folder: 'octmnist-sample-finetuned',
    data: sample,
    options: [...small, '--variant', variant, '--init', join('models', 'phantom', `${variant}.onnx`)],
  })),
];

for (const { folder, data, options } of recipes) {
  if (wanted.length > 0 && !wanted.includes(folder)) continue;
  if (data.endsWith('.npz') && !existsSync(data)) {
    process.stderr.write(`${folder}: skipped, ${data} is not here\n`);
    continue;
  }
  const out = join('models', folder);
  await run('train-cnn', '--data', data, ...options, '--out', out);
  await rm(join(root, out, 'checkpoints'), { recursive: true });
  for (const variant of ['maxpool', 'stride'])
    await rm(join(root, out, `${variant}-best.onnx`), { force: true });
}

async function run(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], { cwd: root, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) process.exit(1);
}
