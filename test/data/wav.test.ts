import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeWav, encodeWav } from '#hw2/data/wav.js';

interface Fields {
  tag: number;
  channels: number;
  sampleRate: number;
  byteRate: number;
  blockAlign: number;
  bits: number;
}

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const u16 = (value: number) => [value & 255, (value >>> 8) & 255];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const chunk = (id: string, body: number[], size = body.length) => [
  ...ascii(id),
  ...u32(size),
  ...body,
  ...(body.length % 2 ? [0] : []),
];
const riff = (chunks: number[], size = chunks.length + 4) =>
  Uint8Array.from([...ascii('RIFF'), ...u32(size), ...ascii('WAVE'), ...chunks]);

function format(tag: number, bits: number, channels = 1, wrong: Partial<Fields> = {}): number[] {
  const blockAlign = Math.ceil((channels * bits) / 8);
  const right = { tag, channels, sampleRate: 8000, byteRate: 8000 * blockAlign, blockAlign, bits };
  const f = { ...right, ...wrong };
  return [
    ...u16(f.tag),
    ...u16(f.channels),
    ...u32(f.sampleRate),
    ...u32(f.byteRate),
    ...u16(f.blockAlign),
    ...u16(f.bits),
  ];
}

function extensible(tag: number, bits: number, validBits: number, extensionBytes = 22): number[] {
  const tail = [0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113];
  return [
    ...format(0xfffe, bits),
    ...u16(extensionBytes),
    ...u16(validBits),
    ...u32(4),
    ...u16(tag),
    ...tail,
  ];
}

const wav = (fmt: number[], data: number[]) => riff([...chunk('fmt ', fmt), ...chunk('data', data)]);
const bytesOf = (array: Float32Array | Float64Array) => [...new Uint8Array(array.buffer)];
const samplesOf = (file: Uint8Array) => [...decodeWav(file).samples];

test('PCM of 8, 16, 24 and 32 bits: the extremes, zero and one step', () => {
  assert.equal(samplesOf(wav(format(1, 8), [0, 128, 129, 255])), [-1, 0, 1 / 128, 127 / 128]);
  assert.equal(samplesOf(wav(format(1, 16), [0, 128, 0, 0, 1, 0, 255, 127])), [
    -1,
    0,
    2 ** -15,
    1 - 2 ** -15,
  ]);
  assert.equal(samplesOf(wav(format(1, 24), [0, 0, 128, 1, 0, 0, 255, 255, 255, 255, 255, 127])), [
    -1,
    2 ** -23,
    -(2 ** -23),
    1 - 2 ** -23,
  ]);
  assert.equal(samplesOf(wav(format(1, 32), [0, 0, 0, 128, 1, 0, 0, 0, 0, 0, 0, 64])), [-1, 2 ** -31, 0.5]);
});

test('float of 32 and 64 bits, beyond full scale too', () => {
  assert.equal(samplesOf(wav(format(3, 32), bytesOf(Float32Array.of(0.25, -1.5)))), [0.25, -1.5]);
  assert.equal(samplesOf(wav(format(3, 64), bytesOf(Float64Array.of(0.1)))), [Math.fround(0.1)]);
});

test('WAVE_FORMAT_EXTENSIBLE, with fewer valid bits than its container has', () => {
  assert.equal(samplesOf(wav(extensible(1, 24, 20), [0, 0, 64])), [0.5]);
  assert.equal(samplesOf(wav(extensible(3, 32, 32), bytesOf(Float32Array.of(-0.75)))), [-0.75]);
});

test('channels that cancel each other are not averaged: the loudest one is heard', () => {
  const inverted = [0, 16, 0, 240, 0, 32, 0, 224];
  assert.equal(samplesOf(wav(format(1, 16, 2), inverted)), [1 / 8, 1 / 4]);
  // The second of three is the loudest.
  const values = [1000, -3000, 2000, -2000, 6000, -4000];
  const three = wav(
    format(1, 16, 3),
    values.flatMap((x) => u16(x & 0xffff)),
  );
  assert.equal(samplesOf(three), [-3000 / 32768, 6000 / 32768]);
});

test('channels are averaged', () => {
  assert.equal(samplesOf(wav(format(1, 8, 2), [0, 128, 192, 64])), [-0.5, 0]);
  assert.equal(samplesOf(wav(format(1, 8, 3), [128, 128, 224])), [0.25]);
});

