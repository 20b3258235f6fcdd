import { DataError } from '../../data/error.js';
import { Graph, type Tensor } from '../../onnx/graph.js';
import { writeModel } from '../../onnx/model.js';
import { crossWeights } from './cross-attention.js';
import { MEMORY_DIMS } from './decoder-state.js';
import { encoderParameters } from './encoder.js';
import { type Decoder, decoderNetworks, recognizerParameters } from './recognizer.js';

/** Of the cross-attention, what the encoder's model has already applied. */
const IN_ENCODER = /^cross\.(key|value)\./;

/**
 * An ONNX model of where a decoder listens: `tokens` int64 [1, length], the whole transcript at once, and `key` and `value` of
 * the encoder, to the `weights` [1, 2, length, positions] of both heads of its cross-attention.
 *
 * @param held of a decoder model, by name
 * @param source names the model in messages
 * @throws DataError when one is missing
 */
export function alignmentModel(
  held: ReadonlyMap<string, Tensor<'float32'>>,
  decoder: Decoder,
  length: number,
  source: string,
): Uint8Array {
  const graph = new Graph();
  const needed = recognizerParameters(decoder).filter(
    ({ name }) => !encoderParameters.some((one) => one.name === name) && !IN_ENCODER.test(name),
  );
  const constants = needed.map(({ name }) => {
    const tensor = held.get(name);
    if (!tensor) throw new DataError(`${source}: its decoder has no parameter ${name}`);
    return [name, graph.constant(tensor, name)] as const;
  });
  const p = Object.fromEntries(constants);
  const tokens = graph.input('tokens', [1, length], 'int64');
  const cross = { key: graph.input('key', MEMORY_DIMS), value: graph.input('value', MEMORY_DIMS) };
  const { read } = decoderNetworks[decoder](tokens, cross, p);
  graph.output('weights', crossWeights(read, cross, p));
  return writeModel(graph);
}
