import { DataError } from '../../data/error.js';
import { DYNAMIC, Graph, type Tensor } from '../../onnx/graph.js';
import { writeModel } from '../../onnx/model.js';
import type { Parameter } from '../../onnx/parameters.js';
import { sameDims } from '../../onnx/shape.js';
import { MEL_BINS } from '../mel.js';
import { MEMORY_DIMS } from './decoder-state.js';
import {
  afterAttention,
  BLOCKS,
  embedSound,
  encodedStates,
  encoderParameters,
  projections,
} from './encoder.js';
import { linearParameters, memoryOf, WIDTH } from './layers.js';

/** What an encoder model holds: the constants of its graph are called as they were in training. */
const heldParameters: readonly Parameter[] = [
  ...encoderParameters,
  ...linearParameters('cross.key', WIDTH, WIDTH, false),
  ...linearParameters('cross.value', WIDTH, WIDTH),
];

/**
 * ONNX models of the encoder, cut at its self-attentions. The first takes the `spectrogram`, the others as `x` what the
 * one before gave as `next x`, and the `heads` [1, 2, P, 100] of the attention on what it gave as `query`, `key` and `value`; the
 * last gives `key` and `value` of the decoder's cross-attention.
 *
 * @param weights of an encoder model, by name
 * @param source names the model in messages
 * @throws DataError when one is missing or of other dimensions
 */
export function encoderSegments(
  weights: ReadonlyMap<string, Tensor<'float32'>>,
  source: string,
): Uint8Array[] {
  for (const { name, dims } of heldParameters)
    if (!sameDims(weights.get(name)?.dims ?? [], dims))
      throw new DataError(`${source}: its encoder has no parameter ${name} [${dims.join(', ')}]`);
  return [undefined, ...BLOCKS].map((before, i) => {
    const graph = new Graph();
    const p = Object.fromEntries(
      heldParameters.map(({ name }) => [name, graph.constant(weights.get(name)!, name)]),
    );
    const x = before
      ? afterAttention(graph.input('x', [1, DYNAMIC, WIDTH]), graph.input('heads', MEMORY_DIMS), p, before)
      : embedSound(graph.input('spectrogram', [1, DYNAMIC, MEL_BINS]), p);
    const block = BLOCKS[i];
    const outputs = block
      ? { 'next x': x, ...projections(x, p, block) }
      : memoryOf(encodedStates(x, p), p, 'cross');
    for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
    return writeModel(graph);
  });
}
