import { type Adpcm, adpcmFrames, decodeAdpcm, imaAdpcm, microsoftAdpcm } from './adpcm.js';
import { DataError } from './error.js';
import { begins, kindOf, type Signature } from './signature.js';

/** Sound of one channel: samples between −1 and 1, `sampleRate` of them a second. */
export interface Waveform {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

/** A decoded file: its samples, or the first of them, and how long all that is there of it is. */
export interface WavFile extends Waveform {
  readonly seconds: number;
}

interface Format {
  readonly channels: number;
  readonly sampleRate: number;
  /** Samples that each can be read where they lie, or blocks of them that have to be decoded first. */
  readonly coding: { readonly sampleBytes: number; readonly read: Reader } | Adpcm;
}

type Reader = (view: DataView, at: number, isLittle: boolean) => number;

/** Hz: well below a telephone's rate, and the fastest converters'. What lies outside is a broken header. */
const MIN_SAMPLE_RATE = 1_000;
const MAX_SAMPLE_RATE = 768_000;
/** 1 GiB once decoded: three hours at 22,050 Hz. */
const MAX_SAMPLES = 2 ** 28;

/** Where the mean of channels has less than this share of their power, they cancel each other, as when one is inverted. */
const CANCELLED = 0.01;

const PCM = 1;
const MICROSOFT_ADPCM = 2;
const FLOAT = 3;
const A_LAW = 6;
const MU_LAW = 7;
const IMA_ADPCM = 17;
const EXTENSIBLE = 0xfffe;

/** How a sample is read, by format tag and bytes. Integers are scaled by the magnitude of their most negative value. */
const READERS: Readonly<Record<string, Reader>> = {
  [`${PCM}/1`]: (view, at) => (view.getUint8(at) - 0x80) / 0x80,
  [`${PCM}/2`]: (view, at, isLittle) => view.getInt16(at, isLittle) / 0x8000,
  [`${PCM}/3`]: (view, at, isLittle) =>
    isLittle
      ? ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 0x800000
      : ((view.getInt16(at) << 8) | view.getUint8(at + 2)) / 0x800000,
  [`${PCM}/4`]: (view, at, isLittle) => view.getInt32(at, isLittle) / 0x80000000,
  [`${PCM}/8`]: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)) / 2 ** 63,
  [`${FLOAT}/4`]: (view, at, isLittle) => view.getFloat32(at, isLittle),
  [`${FLOAT}/8`]: (view, at, isLittle) => view.getFloat64(at, isLittle),
  [`${A_LAW}/1`]: (view, at) => aLaw(view.getUint8(at)),
  [`${MU_LAW}/1`]: (view, at) => muLaw(view.getUint8(at)),
};

/** Names, for messages, of encodings that people meet and that are not read, or not in every form. */
const OTHER_FORMATS: Readonly<Record<number, string>> = {
  [MICROSOFT_ADPCM]: 'Microsoft ADPCM',
  [IMA_ADPCM]: 'IMA ADPCM',
  49: 'GSM 6.10',
  56: 'NMS ADPCM',
  64: 'G.721 ADPCM',
  80: 'MPEG audio',
  85: 'MP3',
  255: 'AAC',
};

/** Kinds of sound files that people take for WAV, or that are called so. */
const OTHER_KINDS: readonly Signature[] = [
  { kind: 'FLAC', begins: 'fLaC' },
  { kind: 'Ogg', begins: 'OggS' },
  { kind: 'AIFF', begins: 'FORM' },
  { kind: 'Sun audio', begins: '.snd' },
  { kind: 'CAF', begins: 'caff' },
  { kind: 'Wave64', begins: 'riff' },
  { kind: 'MPEG-4', at: 4, begins: 'ftyp' },
  { kind: 'WebM', begins: '\x1a\x45\xdf\xa3' },
  { kind: 'MP3', begins: 'ID3' },
  { kind: 'MP3', begins: '\xff\xfb' },
  { kind: 'MP3', begins: '\xff\xf3' },
  { kind: 'MP3', begins: '\xff\xf2' },
  { kind: 'AAC', begins: '\xff\xf1' },
  { kind: 'AAC', begins: '\xff\xf9' },
  { kind: 'AMR', begins: '#!AMR' },
  { kind: 'Windows Media', begins: '\x30\x26\xb2\x75' },
  { kind: 'NIST SPHERE', begins: 'NIST_1A' },
  { kind: 'WavPack', begins: 'wvpk' },
  { kind: 'AVI', at: 8, begins: 'AVI ' },
  { kind: 'WebP', at: 8, begins: 'WEBP' },
];

