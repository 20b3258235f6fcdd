import { DYNAMIC, type Value } from '../../onnx/graph.js';
import { gelu } from '../../onnx/operators/activation.js';
import { add, mul, scale, sub } from '../../onnx/operators/arithmetic.js';
import { concat, firstRows, pad, reshape, slice } from '../../onnx/operators/layout.js';
import type { Parameter } from '../../onnx/parameters.js';
import { MEL_BINS, PROTOCOL_FRAMES } from '../mel.js';
import {
  attend,
  attentionParameters,
  feedForward,
  feedForwardParameters,
  linear,
  linearParameters,
  memoryOf,
  norm,
  normParameters,
  type Parameters,
  WIDTH,
} from './layers.js';

const BLOCKS = ['encoder.0', 'encoder.1'];
/** Longest encoded sound: 1,377 positions, two frames each. */
const MAX_POSITIONS = PROTOCOL_FRAMES / 2;
const MAX_TIMESCALE = 3000;
/** Added to the scores of keys that are padding: their weight underflows to zero. */
const HIDDEN_SCORE = 1e9;

export const encoderParameters: readonly Parameter[] = [
  ...linearParameters('conv1', 3 * MEL_BINS, WIDTH),
  ...linearParameters('conv2', 3 * WIDTH, WIDTH),
  ...BLOCKS.flatMap((name) => [
    ...attentionParameters(`${name}.attention`),
    ...feedForwardParameters(`${name}.feed_forward`),
  ]),
  ...normParameters('encoder.norm'),
];

export interface Encoded {
  /** [B, T/2, 200] */
  readonly states: Value;
  /** Hides padding from an attention that reads the states: [B, 1, 1, T/2]. Absent where there is none. */
  readonly keyMask: Value | undefined;
}

/**
 * Two convolutions over time, of which the second halves it, and two transformer blocks.
 *
 * @param spectrogram [B, T, 80] with an even number of frames; zero where it is padding
 * @param frames [B, T, 1], 1 for a frame and 0 for padding; without it there is no padding
 */
export function encoder(spectrogram: Value, p: Parameters, frames?: Value): Encoded {
  const { graph } = spectrogram;
  const keyMask = frames && maskOf(frames);
  const features = gelu(linear(threeFrames(spectrogram), p, 'conv1'));
  const kept = frames ? mul(features, frames) : features;
  const halved = gelu(linear(everySecondThreeFrames(kept), p, 'conv2'));

  const table = sinusoids(MAX_POSITIONS, WIDTH);
  const positions = graph.constant({ type: 'float32', data: table, dims: [MAX_POSITIONS, WIDTH] });
  let x = add(halved, firstRows(positions, halved, 1));
  for (const name of BLOCKS) {
    const normal = norm(x, p, `${name}.attention.norm`);
    const own = memoryOf(normal, p, `${name}.attention`);
    x = add(x, attend(normal, own, p, `${name}.attention`, keyMask));
    x = feedForward(x, p, `${name}.feed_forward`);
  }
  return { states: norm(x, p, 'encoder.norm'), keyMask };
}

/** Each frame between its neighbours, zeros beyond the ends: [B, T, C] to [B, T, 3C], for a convolution as a product. */
function threeFrames(x: Value): Value {
  return concat([pad(x, 1, 1, -1), x, pad(x, 1, -1, 1)], 2);
}

/** The same for every second frame from the first on: [B, T, C] to [B, T/2, 3C]. */
function everySecondThreeFrames(x: Value): Value {
  const [batch, frames, channels] = x.dims as [number, number, number];
  const pairs = reshape(x, [batch, halfOf(frames), 2 * channels]);
  const seconds = slice(pairs, 2, channels, 2 * channels);
  return concat([pad(seconds, 1, 1, -1), pairs], 2);
}

/** Clips have an even number of frames: a pair is sound or padding as a whole. */
function maskOf(frames: Value): Value {
  const [batch, length] = frames.dims as [number, number];
  const firsts = slice(reshape(frames, [batch, length / 2, 2]), 2, 0, 1);
  const mask = scale(sub(firsts, frames.graph.scalar(1)), HIDDEN_SCORE);
  return reshape(mask, [batch, 1, 1, length / 2]);
}

function halfOf(frames: number): number {
  return frames === DYNAMIC ? DYNAMIC : frames / 2;
}

/** Positions as Whisper encodes them: sines, then cosines, of wavelengths from 2π to 2π · 3000 in equal ratios. */
function sinusoids(length: number, width: number): Float32Array {
  const half = width / 2;
  const table = new Float32Array(length * width);
  for (let position = 0; position < length; position++)
    for (let i = 0; i < half; i++) {
      const angle = position * MAX_TIMESCALE ** (-i / (half - 1));
      table[position * width + i] = Math.sin(angle);
      table[position * width + half + i] = Math.cos(angle);
    }
  return table;
}
