import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeWav } from '#hw2/data/wav.js';
import { initialParameters } from '#hw2/onnx/parameters.js';
import { decoderModel, encoderModel } from '#hw2/speech/model/inference.js';
import { recognizerParameters, type System } from '#hw2/speech/model/recognizer.js';
import { Random } from '#hw2/statistics/random.js';
import { folder, hw2 } from './run.js';

const random = new Random(8);
const inFolder = (name: string) => join(folder, name);
const spoken = (id: string) =>
  fileURLToPath(new URL(`../../../models/asr-test/wavs/${id}.wav`, import.meta.url));

/** Recognizers that never learned anything, in a folder each. */
const systems: Record<string, System> = {
  lstm: { decoder: 'lstm' },
  attention: { decoder: 'attention' },
  linear: { decoder: 'attention', encoderAttention: 'taylor' },
};
for (const [name, system] of Object.entries(systems)) {
  const parameters = recognizerParameters(system.decoder);
  const flat = initialParameters(parameters, (low, high) => random.uniform(3 * low, 3 * high));
  mkdirSync(inFolder(name));
  writeFileSync(join(inFolder(name), 'encoder.onnx'), encoderModel(flat, system));
  writeFileSync(join(inFolder(name), 'decoder.onnx'), decoderModel(flat, system));
}

/** A corpus of three sentences. */
const data = inFolder('corpus');
mkdirSync(join(data, 'wavs'), { recursive: true });
const ids = ['everyday-45', 'everyday-46', 'everyday-47'];
for (const id of ids) copyFileSync(spoken(id), join(data, 'wavs', `${id}.wav`));
const texts = ['plain words.', 'Zoë ate 7 пирожки', '日本語 😀 <end>'];
writeFileSync(join(data, 'metadata.csv'), ids.map((id, i) => `${id}|${texts[i]}|${texts[i]}\n`).join(''));

/** A second of noise as a WAV file, with some bytes of it changed. */
function wav(name: string, change: (bytes: Buffer) => Uint8Array = (bytes) => bytes, seconds = 1): string {
  const samples = Float32Array.from({ length: seconds * 22_050 }, () => random.uniform(-0.5, 0.5));
  const path = inFolder(name);
  writeFileSync(path, change(Buffer.from(encodeWav({ samples, sampleRate: 22_050 }))));
  return path;
}

test('what is heard in one file is printed; of several, file by file', () => {
  const model = ['--model', inFolder('attention')];
  const one = hw2('transcribe', spoken(ids[0]!), ...model);
  assert.is(one.code, 0, one.err);
  assert.match(one.err, /^warning: .*\.wav: \d+ % of the words can be expected to be right: the recognizers/);
  const several = hw2('transcribe', spoken(ids[0]!), spoken(ids[1]!), ...model);
  const lines = several.out.trimEnd().split('\n');
  assert.is(lines.length, 2);
  assert.is(lines[0], `${spoken(ids[0]!)}: ${one.out.trimEnd()}`);
  const { out } = hw2('transcribe', spoken(ids[0]!), ...model, '--json');
  const [{ path, text, words, confidence, ...rest }, ...others] = JSON.parse(out).files;
  assert.is(path, spoken(ids[0]!));
  assert.is(text, one.out.trimEnd().replaceAll(/[[\]]/g, ''));
  assert.equal([rest, others], [{ isSpeech: true, faults: [] }, []]);
  const brackets = one.out
    .trimEnd()
    .split(' ')
    .map((word) => /^\[.*\]$/.test(word));
  assert.equal(
    words.map((word: { unsure: boolean }) => word.unsure),
    brackets,
    'unsure words are in brackets',
  );
  for (const word of words) assert.is(word.unsure, word.confidence < 0.5);
  assert.ok(confidence >= 0 && confidence <= 1);
});