test('unknown chunks of odd size are skipped; so are bytes after the RIFF chunk and a last padding byte left out', () => {
  const chunks = [
    ...chunk('LIST', [1, 2, 3]),
    ...chunk('fmt ', format(1, 8)),
    ...chunk('junk', [9]),
    ...chunk('data', [64, 192, 128]),
  ];
  const expected = [-0.5, 0.5, 0];
  assert.equal(samplesOf(riff(chunks)), expected);
  assert.equal(samplesOf(Uint8Array.from([...riff(chunks), 1, 2, 3])), expected);
  assert.equal(samplesOf(riff(chunks.slice(0, -1))), expected);
  const unpadded = [...chunk('fmt ', format(1, 8)), ...chunk('junk', [9]).slice(0, -1)];
  assert.equal(samplesOf(riff([...unpadded, ...chunk('data', [64, 192, 128])])), expected);
});

test('a view into a larger buffer', () => {
  const file = wav(format(1, 8), [192]);
  const embedded = new Uint8Array(file.length + 7);
  embedded.set(file, 3);
  assert.equal(samplesOf(embedded.subarray(3, 3 + file.length)), [0.5]);
});

test('a file without sound has no samples', () => {
  const nothing = { samples: new Float32Array(0), sampleRate: 8000, seconds: 0 };
  assert.equal(decodeWav(wav(format(1, 16), [])), nothing);
  const more = [...chunk('fmt ', format(1, 16)), ...chunk('data', []), ...chunk('LIST', [1, 2, 3, 4])];
  assert.equal(decodeWav(riff(more)), nothing);
});

test('A-law and µ-law are the values of G.711', () => {
  // ITU-T G.711, tables 1a, 1b, 2a and 2b: the largest, the smallest and a middle one of either sign, of 16 bits.
  const scaled = (values: number[]) => values.map((value) => value / 0x8000);
  assert.equal(
    samplesOf(wav(format(6, 8), [0xaa, 0x2a, 0xd5, 0x55, 0x80, 0x00])),
    scaled([32256, -32256, 8, -8, 5504, -5504]),
  );
  assert.equal(
    samplesOf(wav(format(7, 8), [0x80, 0x00, 0xff, 0x7f, 0xfe, 0x7e, 0x8f])),
    scaled([32124, -32124, 0, -0, 8, -8, 16764]),
  );
  for (const tag of [6, 7]) {
    const all = samplesOf(wav(format(tag, 8), [...Array(256).keys()]));
    assert.is(new Set(all.map(Math.abs)).size, 128, 'each code has a value of its own');
    assert.is(Math.max(...all), -Math.min(...all));
  }
});

test('other sizes of samples: 12 bits lie in two bytes, 20 in three or four, 64 in eight', () => {
  assert.equal(samplesOf(wav(format(1, 12), [0, 64])), [0.5]);
  assert.equal(samplesOf(wav(format(1, 20), [0, 0, 64])), [0.5]);
  assert.equal(samplesOf(wav(format(1, 24, 1, { blockAlign: 4 }), [0, 0, 0, 64])), [0.5]);
  assert.equal(samplesOf(wav(format(1, 64), [0, 0, 0, 0, 0, 0, 0, 192])), [-0.5]);
  assert.equal(samplesOf(wav(format(1, 16, 2, { blockAlign: 2 }), [0, 64, 0, 64])), [0.5]);
});

test('sizes that programs do not know when they write into a pipe', () => {
  const sound = [0, 64, 0, 192];
  const expected = [0.5, -0.5];
  const head = chunk('fmt ', format(1, 16));
  for (const size of [0, 0xffffffff, 0x7ffff000])
    for (const whole of [0, 0xffffffff, 0x7fffffff, 4, 1000])
      assert.equal(
        samplesOf(riff([...head, ...chunk('data', sound, size)], whole)),
        expected,
        `${size}, ${whole}`,
      );
});

test('a file that was cut goes on to where it was cut', () => {
  const whole = wav(format(1, 16, 2), [0, 64, 0, 64, 0, 192, 0, 192]);
  assert.equal(samplesOf(whole), [0.5, -0.5]);
  assert.equal(samplesOf(whole.subarray(0, -1)), [0.5]);
  assert.equal(samplesOf(whole.subarray(0, -4)), [0.5]);
});

test('RIFX is big-endian', () => {
  const big = (value: number, bytes: number) =>
    Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);
  const file = (tag: number, bits: number, data: number[]) =>
    Uint8Array.from([
      ...[...ascii('RIFX'), ...big(36 + data.length, 4), ...ascii('WAVEfmt '), ...big(16, 4), ...big(tag, 2)],
      ...[...big(1, 2), ...big(8000, 4), ...big((8000 * bits) / 8, 4), ...big(bits / 8, 2), ...big(bits, 2)],
      ...[...ascii('data'), ...big(data.length, 4), ...data],
    ]);
  assert.equal(samplesOf(file(1, 16, [64, 0, 192, 0])), [0.5, -0.5]);
  assert.equal(samplesOf(file(1, 24, [64, 0, 0, 255, 255, 255])), [0.5, -(2 ** -23)]);
  assert.equal(samplesOf(file(1, 32, [192, 0, 0, 0])), [-0.5]);
  assert.equal(samplesOf(file(3, 32, [0x3e, 0x80, 0, 0])), [0.25]);
});

