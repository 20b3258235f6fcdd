import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError } from '#hw2/data/error.js';
import { encodeWav } from '#hw2/data/wav.js';
import { writeWhole } from '#hw2/data/write.js';
import { batches, shapeOf } from '#hw2/speech/buckets.js';
import { readCheckpoint, writeCheckpoint } from '#hw2/speech/checkpoint.js';
import { openCorpus, type Recording, readSpectrogram } from '#hw2/speech/corpus.js';
import { type Progress, rateAt, reportOptions, train } from '#hw2/speech/training.js';
import { Random } from '#hw2/statistics/random.js';
import { rejects } from '../rejects.js';

const test = suite<{ folder: string; recordings: Recording[] }>('training of speech recognizers');

/** Five clips of noise, of two shapes. */
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
  const random = new Random(5);
  const lengths = [0.3, 0.5, 0.4, 1.5, 1.6];
  for (const [i, seconds] of lengths.entries()) {
    const samples = Float32Array.from({ length: seconds * 22_050 }, () => random.uniform(-0.5, 0.5));
    await writeWhole(join(context.folder, 'wavs', `c${i}.wav`), encodeWav({ samples, sampleRate: 22_050 }));
  }
  const lines = lengths.map((_, i) => `c${i}|some text|some text\n`);
  await writeFile(join(context.folder, 'metadata.csv'), lines.join(''));
  context.recordings = await openCorpus(context.folder, 'level');
});
test.after(({ folder }) => rm(folder, { recursive: true }));

test('features are kept, and made anew where they are not those of the sound', async ({
  folder,
  recordings,
}) => {
  assert.equal(await openCorpus(folder, 'level'), recordings);
  assert.equal(
    recordings.map(({ frames }) => frames),
    [42, 70, 56, 208, 222],
  );
  const { features, frames } = recordings[0]!;
  const whole = await readFile(features);
  const kept = await stat(features);
  await openCorpus(folder, 'level');
  assert.is((await stat(features)).mtimeMs, kept.mtimeMs, 'they are not made again for nothing');
  for (const broken of [
    whole.subarray(0, -320),
    whole.subarray(0, -640),
    Buffer.alloc(320 * frames),
    Buffer.alloc(3),
  ]) {
    await writeFile(features, broken);
    await rejects(readSpectrogram(recordings[0]!), 'before it had', DataError);
    assert.equal(await openCorpus(folder, 'level'), recordings);
    assert.equal(await readFile(features), whole);
  }
});

test('a clip whose sound was replaced is heard as it is now, and one whose sound is gone is missed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hw2-'));
  const write = (value: number, samples: number) =>
    writeWhole(
      join(folder, 'wavs', 'a.wav'),
      encodeWav({ samples: new Float32Array(samples).fill(value), sampleRate: 22_050 }),
    );
  await writeFile(join(folder, 'metadata.csv'), 'a|text|text\n');
  await write(0.5, 6400);
  const [before] = await openCorpus(folder, 'recorded');
  const old = await readSpectrogram(before!);
  // As long as the first, and as old: only the time at which the file was changed differs, or its size.
  await write(0.1, 6400);
  const now = await readSpectrogram((await openCorpus(folder, 'recorded'))[0]!);
  assert.not.equal(now, old);
  await utimes(join(folder, 'wavs', 'a.wav'), 1, 1);
  await write(0.1, 6720);
  assert.is((await openCorpus(folder, 'recorded'))[0]!.frames, before!.frames + 2);
  await rm(join(folder, 'wavs', 'a.wav'));
  await rejects(openCorpus(folder, 'recorded'), 'a.wav: no such file', DataError);
  await rm(folder, { recursive: true });
});

test('features lie beside the sound, however the folder was called; a clip without sound is named', async ({
  folder,
  recordings,
}) => {
  assert.is(recordings[0]!.features, join(folder, 'features', 'c0.level.f32'));
  const silent = join(folder, 'silent');
  const samples = new Float32Array(0);
  await writeWhole(join(silent, 'wavs', 'no-sound.wav'), encodeWav({ samples, sampleRate: 22_050 }));
  await writeFile(join(silent, 'metadata.csv'), 'no-sound|text|text\n');
  await rejects(openCorpus(silent, 'level'), 'no-sound.wav: sound of 0 samples', DataError);
});

test('every clip is in an epoch, in full batches of clips that fit', ({ recordings }) => {
  const many = Array.from({ length: 100 }, (_, i) => ({ ...recordings[i % 5]!, id: String(i) }));
  const epoch = batches(many, new Random(1));
  for (const { shape, recordings: own } of epoch) {
    assert.is(own.length, shape.clips);
    assert.ok(own.every((recording) => shapeOf(recording) === shape));
  }
  assert.is(new Set(epoch.flatMap((batch) => batch.recordings.map(({ id }) => id))).size, 100);
  assert.not.equal(batches(many, new Random(2)), epoch);
});

test('the learning rate rises over 15 % of the steps and falls over the others', () => {
  const rates = [0, 0.075, 0.15, 0.575, 1].map((share) => rateAt(share, 1e-3));
  const expected = [1e-5, 5.05e-4, 1e-3, 5.05e-4, 1e-5];
  assert.ok(rates.every((rate, i) => Math.abs(rate - expected[i]!) < 1e-12));
});

for (const decoder of ['lstm', 'attention'] as const)
  test(`${decoder}: training interrupted within an epoch ends with the same bytes`, async ({
    folder,
    recordings,
  }) => {
    const path = join(folder, `${decoder}.safetensors`);
    const options = { ...reportOptions, decoder, epochs: 2 };
    const identity = { data: 'noise', options };
    const data = { train: recordings, validation: recordings.slice(0, 1) };
    const points: Progress[] = [];
    const whole = await train(data, options, { onBatch: async (progress) => void points.push(progress) });
    assert.is(points.length, 4);
    await writeCheckpoint(path, identity, points[2]!);
    const resumed = await train(data, options, { from: await readCheckpoint(path, identity) });
    assert.is(resumed.state.steps, whole.state.steps);
    for (const [name, vector] of Object.entries(whole.state.vectors))
      assert.ok(Buffer.from(bytes(vector)).equals(bytes(resumed.state.vectors[name]!)), name);
    assert.equal(resumed.curve, whole.curve);
    assert.ok(whole.curve[1]!.trainingLoss < whole.curve[0]!.trainingLoss);
    const other = { ...identity, options: { ...options, seed: 1 } };
    await rejects(readCheckpoint(path, other), 'belongs to other training', DataError);
  });

function bytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

test.run();
