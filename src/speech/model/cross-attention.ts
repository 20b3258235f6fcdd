import type { Value } from '../../onnx/graph.js';
import { add } from '../../onnx/operators/arithmetic.js';
import type { Parameter } from '../../onnx/parameters.js';
import { SYMBOLS } from '../text.js';
import {
  attend,
  attentionParameters,
  feedForward,
  feedForwardParameters,
  linear,
  linearParameters,
  type Memory,
  norm,
  normParameters,
  type Parameters,
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

/** Logits [B, L, 35]. */
export function readout(x: Value, p: Parameters): Value {
  return linear(norm(x, p, 'out.norm'), p, 'out');
}
