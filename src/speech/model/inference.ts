import { createHash } from 'node:crypto';
import { DYNAMIC, Graph, type Value } from '../../onnx/graph.js';
import { writeModel } from '../../onnx/model.js';
import { add } from '../../onnx/operators/arithmetic.js';
import { reshape } from '../../onnx/operators/layout.js';
import { logSoftmax } from '../../onnx/operators/reduction.js';
import { parameterTensors } from '../../onnx/parameters.js';
import { MEL_BINS } from '../mel.js';
import { SYMBOLS } from '../text.js';
import { attentionDecoder } from './attention-decoder.js';
import { decoderStates, MEMORY_DIMS } from './decoder-state.js';
import { encoder } from './encoder.js';
import { memoryOf, type Parameters } from './layers.js';
import { lstmDecoder } from './lstm-decoder.js';
import { type Decoder, recognizerParameters, type System } from './recognizer.js';

/**
 * An ONNX model of the encoder: `spectrogram` [1, T, 80], T even, to the `key` and `value` [1, 2, T/2, 100] of the
 * decoder's cross-attention, which do not change from token to token.
 *
 * @param flat the trained parameters
 */
export function encoderModel(
  flat: Float32Array,
  system: System,
  metadata: Record<string, string> = {},
): Uint8Array {
  const graph = new Graph();
  const p = constants(graph, flat, system.decoder);
  const spectrogram = graph.input('spectrogram', [1, DYNAMIC, MEL_BINS]);
  const { states } = encoder(spectrogram, p, { attention: system.encoderAttention });
  const { key, value } = memoryOf(states, p, 'cross');
  graph.output('key', key);
  graph.output('value', value);
  return writeModel(graph, { ...metadata, ...identityOf(flat, system) });
}

/**
 * An ONNX model of one step of the decoder: `token` int64 [1, 1], `key` and `value` of the encoder, and the state, to
 * `log_probabilities` [1, 35] of the next token and the next state.
 *
 * @param flat the trained parameters
 */
export function decoderModel(
  flat: Float32Array,
  system: System,
  metadata: Record<string, string> = {},
): Uint8Array {
  const { decoder } = system;
  const graph = new Graph();
  const p = constants(graph, flat, decoder);
  const token = graph.input('token', [1, 1], 'int64');
  const cross = { key: graph.input('key', MEMORY_DIMS), value: graph.input('value', MEMORY_DIMS) };
  const state = Object.fromEntries(
    Object.entries(decoderStates[decoder]).map(([name, { type, dims }]) => [
      name,
      graph.input(name, dims, type),
    ]),
  );

  const { logits, next } = decoder === 'lstm' ? lstmStep() : attentionStep();
  graph.output('log_probabilities', reshape(logSoftmax(logits), [1, SYMBOLS.length]));
  for (const [name, value] of Object.entries(next)) graph.output(`next ${name}`, value);
  return writeModel(graph, { ...metadata, ...identityOf(flat, system) });

  function lstmStep(): { logits: Value; next: Record<string, Value> } {
    const start = { hidden: state.hidden!, cell: state.cell! };
    const { logits, state: end } = lstmDecoder(token, cross, p, { start });
    return { logits, next: { ...end } };
  }

  function attentionStep(): { logits: Value; next: Record<string, Value> } {
    const position = state.position!;
    const past = { position, memory: { key: state.self_key!, value: state.self_value! } };
    const { logits, memory } = attentionDecoder(token, cross, p, { past });
    const following = add(position, graph.integers([1]));
    return { logits, next: { position: following, self_key: memory.key, self_value: memory.value } };
  }
}

/** Metadata by which encoder and decoder are known to be of one system, trained together. */
function identityOf(
  flat: Float32Array,
  { decoder, encoderAttention = 'exact', frontEnd = 'recorded' }: System,
): Record<string, string> {
  const bytes = new Uint8Array(flat.buffer, flat.byteOffset, flat.byteLength);
  const parameters = createHash('sha256').update(bytes).digest('hex');
  return { decoder, encoderAttention, frontEnd, parameters };
}

function constants(graph: Graph, flat: Float32Array, decoder: Decoder): Parameters {
  const tensors = parameterTensors(flat, recognizerParameters(decoder));
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, graph.constant(tensor, name)]),
  );
}
