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
});

test('a view into a larger buffer', () => {
  const file = wav(format(1, 8), [192]);
  const embedded = new Uint8Array(file.length + 7);
  embedded.set(file, 3);
  assert.equal(samplesOf(embedded.subarray(3, 3 + file.length)), [0.5]);
});

test('a file without sound has no samples', () => {
  assert.equal(decodeWav(wav(format(1, 16), [])), { samples: new Float32Array(0), sampleRate: 8000 });
});

const good = wav(format(1, 16, 2), [1, 2, 3, 4]);
const broken: [string, Uint8Array, RegExp][] = [
  ['nothing', new Uint8Array(0), /not a WAV file/],
  ['text', Uint8Array.from(ascii('This is not a WAV file.')), /not a WAV file/],
  ['another RIFF', Uint8Array.from([...ascii('RIFF'), ...u32(4), ...ascii('AVI ')]), /not a WAV file/],
  ['cut short', good.subarray(0, 46), /promises 48 bytes, the file has 46/],
  ['4 GB promised', riff([...chunk('fmt ', format(1, 16))], 0xffffffff), /promises 4294967303 bytes/],
  [
    '4 GB of sound promised',
    riff([...chunk('fmt ', format(1, 16)), ...chunk('data', [1, 2], 0xffffffff)]),
    /"data" promises 4294967295 bytes, 2 are left/,
  ],
  [
    'sound beyond the RIFF chunk',
    riff([...chunk('fmt ', format(1, 16)), ...chunk('data', [1, 2], 4)]),
    /4 bytes, 2/,
  ],
  ['no format', riff(chunk('data', [1, 2])), /no chunk "fmt "/],
  ['no sound', riff(chunk('fmt ', format(1, 16))), /no chunk "data"/],
  ['two formats', riff([...chunk('fmt ', format(1, 16)), ...good.subarray(12)]), /second chunk "fmt "/],
  ['a short format', wav(format(1, 16).slice(0, 14), []), /chunk of 14 bytes, expected at least 16/],
  ['ADPCM', wav(format(2, 4), []), /format 2 of 4 bits/],
  ['12 bits', wav(format(1, 12), []), /format 1 of 12 bits/],
  ['half floats', wav(format(3, 16), []), /format 3 of 16 bits/],
  ['zero channels', wav(format(1, 16, 0), []), /channels 0, expected at least 1/],
  ['zero rate', wav(format(1, 16, 1, { sampleRate: 0 }), []), /sample rate of 0 Hz/],
  ['an absurd rate', wav(format(1, 16, 1, { sampleRate: 0xfffffff0 }), []), /sample rate of 4294967280 Hz/],
  ['a wrong frame', wav(format(1, 16, 2, { blockAlign: 2 }), []), /bytes per frame 2, expected 4/],
  ['a wrong byte rate', wav(format(1, 16, 2, { byteRate: 8000 }), []), /second 8000, expected 32000/],
  ['half a frame', wav(format(1, 16, 2), [1, 2, 3, 4, 5, 6]), /6 bytes of sound, expected a multiple of 4/],
  ['NaN', wav(format(3, 32), bytesOf(Float32Array.of(0, Number.NaN))), /sample 1 is NaN/],
  ['too large for float32', wav(format(3, 64), bytesOf(Float64Array.of(1e300))), /sample 0 is 1e\+300/],
  ['a short extension', wav(extensible(1, 16, 16).slice(0, 30), []), /extensible format chunk of 30 bytes/],
  ['an empty extension', wav(extensible(1, 16, 16, 0), []), /extension of 0 bytes, expected at least 22/],
  ['too many valid bits', wav(extensible(1, 16, 24), []), /valid bits per sample 24, expected 1 to 16/],
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
