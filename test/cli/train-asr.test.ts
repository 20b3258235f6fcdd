import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeWav } from '#hw2/data/wav.js';
import { Random } from '#hw2/statistics/random.js';
import { folder, hw2 } from './run.js';

/** A corpus of one clip of noise. */
const corpus = join(folder, 'noise');
const random = new Random(3);
const samples = Float32Array.from({ length: 4_000 }, () => random.uniform(-0.5, 0.5));
mkdirSync(join(corpus, 'wavs'), { recursive: true });
writeFileSync(join(corpus, 'wavs', 'a.wav'), encodeWav({ samples, sampleRate: 22_050 }));
writeFileSync(join(corpus, 'metadata.csv'), 'a|hm|hm\n');

const out = join(folder, 'trained');
const options = [
  '--data',
  corpus,
  corpus,
  '--validation',
  corpus,
  '--out',
  out,
  '--seed',
  '7',
  '--augment',
  '0.5',
];

test('training leaves models that can be used, the curve, its charts and a card', () => {
  const { code, out: printed, err } = hw2('train-asr', ...options, '--epochs', '2', '--json');
  assert.is(code, 0, err);
  const { data, options: trained, curve } = JSON.parse(printed);
  assert.match(data, /^2 clips to 2754 frames of /);
  assert.equal(trained, {
    ...{ decoder: 'attention', frontEnd: 'level', learningRate: 1e-3, epochs: 2, seed: 7, augment: 0.5 },
  });
  assert.is(curve.length, 2);
  assert.equal(JSON.parse(readFileSync(join(out, 'curve.json'), 'utf8')).curve, curve);
  for (const name of ['loss.svg', 'similarity.svg'])
    assert.match(readFileSync(join(out, name), 'utf8'), /^<svg .*<\/svg>\n$/s);
  const card = readFileSync(join(out, 'README.md'), 'utf8');
  assert.match(card, `hw2 train-asr --data ${corpus}`);
  assert.match(card, `| 2 | ${curve[1].trainingLoss.toFixed(3)} |`);
  const { code: heard, err: failed } = hw2('transcribe', join(corpus, 'wavs', 'a.wav'), '--model', out);
  assert.is(heard, 0, failed);
});

test('a recognizer is where its checkpoint is: training goes on from either in the same way', () => {
  const [checkpoint, recognizer] = [join(out, 'checkpoint.safetensors'), out].map((init) => {
    const again = ['--data', corpus, '--validation', corpus, '--out', join(folder, 'again'), '--epochs', '1'];
    const { code, out: printed, err } = hw2('train-asr', ...again, '--init', init, '--json');
    assert.is(code, 0, err);
    const { curve, earlier } = JSON.parse(readFileSync(join(folder, 'again', 'curve.json'), 'utf8'));
    assert.equal(JSON.parse(printed).curve, curve);
    return { curve, earlier };
  });
  assert.equal(recognizer!.curve, checkpoint!.curve);
  // A checkpoint tells its epochs, too.
  assert.is(recognizer!.earlier, undefined);
  assert.equal(checkpoint!.earlier, JSON.parse(readFileSync(join(out, 'curve.json'), 'utf8')).curve);
  const other = hw2('train-asr', ...options, '--decoder', 'lstm', '--init', out);
  assert.is(other.code, 2);
  assert.match(
    other.err,
    /^error: .*: has no parameter lstm\.norm\.weight \[200\] of the system with decoder lstm\n$/,
  );
});

test('parts of two trainings are no recognizer, though they fit each other', () => {
  const mixed = join(folder, 'of-two-trainings');
  mkdirSync(mixed);
  for (const [name, from] of [
    ['encoder.onnx', join(folder, 'again')],
    ['decoder.onnx', out],
  ] as const)
    copyFileSync(join(from, name), join(mixed, name));
  const { code, err } = hw2('transcribe', join(corpus, 'wavs', 'a.wav'), '--model', mixed);
  assert.is(code, 2);
  assert.match(err, /^error: .*of-two-trainings: decoder\.onnx was trained with another encoder\.onnx/);
});

test('a run goes on only where the same was begun', () => {
  assert.is(hw2('train-asr', ...options, '--epochs', '2', '--resume').code, 0);
  for (const [given, message] of [
    [['--epochs', '3'], /^error: .*was begun for 2 epochs, .* expected --epochs 2, given 3\n$/],
    [['--epochs', '2', '--seed', '8'], /^error: .*belongs to other training/],
  ] as const) {
    const { code, err } = hw2('train-asr', ...options, ...given, '--resume');
    assert.is(code, 2);
    assert.match(err, message);
  }
});

test('training with linear attention begins where softmax ended, and our kernels hear what it hears', () => {
  const linear = join(folder, 'linear');
  const init = ['--init', join(out, 'checkpoint.safetensors'), '--encoder-attention', 'taylor'];
  const {
    code,
    out: printed,
    err,
  } = hw2(
    'train-asr',
    ...['--data', corpus, '--validation', corpus, '--out', linear, '--epochs', '1', '--json', ...init],
  );
  assert.is(code, 0, err);
  assert.is(JSON.parse(printed).options.encoderAttention, 'taylor');
  const transcribe = ['transcribe', join(corpus, 'wavs', 'a.wav'), '--model', linear];
  const heard = hw2(...transcribe);
  assert.is(heard.code, 0, heard.err);
  for (const attention of ['kernels', 'taylor'])
    assert.equal(hw2(...transcribe, '--attention', attention), heard);
});

test('what cannot be trained on is refused before anything is written', () => {
  const elsewhere = join(folder, 'elsewhere');
  const missing = hw2('train-asr', '--data', 'nowhere', '--validation', corpus, '--out', elsewhere);
  assert.is(missing.code, 2);
  assert.match(missing.err, /^error: nowhere\/metadata\.csv: .*\n$/);
  const refused = ['--data', corpus, '--validation', corpus, '--out', elsewhere];
  const long = hw2('train-asr', ...refused, '--frames', '4');
  assert.is(long.code, 2);
  assert.match(long.err, 'no clip of at most 4 frames');
  const loop = join(folder, 'loop');
  symlinkSync('loop', loop);
  const { code, err } = hw2('train-asr', ...refused, '--init', loop);
  assert.is(code, 2);
  assert.match(err, /^error: .*loop: cannot be opened \(ELOOP\)\n$/);
  assert.not.ok(existsSync(elsewhere));
});

test.run();