/** Sub-format GUIDs of WAVE_FORMAT_EXTENSIBLE after their first two bytes, which are the format tag: usual, B-format. */
const GUID_TAILS = ['000000001000800000aa00389b71', '00002107d3118644c8c1ca000000'];

/**
 * Reads a WAV file (Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991): PCM of 8 to
 * 64 bits, float of 32 or 64, A-law and µ-law (ITU-T G.711), ADPCM of IMA and Microsoft, plain or WAVE_FORMAT_EXTENSIBLE, its
 * channels averaged, or the loudest of them where they cancel each other out; RIFF, its big-endian twin RIFX, and RF64 and BW64 (EBU Tech 3306), whose sizes have 64 bits.
 *
 * Sizes are taken for hints, as programs that write into pipes know none: a chunk of sound that is said to be longer than
 * the file, or of unknown length (0 or 2³² − 1), goes to the end of the file. Nothing depends on the size of the whole, the
 * byte rate, or a last padding byte. Chunks of other kinds are passed over, and so are tags (ID3) before the file.
 *
 * @param source what messages call the file
 * @param maxSeconds decodes no more than this much of the sound
 * @throws DataError when the file is no WAV, has no format or no sound, holds a sample that is not finite, or is of an
 *   encoding, sample rate or length that is not supported
 */
export function decodeWav(bytes: Uint8Array, source = 'WAV', maxSeconds = Number.POSITIVE_INFINITY): WavFile {
  const { format, data, isLittle } = findChunks(withoutTag(bytes), source);
  const { channels, sampleRate, coding } = parseFormat(format, isLittle, source);
  const frames =
    'decode' in coding
      ? adpcmFrames(coding, data.byteLength)
      : Math.floor(data.byteLength / (channels * coding.sampleBytes));
  const length = Math.min(frames, Math.ceil(maxSeconds * sampleRate));
  if (length > MAX_SAMPLES) throw new DataError(`${source}: ${length} samples; the limit is ${MAX_SAMPLES}`);

  const value = valuesOf(coding, data, isLittle, length);
  const samples = new Float32Array(length);
  const put = (i: number, value: number) => {
    samples[i] = value;
    if (!Number.isFinite(samples[i])) throw new DataError(`${source}: sample ${i} is ${value}`);
  };
  // Of each channel and of their mean, sums of squares.
  const powers = new Float64Array(channels);
  let powerOfMean = 0;
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const x = value(i * channels + channel);
      sum += x;
      powers[channel]! += x * x;
    }
    put(i, sum / channels);
    powerOfMean += samples[i]! ** 2;
  }
  const power = powers.reduce((a, b) => a + b) / channels;
  if (powerOfMean < CANCELLED * power) {
    const loudest = powers.indexOf(powers.reduce((a, b) => Math.max(a, b)));
    for (let i = 0; i < length; i++) put(i, value(i * channels + loudest));
  }
  return { samples, sampleRate, seconds: frames / sampleRate };
}

/** Value i of those of all channels, side by side. */
function valuesOf(
  coding: Format['coding'],
  data: DataView,
  isLittle: boolean,
  frames: number,
): (i: number) => number {
  if ('decode' in coding) {
    const decoded = decodeAdpcm(coding, data, frames);
    return (i) => decoded[i]! / 0x8000;
  }
  const { sampleBytes, read } = coding;
  return (i) => read(data, i * sampleBytes, isLittle);
}

