/**
 * Training and evaluation by the workers of a queue: the models and figures that the commands give in one process. Needs
 * redis-server; `npm run test:cluster` runs it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeWav } from '#hw2/data/wav.js';
import { Random } from '#hw2/statistics/random.js';
import { RedisServer, startWorker, succeed, temporaryFolder } from './servers.js';

const figures = suite('training and evaluation by a queue');
const folder = temporaryFolder('figures');
const [alone, shared] = [join(folder, 'alone'), join(folder, 'shared')];
let redis: RedisServer;
let workers: Awaited<ReturnType<typeof startWorker>>[] = [];

figures.before(async () => {
  redis = await RedisServer.start();
  workers = [await startWorker(redis.url), await startWorker(redis.url)];
});

figures.after(async () => {
  for (const { child } of workers) child.kill('SIGKILL');
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a command prints, and what it prints by the queue, each with options of its own. */
async function both(
  command: string,
  options: string[],
  own: { alone: string[]; shared: string[] } = { alone: [], shared: [] },
) {
  const one = await succeed([command, ...options, ...own.alone, '--json']);
  const cluster = ['cluster', 'run', command, '--queue', redis.url, '--store', join(folder, 'store')];
  const many = await succeed([...cluster, ...options, ...own.shared, '--json']);
  return [JSON.parse(one.stdout), JSON.parse(many.stdout)] as const;
}

const folders = { alone: ['--out', alone], shared: ['--out', shared] };

/** The parts of `given` that `expected` has, too. */
const likewise = (expected: Record<string, unknown>, given: Record<string, unknown>) =>
  Object.fromEntries(Object.keys(given).map((key) => [key, expected[key]]));

function sameModels(wanted: RegExp): void {
  const names = readdirSync(alone).filter((name) => wanted.test(name));
  assert.ok(names.length >= 2);
  for (const name of names)
    assert.ok(readFileSync(join(alone, name)).equals(readFileSync(join(shared, name))), name);
}

figures('train-cnn: the same models, a task a configuration', async () => {
  const options = ['--data', 'phantom:90', '--epochs', '2', '--lr', '0.1,0.01', '--variant', 'both'];
  const [one, many] = await both('train-cnn', options, folders);
  assert.is(many.tasks, 4);
  for (const [i, { command: _, ...variant }] of many.variants.entries())
    assert.equal(variant, likewise(one.variants[i], variant));
  sameModels(/\.onnx$/);
});

figures('eval-cnn: the same figures, in parts of the images', async () => {
  const [one, many] = await both('eval-cnn', ['--data', 'phantom:1500', '--split', 'train']);
  assert.is(many.tasks, 4);
  for (const [i, model] of many.models.entries()) assert.equal(model, likewise(one.models[i], model));
});

figures('train-asr: the same recognizer', async () => {
  const corpus = join(folder, 'noise');
  const random = new Random(3);
  mkdirSync(join(corpus, 'wavs'), { recursive: true });
  const samples = Float32Array.from({ length: 4_000 }, () => random.uniform(-0.5, 0.5));
  writeFileSync(join(corpus, 'wavs', 'a.wav'), encodeWav({ samples, sampleRate: 22_050 }));
  writeFileSync(join(corpus, 'metadata.csv'), 'a|hm|hm\n');
  const options = ['--data', corpus, '--validation', corpus, '--epochs', '2', '--seed', '7'];
  const [one, many] = await both('train-asr', options, folders);
  assert.equal(many.curve, one.curve);
  sameModels(/coder\.onnx$/);
});

figures('eval-asr: the same figures, in parts of the sentences', async () => {
  const [one, many] = await both('eval-asr', ['--decoder', 'lstm']);
  assert.is(many.tasks, 6);
  const [system] = many.systems;
  assert.equal(system, likewise(one.systems[0], system));
});

figures.run();
