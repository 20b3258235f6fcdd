interface Blocks {
  channels: number;
  /** Bytes of a block, of all channels together. */
  blockBytes: number;
}

/**
 * Sound of four bits a sample, each the difference to a prediction from those before it: what old recorders, telephone
 * systems and games write into WAV files. It comes in blocks that can be decoded on their own (Microsoft, "Multimedia Data
 * Standards Update", 1994).
 */
export interface Adpcm extends Blocks {
  /** Samples of a channel in a block of so many bytes; the last block of a file may be shorter. */
  framesOf(bytes: number): number;
  /** Decodes `frames` samples of each channel, side by side, from the block at `start`. */
  decode(data: DataView, start: number, frames: number, samples: Int16Array): void;
}

/** Samples of a channel in so many bytes. */
export function adpcmFrames({ blockBytes, framesOf }: Adpcm, bytes: number): number {
  return Math.floor(bytes / blockBytes) * framesOf(blockBytes) + framesOf(bytes % blockBytes);
}

/** The first `frames` samples of each channel, side by side. */
export function decodeAdpcm(adpcm: Adpcm, data: DataView, frames: number): Int16Array {
  const { channels, blockBytes, framesOf } = adpcm;
  const samples = new Int16Array(channels * frames);
  for (let start = 0, done = 0; done < frames; start += blockBytes) {
    const whole = framesOf(Math.min(blockBytes, data.byteLength - start));
    const count = Math.min(whole, frames - done);
    adpcm.decode(data, start, count, samples.subarray(channels * done, channels * (done + count)));
    done += count;
  }
  return samples;
}

/** IMA ADPCM. After the heads, eight samples of each channel in turn, the lower half of a byte first. */
export function imaAdpcm(blocks: Blocks): Adpcm {
  const { channels } = blocks;
  const head = 4 * channels;
  return {
    ...blocks,
    framesOf: (bytes) => (bytes < head ? 0 : 1 + 8 * Math.floor((bytes - head) / head)),
    decode: (data, start, frames, samples) => {
      for (let channel = 0; channel < channels; channel++) {
        let value = data.getInt16(start + 4 * channel, true);
        let index = Math.min(LAST_STEP, data.getUint8(start + 4 * channel + 2));
        samples[channel] = value;
        for (let i = 0; i < frames - 1; i++) {
          const group = start + head * (1 + (i >> 3)) + 4 * channel;
          const byte = data.getUint8(group + ((i & 7) >> 1));
          const code = i & 1 ? byte >> 4 : byte & 15;
          const step = STEPS[index]!;
          const size =
            (step >> 3) + (code & 1 ? step >> 2 : 0) + (code & 2 ? step >> 1 : 0) + (code & 4 ? step : 0);
          value = clamp(value + (code & 8 ? -size : size));
          index = Math.max(0, Math.min(LAST_STEP, index + STEP_CHANGES[code & 7]!));
          samples[(i + 1) * channels + channel] = value;
        }
      }
    },
  };
}

/**
 * Microsoft's ADPCM. After the heads, the channels of a moment side by side, the upper half of a byte first.
 *
 * @param coefficients pairs of factors, in 256ths, of the last sample and of the one before it; a block names one
 */
export function microsoftAdpcm(blocks: Blocks, coefficients: readonly (readonly [number, number])[]): Adpcm {
  const { channels } = blocks;
  const head = 7 * channels;
  return {
    ...blocks,
    framesOf: (bytes) => (bytes < head ? 0 : 2 + Math.floor((2 * (bytes - head)) / channels)),
    decode: (data, start, frames, samples) => {
      for (let channel = 0; channel < channels; channel++) {
        const [first, second] = coefficients[data.getUint8(start + channel)] ?? [0, 0];
        const number = (i: number) => data.getInt16(start + channels + 2 * (i * channels + channel), true);
        let [delta, last, before] = [number(0), number(1), number(2)];
        samples[channel] = before;
        if (frames > 1) samples[channels + channel] = last;
        for (let i = 2; i < frames; i++) {
          const at = (i - 2) * channels + channel;
          const byte = data.getUint8(start + head + (at >> 1));
          const code = at & 1 ? byte & 15 : byte >> 4;
          const difference = (code < 8 ? code : code - 16) * delta;
          const value = clamp(((last * first + before * second) >> 8) + difference);
          delta = Math.max(16, (ADAPTATION[code]! * delta) >> 8);
          [before, last] = [last, value];
          samples[i * channels + channel] = value;
        }
      }
    },
  };
}

const clamp = (value: number) => Math.max(-0x8000, Math.min(0x7fff, value));

/** How far the index of a step moves after a difference of so many quarters of it. */
const STEP_CHANGES = [-1, -1, -1, -1, 2, 4, 6, 8];
/** Each a tenth larger than the one before, as the standard rounds them. */
const STEPS = [
  ...[
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88,
  ],
  ...[97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658],
  ...[724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660],
  ...[4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818],
  ...[18500, 20350, 22385, 24623, 27086, 29794, 32767],
];
const LAST_STEP = STEPS.length - 1;

/** How the step of Microsoft's kind grows after each code, in 256ths. */
const ADAPTATION = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