test('RF64 and BW64 have their sizes in a chunk of their own', () => {
  for (const kind of ['RF64', 'BW64'])
    for (const [size, expected] of [
      [4, [0.5, -0.5]],
      [2, [0.5]],
    ] as const) {
      const ds64 = chunk('ds64', [...u32(100), ...u32(0), ...u32(size), ...u32(0), ...Array(12).fill(0)]);
      const data = chunk('data', [0, 64, 0, 192], 0xffffffff);
      const file = riff([...ds64, ...chunk('fmt ', format(1, 16)), ...data], 0xffffffff);
      file.set(ascii(kind));
      assert.equal(samplesOf(file), expected);
    }
});

test('of a long sound the beginning is decoded, and its length is told', () => {
  const { samples, seconds } = decodeWav(wav(format(1, 8), Array(8000).fill(192)), 'a.wav', 0.25);
  assert.equal(samples, new Float32Array(2000).fill(0.5));
  assert.is(seconds, 1);
});

const broken: [string, Uint8Array, RegExp][] = [
  ['nothing', new Uint8Array(0), /not a WAV file/],
  ['text', Uint8Array.from(ascii('This is not a WAV file.')), /not a WAV file/],
  ['another RIFF', Uint8Array.from([...ascii('RIFF'), ...u32(4), ...ascii('AVI ')]), /a file of kind AVI/],
  ['cut in its header', wav(format(1, 16), []).subarray(0, 30), /format chunk of 10 bytes|no chunk/],
  ['no format', riff(chunk('data', [1, 2])), /no chunk "fmt "/],
  ['no sound', riff(chunk('fmt ', format(1, 16))), /no chunk "data"/],
  ['a short format', wav(format(1, 16).slice(0, 14), []), /chunk of 14 bytes, expected at least 16/],
  ['ADPCM', wav(format(2, 4), []), /Microsoft ADPCM of 4 bits/],
  ['MP3', wav(format(85, 0), []), /MP3 of 0 bits/],
  ['40 bits', wav(format(1, 40), []), /format 1 of 40 bits/],
  ['half floats', wav(format(3, 16), []), /format 3 of 16 bits/],
  ['zero channels', wav(format(1, 16, 0), []), /channels 0, expected at least 1/],
  ['zero rate', wav(format(1, 16, 1, { sampleRate: 0 }), []), /sample rate of 0 Hz/],
  ['an absurd rate', wav(format(1, 16, 1, { sampleRate: 0xfffffff0 }), []), /sample rate of 4294967280 Hz/],
  ['NaN', wav(format(3, 32), bytesOf(Float32Array.of(0, Number.NaN))), /sample 1 is NaN/],
  ['too large for float32', wav(format(3, 64), bytesOf(Float64Array.of(1e300))), /sample 0 is 1e\+300/],
  ['a short extension', wav(extensible(1, 16, 16).slice(0, 30), []), /extensible format chunk of 30 bytes/],
  ['another GUID', wav([...extensible(1, 16, 16).slice(0, -1), 0], []), /sub-format …00000000100080/],
];
for (const [what, file, message] of broken) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => decodeWav(file, 'a.wav'),
      (error: Error) =>
        error.name === 'DataError' && error.message.startsWith('a.wav: ') && message.test(error.message),
    );
  });
}

/** The expected samples are libsndfile's. */
const hex = (text: string) => [...Buffer.from(text, 'hex')];
const adpcm = (tag: number, channels: number, blockAlign: number, extra: number[], data: number[]) =>
  wav([...format(tag, 4, channels, { blockAlign }), ...u16(extra.length), ...extra], data);
const COEFFICIENTS = [
  ...[256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232].flatMap((value) => u16(value & 0xffff)),
];
const microsoft = (channels: number, data: number[]) =>
  adpcm(2, channels, 12 * channels, [...u16(12), ...u16(7), ...COEFFICIENTS], data);
const steps = (samples: readonly number[]) => samples.map((sample) => sample / 0x8000);

