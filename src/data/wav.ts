import { adpcmFrames, decodeAdpcm } from './adpcm.js';
import { DataError } from './error.js';
import { begins, kindOf, type Signature } from './signature.js';
import { checkSampleRate, type Format, parseFormat } from './wav-format.js';

/** Sound of one channel: samples between −1 and 1, `sampleRate` of them a second. */
export interface Waveform {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

/** A decoded file: its samples, or the first of them, and how long all that is there of it is. */
export interface WavFile extends Waveform {
  readonly seconds: number;
}

/** What a sound may have: 1 GiB once decoded, three hours at 22,050 Hz. */
export const MAX_SAMPLES = 2 ** 28;

/** Where the mean of channels has less than this share of their power, they cancel each other, as when one is inverted. */
const CANCELLED = 0.01;

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

interface Chunks {
  format: DataView;
  /** The sound, as far as it is there. */
  data: DataView;
  isLittle: boolean;
}

/** The chunks that have to be found. */
const SOUGHT = ['fmt ', 'data'];

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
    // A chunk of odd size should be padded; some programs forget to.
    at = start + size;
    if (size % 2 === 1 && !SOUGHT.includes(name(at))) at++;
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
