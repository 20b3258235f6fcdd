import { DataError } from './error.js';

/** Sound of one channel: samples between −1 and 1, `sampleRate` of them a second. */
export interface Waveform {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

interface Format {
  readonly channels: number;
  readonly sampleRate: number;
  readonly sampleBytes: number;
  readonly read: (view: DataView, at: number) => number;
}

/** Hz: well below a telephone's rate, and the fastest converters'. What lies outside is a broken header. */
const MIN_SAMPLE_RATE = 1_000;
const MAX_SAMPLE_RATE = 192_000;
/** 1 GiB once decoded: three hours at 22,050 Hz. */
const MAX_SAMPLES = 2 ** 28;

/** How a sample is read, by format tag and bits. Integers are scaled by the magnitude of their most negative value. */
const READERS: Record<string, Format['read']> = {
  '1/8': (view, at) => (view.getUint8(at) - 0x80) / 0x80,
  '1/16': (view, at) => view.getInt16(at, true) / 0x8000,
  '1/24': (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 0x800000,
  '1/32': (view, at) => view.getInt32(at, true) / 0x80000000,
  '3/32': (view, at) => view.getFloat32(at, true),
  '3/64': (view, at) => view.getFloat64(at, true),
};

const EXTENSIBLE = 0xfffe;
/** The sub-format GUID of WAVE_FORMAT_EXTENSIBLE after its first two bytes, which are the format tag. */
const GUID_TAIL = '000000001000800000aa00389b71';

/**
 * Reads a WAV file (Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991): PCM of 8,
 * 16, 24 or 32 bits or float of 32 or 64, plain or WAVE_FORMAT_EXTENSIBLE, its channels averaged. Chunks of other kinds
 * and whatever follows the RIFF chunk are passed over.
 *
 * @param source what messages call the file
 * @throws DataError when the file is no WAV, is cut short, contradicts itself, holds a sample that is not finite, or is
 *   of an encoding, sample rate or length that is not supported
 */
export function decodeWav(bytes: Uint8Array, source = 'WAV'): Waveform {
  const chunks = findChunks(bytes, source);
  const { channels, sampleRate, sampleBytes, read } = parseFormat(chunks.format, source);
  const data = chunks.data;
  const frameBytes = channels * sampleBytes;
  if (data.byteLength % frameBytes !== 0)
    throw new DataError(`${source}: ${data.byteLength} bytes of sound, expected a multiple of ${frameBytes}`);
  const length = data.byteLength / frameBytes;
  if (length > MAX_SAMPLES) throw new DataError(`${source}: ${length} samples; the limit is ${MAX_SAMPLES}`);

  const samples = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += read(data, i * frameBytes + channel * sampleBytes);
    }
    samples[i] = sum / channels;
    if (!Number.isFinite(samples[i])) throw new DataError(`${source}: sample ${i} is ${sum}`);
  }
  return { samples, sampleRate };
}

/**
 * Writes one channel as 16-bit PCM. Samples are rounded to the nearest step, and clipped outside [−1, 1).
 *
 * @throws RangeError when a sample is NaN, there are more than 2²⁸, or the sample rate is none of 1,000 to 192,000 Hz
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

/** @throws RangeError unless `rate` is a whole number of Hz from 1,000 to 192,000 */
export function checkSampleRate(rate: number): void {
  if (!Number.isInteger(rate) || rate < MIN_SAMPLE_RATE || rate > MAX_SAMPLE_RATE)
    throw new RangeError(
      `a sample rate of ${rate} Hz, expected a whole number from ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE}`,
    );
}

function findChunks(bytes: Uint8Array, source: string): { format: DataView; data: DataView } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || name(0) !== 'RIFF' || name(8) !== 'WAVE')
    throw new DataError(`${source}: not a WAV file (it does not begin with RIFF and WAVE)`);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length)
    throw new DataError(`${source}: the header promises ${end} bytes, the file has ${bytes.length}`);

  const found = new Map<string, DataView>();
  for (let at = 12; at + 8 <= end; ) {
    const id = name(at);
    const size = view.getUint32(at + 4, true);
    if (size > end - at - 8)
      throw new DataError(
        `${source}: chunk ${JSON.stringify(id)} promises ${size} bytes, ${end - at - 8} are left`,
      );
    if (id === 'fmt ' || id === 'data') {
      if (found.has(id)) throw new DataError(`${source}: a second chunk ${JSON.stringify(id)}`);
      found.set(id, new DataView(view.buffer, view.byteOffset + at + 8, size));
    }
    at += 8 + size + (size % 2);
  }
  const format = found.get('fmt ');
  const data = found.get('data');
  if (!format || !data) throw new DataError(`${source}: no chunk ${format ? '"data"' : '"fmt "'}`);
  return { format, data };
}

function parseFormat(view: DataView, source: string): Format {
  const expect = (right: boolean, field: string, given: string | number, expected: string | number) => {
    if (!right) throw new DataError(`${source}: ${field} ${given}, expected ${expected}`);
  };
  expect(view.byteLength >= 16, 'format chunk of', `${view.byteLength} bytes`, 'at least 16');
  const field = (at: number) => view.getUint16(at, true);
  const [channels, blockAlign, bits] = [field(2), field(12), field(14)];
  const [sampleRate, byteRate] = [view.getUint32(4, true), view.getUint32(8, true)];
  let tag = field(0);
  if (tag === EXTENSIBLE) {
    expect(view.byteLength >= 40, 'extensible format chunk of', `${view.byteLength} bytes`, 'at least 40');
    expect(field(16) >= 22, 'format extension of', `${field(16)} bytes`, 'at least 22');
    expect(field(18) >= 1 && field(18) <= bits, 'valid bits per sample', field(18), `1 to ${bits}`);
    const tail = Array.from({ length: 14 }, (_, i) =>
      view
        .getUint8(26 + i)
        .toString(16)
        .padStart(2, '0'),
    );
    expect(tail.join('') === GUID_TAIL, 'sub-format', `…${tail.join('')}`, 'PCM or float');
    tag = field(24);
  }
  const read = READERS[`${tag}/${bits}`];
  if (!read)
    throw new DataError(
      `${source}: format ${tag} of ${bits} bits, expected PCM (1) of 8, 16, 24 or 32 or float (3) of 32 or 64`,
    );
  expect(channels >= 1, 'channels', channels, 'at least 1');
  expect(blockAlign === (channels * bits) / 8, 'bytes per frame', blockAlign, (channels * bits) / 8);
  try {
    checkSampleRate(sampleRate);
  } catch (error) {
    throw new DataError(`${source}: ${(error as Error).message}`);
  }
  expect(byteRate === sampleRate * blockAlign, 'bytes per second', byteRate, sampleRate * blockAlign);
  return { channels, sampleRate, sampleBytes: bits / 8, read };
}