test('ADPCM of IMA, one channel and two', () => {
  const mono = hex('ab023000f599cc052535d5ce83ff1e00760457a17c472a49');
  const expected = [
    ...[683, 1678, -309, -1161, -1935, -4047, -6603, -2824, -2321, 2711, 6059, 12755, 18995, 27910, 14858],
    ...[-7727, -32768, -125, 86, 516, 1071, 1145, 2165, 3767, 4406, 3436, 1849, 5048, 11910, 20735, 14803],
    ...[20196, 17255, 25278],
  ];
  const file = adpcm(17, 1, 12, u16(17), mono);
  assert.equal(samplesOf(file), steps(expected));
  // A last block that is cut keeps the samples that are whole.
  assert.equal(samplesOf(adpcm(17, 1, 12, u16(17), mono.slice(0, 20))), steps(expected.slice(0, 17 + 9)));
  assert.is(decodeWav(file, 'x', 3 / 8000).samples.length, 3);
  assert.is(decodeWav(file, 'x', 3 / 8000).seconds, 34 / 8000);
  const stereo = hex('2bfb2700e9030e00bdb5404808b9586fbf8a6343304464f9');
  const pairs = [
    ...[-1237, 1001, -1658, 998, -2050, 1001, -1489, 994, -2011, 977, -1943, 975, -1388, 998, -1462, 952],
    ...[-850, 1040, -2083, 1052, -3316, 1129, -4117, 1219, -4262, 1328, -3335, 1460, -1771, 1691],
    ...[-279, 1597, 1467, 1167],
  ];
  const averaged = pairs.flatMap((left, i) => (i % 2 ? [] : [(left + pairs[i + 1]!) / 2]));
  assert.equal(samplesOf(adpcm(17, 2, 24, u16(17), stereo)), steps(averaged));
});

test('ADPCM of Microsoft, one channel and two', () => {
  const block = hex('061f0087fc2dfec423399232');
  const expected = [-467, -889, -1063, -675, 17, 754, 1244, 1004, -108, -722, -531, 125];
  assert.equal(samplesOf(microsoft(1, block)), steps(expected));
  // Twice the same sound side by side: heads by kind, then the two halves of each byte from one channel each.
  const heads = [block.slice(0, 1), block.slice(1, 3), block.slice(3, 5), block.slice(5, 7)];
  const halves = block.slice(7).flatMap((byte) => [byte >> 4, byte & 15]);
  const twice = [...heads.flatMap((head) => [...head, ...head]), ...halves.map((half) => 17 * half)];
  assert.equal(samplesOf(microsoft(2, twice)), steps(expected));
  assert.throws(() => samplesOf(adpcm(2, 1, 12, [...u16(12), ...u16(99)], block)), /ADPCM.* are read/);
});

test('a tag before the file is passed over, and other kinds of sound are called by their names', () => {
  const file = wav(format(1, 16), [0, 64]);
  const tag = [...ascii('ID3'), 3, 0, 0, 0, 0, 1, 2, ...new Array(130).fill(7)];
  assert.equal(samplesOf(Uint8Array.from([...tag, ...file])), [0.5]);
  for (const [begins, kind] of [
    ['fLaC', 'FLAC'],
    ['\0\0\0\x20ftypM4A ', 'MPEG-4'],
    ['ID3\x03\0\0\0\0\0\0\xff\xfb', 'MP3'],
  ] as const)
    assert.throws(() => decodeWav(Uint8Array.from(ascii(begins)), 'a.wav'), `a.wav: a file of kind ${kind}`);
});

test('any one byte changed, or any cut: samples or a DataError, never anything else', () => {
  const file = wav(extensible(3, 32, 32), bytesOf(Float32Array.of(0.5, -0.5)));
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), fc.nat(file.length), (at, value, end) => {
      const hostile = file.slice(0, end);
      hostile[at] = value;
      try {
        assert.ok(decodeWav(hostile).samples.length <= file.length);
      } catch (error) {
        assert.is((error as Error).name, 'DataError', String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('what is written is read back to the nearest of 65,536 steps, clipped at full scale', () => {
  fc.assert(
    fc.property(fc.float32Array({ min: -1.5, max: 1.5, noNaN: true }), (samples) => {
      const { samples: back, sampleRate } = decodeWav(encodeWav({ samples, sampleRate: 22050 }));
      assert.is(sampleRate, 22050);
      assert.is(back.length, samples.length);
      samples.forEach((sample, i) => {
        const clipped = Math.min(Math.max(sample, -1), 1 - 2 ** -15);
        assert.ok(Math.abs(back[i]! - clipped) <= 2 ** -16);
      });
    }),
  );
});

test('the header is written as by hand', () => {
  const byHand = riff([
    ...chunk('fmt ', format(1, 16, 1, { sampleRate: 16000, byteRate: 32000 })),
    ...chunk('data', [0, 64, 0, 128]),
  ]);
  assert.equal(encodeWav({ samples: Float32Array.of(0.5, -1), sampleRate: 16000 }), byHand);
});

test('what cannot be written is refused', () => {
  assert.throws(
    () => encodeWav({ samples: Float32Array.of(Number.NaN), sampleRate: 16000 }),
    /sample 0 is NaN/,
  );
  assert.throws(() => encodeWav({ samples: new Float32Array(1), sampleRate: 16000.5 }), /rate of 16000.5 Hz/);
});

test.run();