/** A file without the tag that programs for MP3 put before anything (https://id3.org/id3v2.3.0, 3.1). */
function withoutTag(bytes: Uint8Array): Uint8Array {
  if (!begins(bytes, 'ID3') || bytes.length < 10) return bytes;
  const size = bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 127), 0);
  const whole = bytes.subarray(10 + size);
  return begins(whole, 'R') ? whole : bytes;
}

/**
 * Writes one channel as 16-bit PCM. Samples are rounded to the nearest step, and clipped outside [−1, 1).
 *
 * @throws RangeError when a sample is NaN, there are more than 2²⁸, or the sample rate is none of 1,000 to 768,000 Hz
 */
export function encodeWav({ samples, sampleRate }: Waveform): Uint8Array {
  checkSampleRate(sampleRate);
  if (samples.length > MAX_SAMPLES)
    throw new RangeError(`${samples.length} samples; the limit is ${MAX_SAMPLES}`);
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, value: string) => {
    for (let i = 0; i < value.length; i++) view.setUint8(at + i, value.charCodeAt(i));
  };
  text(0, 'RIFF');
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    if (Number.isNaN(sample)) throw new RangeError(`sample ${i} is NaN`);
    view.setInt16(44 + 2 * i, Math.max(-0x8000, Math.min(0x7fff, Math.round(sample * 0x8000))), true);
  });
  return new Uint8Array(view.buffer);
}

/** @throws RangeError unless `rate` is a whole number of Hz from 1,000 to 768,000 */
export function checkSampleRate(rate: number): void {
  if (!Number.isInteger(rate) || rate < MIN_SAMPLE_RATE || rate > MAX_SAMPLE_RATE)
    throw new RangeError(
      `a sample rate of ${rate} Hz, expected a whole number from ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE}`,
    );
}

interface Chunks {
  format: DataView;
  /** The sound, as far as it is there. */
  data: DataView;
  isLittle: boolean;
}

/** Sizes of 2³² − 1 stand for one that was not known, or that does not fit. */
const UNKNOWN = 0xffffffff;

function findChunks(bytes: Uint8Array, source: string): Chunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  const kind = name(0);
  if (bytes.length < 12 || !['RIFF', 'RIFX', 'RF64', 'BW64'].includes(kind) || name(8) !== 'WAVE')
    throw new DataError(`${source}: ${notWav(bytes)}`);
  const isLittle = kind !== 'RIFX';

  let format: DataView | undefined;
  let longSize: number | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = name(at);
    const size = view.getUint32(at + 4, isLittle);
    const start = at + 8;
    const left = bytes.length - start;
    const body = new DataView(view.buffer, view.byteOffset + start, Math.min(size, left));
    if (id === 'fmt ') format ??= body;
    if (id === 'ds64' && body.byteLength >= 16) longSize = Number(body.getBigUint64(8, isLittle));
    if (id === 'data' && format) {
      const isOpen = size === UNKNOWN || (size === 0 && !isChunk(bytes, start));
      const promised = isOpen ? (size === UNKNOWN && longSize) || left : size;
      const data = new DataView(view.buffer, view.byteOffset + start, Math.min(promised, left));
      return { format, data, isLittle };
    }
    at = start + size + (size % 2);
  }
  throw new DataError(`${source}: no chunk ${format ? '"data"' : '"fmt "'}`);
}

function notWav(bytes: Uint8Array): string {
  const kind = kindOf(bytes, OTHER_KINDS);
  return kind
    ? `a file of kind ${kind}, expected WAV; sox or ffmpeg converts it`
    : 'not a WAV file (it does not begin with RIFF and WAVE)';
}

