/** How the sound of a WAV file is written: what its format chunk says, and how a sample is read. */
import { type Adpcm, imaAdpcm, microsoftAdpcm } from './adpcm.js';
import { DataError } from './error.js';

/** What a format chunk says. */
export interface Format {
  readonly channels: number;
  readonly sampleRate: number;
  /** Samples that each can be read where they lie, or blocks of them that have to be decoded first. */
  readonly coding: { readonly sampleBytes: number; readonly read: Reader } | Adpcm;
}

type Reader = (view: DataView, at: number, isLittle: boolean) => number;

/** Hz: well below a telephone's rate, and the fastest converters'. What lies outside is a broken header. */
const MIN_SAMPLE_RATE = 1_000;
const MAX_SAMPLE_RATE = 768_000;
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

/** Sub-format GUIDs of WAVE_FORMAT_EXTENSIBLE after their first two bytes, which are the format tag: usual, B-format. */
const GUID_TAILS = ['000000001000800000aa00389b71', '00002107d3118644c8c1ca000000'];

/** @throws RangeError unless `rate` is a whole number of Hz from 1,000 to 768,000 */
export function checkSampleRate(rate: number): void {
  if (!Number.isInteger(rate) || rate < MIN_SAMPLE_RATE || rate > MAX_SAMPLE_RATE)
    throw new RangeError(
      `a sample rate of ${rate} Hz, expected a whole number from ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE}`,
    );
}

/**
 * Reads a format chunk.
 * @throws DataError when it is cut short, or of an encoding or a sample rate that is not supported
 */
export function parseFormat(view: DataView, isLittle: boolean, source: string): Format {
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
