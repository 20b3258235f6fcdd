import { PowerSpectrum } from './fft.js';
import { type MelFilter, melBank } from './mel-bank.js';

/** Samples a second that {@link logMel} expects. */
export const MEL_SAMPLE_RATE = 22_050;
/** Mel filters, the height of every spectrogram. */
export const MEL_BINS = 80;
/** Width to which the report's protocol cuts or pads every spectrogram: 20.0 s. */
export const PROTOCOL_FRAMES = 2_754;

const N_FFT = 400;
const HOP = 160;
/** Frames a second. */
export const FRAME_RATE = MEL_SAMPLE_RATE / HOP;
/** Of these frames: 20.0. */
export const PROTOCOL_SECONDS = (PROTOCOL_FRAMES * HOP) / MEL_SAMPLE_RATE;

const FLOOR_POWER = 1e-10;
/** What a spectrogram holds below its loudest point, in powers of ten. */
export const DYNAMIC_RANGE = 8;

/** A log-mel spectrogram, `data` of shape [80, frames] in row-major order: one row for each filter, lowest first. */
export interface MelSpectrogram {
  readonly data: Float32Array;
  readonly frames: number;
}

const HANN = Float64Array.from({ length: N_FFT }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / N_FFT));
const BANK = melBank(MEL_SAMPLE_RATE, N_FFT, MEL_BINS);

/**
 * The log-mel spectrogram of sound at 22,050 Hz, as Whisper's front end makes it (Radford et al., "Robust Speech
 * Recognition via Large-Scale Weak Supervision", 2022) but at this rate and over the whole clip: power of 400 samples
 * under a periodic Hann window, frame t centred on sample 160·t, the sound reflected at both ends; 80 filters of
 * {@link melBank}; log₁₀ of at least 10⁻¹⁰; nothing lower than 8 below the clip's maximum; (x + 4) / 4.
 *
 * There are 1 + ⌊n/160⌋ frames. Whisper drops the last of them; the protocol speaks of a centred transform and of
 * nothing dropped, so it stays.
 *
 * @throws RangeError when there are fewer than 201 samples (9.1 ms), which reflection needs
 */
export function logMel(samples: Float32Array): MelSpectrogram {
  const margin = N_FFT / 2;
  if (samples.length <= margin)
    throw new RangeError(`sound of ${samples.length} samples, expected at least ${margin + 1}`);
  const frames = 1 + Math.floor(samples.length / HOP);
  const data = new Float32Array(MEL_BINS * frames);
  const spectrum = new PowerSpectrum(N_FFT);
  const frame = new Float64Array(N_FFT);
  const power = new Float64Array(N_FFT / 2 + 1);
  let highest = Math.log10(FLOOR_POWER);

  for (let t = 0; t < frames; t++) {
    cutFrame(samples, t * HOP - margin, frame);
    spectrum.transform(frame, power);
    for (let m = 0; m < MEL_BINS; m++) {
      const level = Math.log10(Math.max(energy(BANK[m]!, power), FLOOR_POWER));
      highest = Math.max(highest, level);
      data[m * frames + t] = level;
    }
  }
  for (let i = 0; i < data.length; i++) data[i] = (Math.max(data[i]!, highest - DYNAMIC_RANGE) + 4) / 4;
  return { data, frames };
}

/**
 * What noise of variance 1 whose power is the same at all frequencies adds to the power in every filter on average: the
 * window's energy, shared out over filters of unit area in Hz.
 */
export const WHITE_NOISE_POWER = (HANN.reduce((sum, x) => sum + x ** 2, 0) * N_FFT) / MEL_SAMPLE_RATE;

/** The power in a filter, from what the spectrogram shows of it; and back. */
export const powerOf = (level: number): number => 10 ** (4 * level - 4);
export const levelOf = (power: number): number => (Math.log10(power) + 4) / 4;

/** The first `frames` frames, or all and then zeros, which is how the protocol brings clips to one length. */
export function fitFrames(mel: MelSpectrogram, frames: number): MelSpectrogram {
  const data = new Float32Array(MEL_BINS * frames);
  for (let m = 0; m < MEL_BINS; m++) {
    const row = mel.data.subarray(m * mel.frames, m * mel.frames + Math.min(mel.frames, frames));
    data.set(row, m * frames);
  }
  return { data, frames };
}

/** Fills `frame` with the samples from `begin` on, mirrored at the first and the last of them, under the window. */
function cutFrame(samples: Float32Array, begin: number, frame: Float64Array): void {
  const last = samples.length - 1;
  for (let i = 0; i < N_FFT; i++) {
    const at = Math.abs(begin + i);
    frame[i] = HANN[i]! * samples[at <= last ? at : 2 * last - at]!;
  }
}

function energy({ start, weights }: MelFilter, power: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * power[start + i]!;
  return sum;
}