/** Whether a chunk seems to begin here, or the file to end: then an empty chunk before it is empty indeed. */
function isChunk(bytes: Uint8Array, at: number): boolean {
  const id = bytes.subarray(at, at + 4);
  return at >= bytes.length || (id.length === 4 && id.every((byte) => byte >= 0x20 && byte < 0x7f));
}

function parseFormat(view: DataView, isLittle: boolean, source: string): Format {
  const expect = (right: boolean, field: string, given: string | number, expected: string | number) => {
    if (!right) throw new DataError(`${source}: ${field} ${given}, expected ${expected}`);
  };
  expect(view.byteLength >= 16, 'format chunk of', `${view.byteLength} bytes`, 'at least 16');
  const field = (at: number) => view.getUint16(at, isLittle);
  const [channels, blockAlign, bits] = [field(2), field(12), field(14)];
  const sampleRate = view.getUint32(4, isLittle);
  let tag = field(0);
  if (tag === EXTENSIBLE) {
    expect(view.byteLength >= 40, 'extensible format chunk of', `${view.byteLength} bytes`, 'at least 40');
    const tail = Array.from({ length: 14 }, (_, i) => hexadecimal(view.getUint8(26 + i))).join('');
    expect(GUID_TAILS.includes(tail), 'sub-format', `…${tail}`, 'PCM or float');
    tag = field(24);
  }
  expect(channels >= 1, 'channels', channels, 'at least 1');
  const coding = codingOf(tag, { channels, blockAlign, bits }, view, isLittle);
  if (!coding)
    throw new DataError(
      `${source}: ${OTHER_FORMATS[tag] ?? `format ${tag}`} of ${bits} bits in blocks of ${blockAlign} bytes; PCM of 8 to 64 bits, float of 32 or 64, A-law, µ-law and ADPCM of IMA and Microsoft are read`,
    );
  try {
    checkSampleRate(sampleRate);
  } catch (error) {
    throw new DataError(`${source}: ${(error as Error).message}`);
  }
  return { channels, sampleRate, coding };
}

/** Undefined for what is not read. */
function codingOf(
  tag: number,
  { channels, blockAlign, bits }: { channels: number; blockAlign: number; bits: number },
  view: DataView,
  isLittle: boolean,
): Format['coding'] | undefined {
  // Their numbers are little-endian, even in RIFX.
  const blocks = { channels, blockBytes: blockAlign };
  if (bits === 4 && tag === IMA_ADPCM && blockAlign >= 4 * channels) return imaAdpcm(blocks);
  if (bits === 4 && tag === MICROSOFT_ADPCM && blockAlign >= 7 * channels) {
    // After the size of what follows and the samples of a block: the number of pairs, and the pairs.
    const count = view.byteLength >= 22 ? view.getUint16(20, isLittle) : 0;
    if (view.byteLength < 22 + 4 * count) return undefined;
    const number = (i: number) => view.getInt16(22 + 2 * i, isLittle);
    const pairs = Array.from({ length: count }, (_, i) => [number(2 * i), number(2 * i + 1)] as const);
    return microsoftAdpcm(blocks, pairs);
  }
  const least = Math.ceil(bits / 8);
  // Samples of 20 bits lie in three bytes, or in four where the frames are as long as that.
  const container = blockAlign / channels;
  const sampleBytes = Number.isInteger(container) && container >= least && container <= 8 ? container : least;
  const read = READERS[`${tag}/${sampleBytes}`];
  return read && { sampleBytes, read };
}

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** A byte of A-law (ITU-T G.711, table 1): even bits inverted, sign, three bits of segment, four within it. */
function aLaw(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code >> 4) & 7;
  const within = ((code & 15) << 4) + 8;
  const magnitude = segment === 0 ? within : (within + 0x100) << (segment - 1);
  return (code & 0x80 ? magnitude : -magnitude) / 0x8000;
}

/** A byte of µ-law (ITU-T G.711, table 2): all bits inverted, sign, three bits of segment, four within it. */
function muLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
  return (code & 0x80 ? -magnitude : magnitude) / 0x8000;
}
