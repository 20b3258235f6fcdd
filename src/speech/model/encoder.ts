import { DYNAMIC, type Value } from '../../onnx/graph.js';
import { gelu } from '../../onnx/operators/activation.js';
import { add, mul, scale, sub } from '../../onnx/operators/arithmetic.js';
import { scaledDotProductAttention, taylorAttention } from '../../onnx/operators/attention.js';
import { concat, firstRows, pad, reshape, slice, transpose } from '../../onnx/operators/layout.js';
import type { Parameter } from '../../onnx/parameters.js';
import { MEL_BINS, PROTOCOL_FRAMES } from '../mel.js';
import {
  attentionParameters,
  feedForward,
  feedForwardParameters,
  joinHeads,
  linear,
  linearParameters,
  type Memory,
  memoryOf,
  norm,
  normParameters,
  type Parameters,
  queryOf,
  WIDTH,
} from './layers.js';

/** How keys weigh in the encoder's self-attention: `exact`, by softmax, or `taylor`, by its Taylor series of order 2. */
export type EncoderAttention = 'exact' | 'taylor';
export const encoderAttentions: readonly EncoderAttention[] = ['exact', 'taylor'];

/** The transformer blocks, by the first part of their parameters' names. */
export const BLOCKS = ['encoder.0', 'encoder.1'];
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

export interface EncoderOptions {
  /** [B, T, 1], 1 for a frame and 0 for padding; without it there is no padding. */
  readonly frames?: Value;
  /** Default: exact. */
  readonly attention?: EncoderAttention | undefined;
}

/**
 * Two convolutions over time, of which the second halves it, and two transformer blocks.
 *
 * @param spectrogram [B, T, 80] with an even number of frames; zero where it is padding
 */
export function encoder(
  spectrogram: Value,
  p: Parameters,
  { frames, attention = 'exact' }: EncoderOptions = {},
): Encoded {
  const kept = frames && keptPositions(frames);
  const keyMask = kept && maskOf(kept);
  let x = embedSound(spectrogram, p, frames);
  for (const block of BLOCKS) {
    const { query, key, value } = projections(x, p, block);
    const heads =
      attention === 'taylor'
        ? taylorAttention(query, key, value, kept)
        : scaledDotProductAttention(query, key, value, keyMask);
    x = afterAttention(x, heads, p, block);
  }
  return { states: encodedStates(x, p), keyMask };
}

/** The two convolutions and the positions: what the first block reads, [B, T/2, 200]. */
export function embedSound(spectrogram: Value, p: Parameters, frames?: Value): Value {
  const features = gelu(linear(threeFrames(spectrogram), p, 'conv1'));
  const kept = frames ? mul(features, frames) : features;
  const halved = gelu(linear(everySecondThreeFrames(kept), p, 'conv2'));

  const table = sinusoids(MAX_POSITIONS, WIDTH);
  const positions = spectrogram.graph.constant({
    type: 'float32',
    data: table,
    dims: [MAX_POSITIONS, WIDTH],
  });
  return add(halved, firstRows(positions, halved, 1));
}

/** What the self-attention of a block reads of x [B, L, 200], each [B, 2, L, 100]. */
export function projections(x: Value, p: Parameters, block: string): Memory & { query: Value } {
  const normal = norm(x, p, `${block}.attention.norm`);
  return {
    query: queryOf(normal, p, `${block}.attention`),
    ...memoryOf(normal, p, `${block}.attention`),
  };
}

/** The rest of a block on x [B, L, 200], given the heads [B, 2, L, 100] of its self-attention. */
export function afterAttention(x: Value, heads: Value, p: Parameters, block: string): Value {
  return feedForward(add(x, joinHeads(heads, p, `${block}.attention`)), p, `${block}.feed_forward`);
}

/** What the decoder reads, of the last block's x [B, L, 200]. */
export function encodedStates(x: Value, p: Parameters): Value {
  return norm(x, p, 'encoder.norm');
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

/** [B, 1, T/2, 1]. Clips have an even number of frames: a pair is sound or padding as a whole. */
function keptPositions(frames: Value): Value {
  const [batch, length] = frames.dims as [number, number];
  const firsts = slice(reshape(frames, [batch, length / 2, 2]), 2, 0, 1);
  return reshape(firsts, [batch, 1, length / 2, 1]);
}

/** [B, 1, 1, T/2] */
function maskOf(kept: Value): Value {
  return scale(sub(transpose(kept, [0, 1, 3, 2]), kept.graph.scalar(1)), HIDDEN_SCORE);
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
