import { elementCount } from '../../data/dims.js';
import { DYNAMIC, type Tensor, type TensorType } from '../../onnx/graph.js';
import { HEAD_DIM, HEADS, WIDTH } from './layers.js';
import type { Decoder } from './recognizer.js';

/** Keys or values of an attention over what grows: the sound, or the transcript. */
export const MEMORY_DIMS = [1, HEADS, DYNAMIC, HEAD_DIM];

interface StateInput {
  type: TensorType;
  dims: readonly number[];
}

/** What a decoder carries from one token to the next: its inputs by name; a step's outputs are `next NAME`. */
export const decoderStates: Record<Decoder, Record<string, StateInput>> = {
  lstm: {
    hidden: { type: 'float32', dims: [1, 1, WIDTH] },
    cell: { type: 'float32', dims: [1, 1, WIDTH] },
  },
  attention: {
    position: { type: 'int64', dims: [1, 1] },
    self_key: { type: 'float32', dims: MEMORY_DIMS },
    self_value: { type: 'float32', dims: MEMORY_DIMS },
  },
};

/** The state before the first token: zeros, and of what grows with the transcript nothing. */
export function initialState(decoder: Decoder): Record<string, Tensor> {
  const entries = Object.entries(decoderStates[decoder]).map(([name, { type, dims }]): [string, Tensor] => {
    const empty = dims.map((dim) => (dim === DYNAMIC ? 0 : dim));
    const size = elementCount(empty);
    return [
      name,
      { type, data: type === 'int64' ? new BigInt64Array(size) : new Float32Array(size), dims: empty },
    ];
  });
  return Object.fromEntries(entries);
}
