import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseMetadata, readLjspeech, splitOf } from '#hw2/data/ljspeech.js';
import { encodeWav } from '#hw2/data/wav.js';
import { readWav } from '#hw2/data/wav-file.js';
import { refuses, sharedData, text as utf8 } from './fixtures.js';

const test = suite<{ folder: string }>('ljspeech');
async function message(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => assert.unreachable('expected a DataError'),
    (reason) => reason,
  );
  assert.is(error.name, 'DataError');
  return error.message;
}

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-ljspeech-'));
  await mkdir(join(context.folder, 'wavs'));
});
test.after.each(({ folder }) => rm(folder, { recursive: true }));

test('a folder: its clips in order, their sound when it is asked for', async ({ folder }) => {
  const audio = { samples: Float32Array.of(0.5, -0.25), sampleRate: 22_050 };
  await writeFile(
    join(folder, 'metadata.csv'),
    'LJ001-0001|In 1450|In fourteen fifty\nLJ001-0002|"Yes,"|"Yes,"\n',
  );
  await writeFile(join(folder, 'wavs', 'LJ001-0001.wav'), encodeWav(audio));

  const clips = await readLjspeech(folder);
  assert.equal(clips, [
    {
      id: 'LJ001-0001',
      raw: 'In 1450',
      normalised: 'In fourteen fifty',
      audio: join(folder, 'wavs', 'LJ001-0001.wav'),
    },
    { id: 'LJ001-0002', raw: '"Yes,"', normalised: '"Yes,"', audio: join(folder, 'wavs', 'LJ001-0002.wav') },
  ]);
  assert.equal(await readWav(clips[0]!.audio), { ...audio, seconds: 2 / 22_050 });
  assert.match(await message(readWav(clips[1]!.audio)), 'LJ001-0002.wav: no such file');
});

test('no metadata', async ({ folder }) => {
  assert.match(await message(readLjspeech(folder)), 'metadata.csv: no such file');
});

test('a broken clip is named', async ({ folder }) => {
  await writeFile(join(folder, 'a.wav'), 'no sound');
  assert.match(await message(readWav(join(folder, 'a.wav'))), 'a.wav: not a WAV file');
});

test('lines end in LF, CR LF or CR, the last one perhaps in none', () => {
  const expected = [
    { id: 'a', raw: 'x', normalised: 'y' },
    { id: 'b', raw: 'é', normalised: 'z' },
  ];
  for (const text of ['a|x|y\nb|é|z\n', 'a|x|y\r\nb|é|z\r\n', 'a|x|y\rb|é|z\r', 'a|x|y\nb|é|z']) {
    assert.equal(parseMetadata(utf8(text)), expected);
  }
});

test('empty lines, a line of titles, endings and two columns are read as they are meant', () => {
  const clip = (id: string) => ({ id, raw: 'x', normalised: 'x' });
  const cases: [string, unknown][] = [
    ['a|x|x\n\nb|x\n\r\n\n', [clip('a'), clip('b')]],
    ['\ufeffid|transcription\na.wav|x\nb.WAV|x|\n', [clip('a'), clip('b')]],
    ['file_name|text|normalized_text\na|x|x', [clip('a')]],
    ['wavs/a.wav|x\n./wavs/b|x\n', [clip('a'), clip('b')]],
    ['Ünï 1.2|x', [clip('Ünï 1.2')]],
  ];
  for (const [text, expected] of cases) assert.equal(parseMetadata(utf8(text)), expected, text);
});

const malformed: [string, Uint8Array, string][] = [
  ['nothing', utf8(''), 'm.csv: no clips'],
  ['one field', utf8('a|x|y\nb\n'), 'm.csv, line 2: 1 fields, expected id|raw|normalised or id|raw'],
  ['empty lines alone', utf8('\n\r\n \n'), 'm.csv: no clips'],
  ['four fields', utf8('a|x|y|z'), 'line 1: 4 fields'],
  ['a path for an id', utf8('../secret|x|y'), 'line 1: id "../secret", expected letters'],
  ['no id', utf8('|x|y'), 'line 1: id ""'],
  ['an id twice', utf8('a|x|y\nb|x|y\na|x|y'), 'line 3: a occurs a second time'],
  ['no transcript', utf8('a| | '), 'line 1: a has no transcript'],
  ['a hidden file', utf8('.a|x|y'), 'line 1: id ".a"'],
  ['bytes that are no UTF-8', Uint8Array.of(0x61, 0x7c, 0xff, 0x7c, 0x62), 'm.csv: not UTF-8 text'],
];
for (const [what, bytes, words] of malformed) {
  test(`refused: ${what}`, () => refuses(() => parseMetadata(bytes, 'm.csv'), words));
}

test('the report’s split', () => {
  const borders = [0, 9_824, 9_825, 10_479, 10_480, 13_099];
  assert.equal(borders.map(splitOf), ['train', 'train', 'validation', 'validation', 'test', 'test']);
  for (const position of [-1, 13_100, 0.5])
    assert.throws(() => splitOf(position), new RegExp(`clip ${position}, expected 0 to 13099`));
});

const genuine = sharedData('ljspeech');
if (genuine) {
  test('the genuine metadata', async () => {
    const clips = await readLjspeech(genuine);
    assert.is(clips.length, 13_100);
    assert.equal(
      [0, 324, 13_099].map((i) => clips[i]!.id),
      ['LJ001-0001', 'LJ002-0140', 'LJ050-0278'],
    );
    assert.ok(clips.every(({ normalised }) => !/[<>@#]/.test(normalised)));
  });
}

test.run();