test('every transcript carries its confidence, one without unsure words, too', () => {
  const { out, err } = hw2('transcribe', spoken('everyday-07'));
  assert.not.match(out, /\[/);
  assert.match(err, /^\d+ % of the words can be expected to be right\n$/);
});

for (const name of ['lstm', 'linear'])
  test(`${name}: our kernels hear what ONNX Runtime hears`, () => {
    const args = ['transcribe', ...ids.map(spoken), '--model', inFolder(name)];
    const expected = hw2(...args);
    assert.is(expected.code, 0, expected.err);
    assert.equal(hw2(...args, '--attention', 'kernels'), expected);
    if (name === 'linear') assert.equal(hw2(...args, '--attention', 'taylor'), expected);
  });

test('two recognizers are scored and compared', () => {
  const args = ['eval-asr', '--data', data, '--model', inFolder('lstm'), inFolder('attention')];
  const { code, out, err } = hw2(...args, '--json', '--quiet');
  assert.is(code, 0, err);
  assert.is(err, '');
  const report = JSON.parse(out);
  assert.equal(Object.keys(report), ['format', 'version', 'data', 'beam', 'systems', 'comparisons']);
  assert.equal(
    report.systems.map(({ name, attention, order }: Record<string, unknown>) => [name, attention, order]),
    [
      ['lstm', 'onnx', null],
      ['attention', 'onnx', null],
    ],
  );
  const measures = ['loss', 'jaccard', 'cosine', 'edit', 'characterErrorRate', 'wordErrorRate'];
  for (const { score, intervals, clips, realTimeFactor } of report.systems) {
    assert.equal(Object.keys(score), measures);
    for (const measure of measures)
      assert.ok(intervals[measure].low <= score[measure] && score[measure] <= intervals[measure].high);
    assert.equal(
      clips.map(({ target }: { target: string }) => target),
      ['plain words.', 'zo# ate # #######', '### # #end#'],
      'characters of other languages and marks are unknown ones',
    );
    assert.ok(realTimeFactor > 0);
  }
  const [{ of, differences }, ...others] = report.comparisons;
  assert.equal([of, others], [[0, 1], []]);
  const [lstm, attention] = report.systems;
  differences.forEach(({ difference, p }: { difference: number; p: number }, i: number) => {
    const measure = measures[i]!;
    assert.is(difference, attention.score[measure] - lstm.score[measure]);
    assert.ok(p > 0 && p <= 1);
  });
  const table = hw2(...args).out;
  assert.match(table, /Damerau–Levenshtein +-?\d\.\d{3} \(/);
  assert.match(table, /attention: what was said, what was heard/);
  assert.match(table, /\^/, 'differences are marked without colour, too');
});

test('linear attention is compared with what a recognizer was trained with', () => {
  const args = ['--model', inFolder('attention'), inFolder('linear'), '--attention', 'taylor', '--json'];
  const { code, out, err } = hw2('eval-asr', '--data', data, ...args, '--order', '2');
  assert.is(code, 0, err);
  const { systems: found, comparisons } = JSON.parse(out);
  assert.equal(
    found.map(({ encoderAttention, attention, order }: Record<string, unknown>) => [
      encoderAttention,
      attention,
      order,
    ]),
    [
      ['exact', 'onnx', null],
      ['exact', 'taylor', 2],
      ['taylor', 'onnx', null],
      ['taylor', 'taylor', 2],
    ],
  );
  assert.equal(
    comparisons.map(({ of }: { of: number[] }) => of),
    [
      [0, 1],
      [2, 3],
    ],
  );
  const lossOf = (comparison: { differences: { difference: number }[] }) =>
    Math.abs(comparison.differences[0]!.difference);
  assert.ok(lossOf(comparisons[0]) > 1e-5, 'another operator than softmax');
  assert.ok(lossOf(comparisons[1]) < 1e-6, 'the operator of the training');
});

test('of 30 seconds the first 20 are listened to, and that is said', () => {
  const path = wav('long.wav', undefined, 30);
  const { code, err } = hw2('transcribe', path, '--model', inFolder('lstm'));
  assert.is(code, 0);
  assert.ok(err.startsWith(`warning: ${path}: only the first 20 seconds are listened to\n`), err);
});

test('silence is no speech, and what is too quiet or clipped is named', () => {
  const model = ['--model', inFolder('attention')];
  const write = (name: string, samples: Float32Array) => {
    writeFileSync(inFolder(name), encodeWav({ samples, sampleRate: 22_050 }));
    return inFolder(name);
  };
  const silent = hw2('transcribe', write('silent.wav', new Float32Array(22_050)), ...model);
  assert.equal(silent, { code: 0, out: 'no speech recognised\n', err: '' });
  const noise = Float32Array.from({ length: 22_050 }, () => random.uniform(-1, 1));
  const quiet = write(
    'quiet.wav',
    noise.map((x) => x / 1_000),
  );
  assert.match(hw2('transcribe', quiet, ...model).err, /quiet\.wav: very quiet \(-6\d dB of full scale\)/);
  const clipped = write(
    'clipped.wav',
    noise.map((x) => 2 * x),
  );
  assert.match(
    hw2('transcribe', clipped, ...model).err,
    /clipped\.wav: too loud, \d+\.\d % of it is clipped/,
  );
});

/** One line on standard error, exit code 2, nothing else. */
function misuse(message: string, ...args: string[]): string {
  const { code, out, err } = hw2(...args);
  assert.is(code, 2, `${args.join(' ')}: ${err}`);
  assert.is(out, '');
  assert.is(err.trimEnd().split('\n').length, 1, err);
  assert.ok(err.startsWith('error: ') && err.includes(message), `"${err}" lacks "${message}"`);
  return err;
}

const broken: [string, (bytes: Buffer) => Uint8Array, string][] = [
  ['cut within the header', (bytes) => bytes.subarray(0, 20), 'no chunk "data"'],
  [
    'of zero channels',
    (bytes) => {
      bytes.writeUInt16LE(0, 22);
      return bytes;
    },
    'channels 0, expected at least 1',
  ],
  ['no WAV', () => Buffer.from('a note in words'), 'not a WAV file'],
  ['empty', () => new Uint8Array(0), 'not a WAV file'],
  [
    'without sound',
    () => encodeWav({ samples: new Float32Array(0), sampleRate: 8000 }),
    'sound of 0 samples',
  ],
];
for (const [what, change, message] of broken)
  test(`a file ${what}`, () => {
    const path = wav('broken.wav', change);
    const args = ['transcribe', spoken(ids[0]!), path, '--model', inFolder('lstm')];
    const line = misuse(message, ...args);
    assert.ok(line.startsWith(`error: ${path}: `), line);
  });

test('a file that a pipe, a telephone or a crash wrote is heard as it is', () => {
  const model = ['--model', inFolder('lstm')];
  const whole = wav('whole.wav');
  const bytes = readFileSync(whole);
  const expected = hw2('transcribe', whole, ...model);
  assert.is(expected.code, 0, expected.err);
  const change = (at: number, value: number) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(value, at);
    return copy;
  };
  for (const changed of [change(4, 0xffffffff), change(40, 0xffffffff), change(40, 0), change(28, 0)]) {
    writeFileSync(inFolder('changed.wav'), changed);
    const { code, out } = hw2('transcribe', inFolder('changed.wav'), ...model);
    assert.equal([code, out], [expected.code, expected.out]);
  }
  writeFileSync(inFolder('changed.wav'), bytes.subarray(0, 30_000));
  assert.is(hw2('transcribe', inFolder('changed.wav'), ...model).code, 0);
});

test('a broken file among the clips is named', () => {
  const path = join(data, 'wavs', `${ids[2]}.wav`);
  writeFileSync(path, '');
  misuse(`${path}: not a WAV file`, 'eval-asr', '--data', data, '--model', inFolder('lstm'));
});

test('files and folders that are not there, or something else', () => {
  const model = ['--model', inFolder('lstm')];
  misuse('none.wav: no such file', 'transcribe', inFolder('none.wav'), ...model);
  misuse('encoder.onnx: no such file', 'transcribe', spoken(ids[0]!), '--model', folder);
  misuse('none/metadata.csv: no such file', 'eval-asr', '--data', inFolder('none'), ...model);
  misuse('metadata.csv: no such file', 'eval-asr', '--data', join(data, 'wavs'), ...model);
  misuse('encoder.onnx: no such file', 'eval-asr', '--data', data, ...model, inFolder('none'));
});

test('models that are none, or that do not belong together', () => {
  const mix = (encoder: string, decoder: string) => {
    mkdirSync(inFolder('mixed'), { recursive: true });
    copyFileSync(encoder, inFolder('mixed/encoder.onnx'));
    copyFileSync(decoder, inFolder('mixed/decoder.onnx'));
    return ['transcribe', spoken(ids[0]!), '--model', inFolder('mixed')];
  };
  const [encoder, decoder] = [inFolder('lstm/encoder.onnx'), inFolder('lstm/decoder.onnx')];
  const message = 'mixed: expected the encoder and the decoder of one speech recognizer';
  misuse(message, ...mix(encoder, inFolder('attention/decoder.onnx')));
  misuse(message, ...mix(inFolder('linear/encoder.onnx'), inFolder('attention/decoder.onnx')));
  misuse(message, ...mix(decoder, encoder));
  misuse(message, ...mix(decoder, decoder));
  misuse('not an ONNX model', ...mix(wav('noise.onnx'), decoder));
});

test('arguments that mean nothing', () => {
  const args = ['transcribe', spoken(ids[0]!), '--model', inFolder('lstm')];
  misuse(
    '--order: only --attention taylor has one, given kernels',
    ...args,
    '--attention',
    'kernels',
    '--order',
    '2',
  );
  misuse('order: given 4, which for headDim 100', ...args, '--attention', 'taylor', '--order', '4');
  misuse('Allowed choices are onnx, kernels, taylor', ...args, '--attention', 'gpu');
  misuse('Expected a whole number from 1 to 64', ...args, '--beam', '0');
  misuse("missing required argument 'file'", 'transcribe');
});

test('q, k, v of the encoder can be saved, and read by hw2 attention; centroids stand in for softmax', () => {
  const clip = fileURLToPath(new URL('../../../models/asr-test/wavs/everyday-19.wav', import.meta.url));
  const path = join(folder, 'encoder.npz');
  const { code, err } = hw2('transcribe', clip, '--save-qkv', path);
  assert.is(code, 0, err);
  const options = ['--centroids', '128', '--order', '0', '--near', '0.125', '--repeat', '1', '--json'];
  const { sizes, results } = JSON.parse(
    hw2('attention', '--qkv', path, '--method', 'taylor', ...options).out,
  );
  assert.equal([sizes.batches, sizes.heads, sizes.headDim], [2, 2, 100]);
  assert.ok(results[0].relativeErrorToSoftmax < 0.02, `${results[0].relativeErrorToSoftmax}`);
  const two = hw2('transcribe', clip, clip, '--save-qkv', path);
  assert.is(two.code, 2);
  assert.match(two.err, /--save-qkv: given 2 WAV files, expected one/);
  assert.is(hw2('transcribe', clip, '--centroids', '8').code, 2);
});

test.run();
