import type { Value } from '../../onnx/graph.js';
import { add, scale } from '../../onnx/operators/arithmetic.js';
import { transpose } from '../../onnx/operators/layout.js';
import { matmul } from '../../onnx/operators/product.js';
import { softmax } from '../../onnx/operators/reduction.js';
import type { Parameter } from '../../onnx/parameters.js';
import { SYMBOLS } from '../text.js';
import {
  attend,
  attentionParameters,
  feedForward,
  feedForwardParameters,
  HEAD_DIM,
  linear,
  linearParameters,
  type Memory,
  norm,
  normParameters,
  type Parameters,
  queryOf,
  WIDTH,
} from './layers.js';

/** What both decoders have: the embedding, the block that reads the encoded sound, and the way to the logits. */
export const sharedParameters: readonly Parameter[] = [
  { name: 'embedding', dims: [SYMBOLS.length, WIDTH], fanIn: 1 },
  ...attentionParameters('cross'),
  ...feedForwardParameters('cross.feed_forward'),
  ...normParameters('out.norm'),
  ...linearParameters('out', WIDTH, SYMBOLS.length),
];

/** The block in which x [B, L, 200] reads the encoded sound. */
export function crossAttention(x: Value, memory: Memory, p: Parameters, keyMask: Value | undefined): Value {
  const read = add(x, attend(norm(x, p, 'cross.norm'), memory, p, 'cross', keyMask));
  return feedForward(read, p, 'cross.feed_forward');
}

/** How that block weighs the encoded sound for x [B, L, 200]: [B, 2, L, S], rows of which sum to 1. */
export function crossWeights(x: Value, { key }: Pick<Memory, 'key'>, p: Parameters): Value {
  const query = scale(queryOf(norm(x, p, 'cross.norm'), p, 'cross'), 1 / Math.sqrt(HEAD_DIM));
  return softmax(matmul(query, transpose(key, [0, 1, 3, 2])));
}

/** Logits [B, L, 35]. */
export function readout(x: Value, p: Parameters): Value {
  return linear(norm(x, p, 'out.norm'), p, 'out');
}
