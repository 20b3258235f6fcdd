import type { Value } from '../../onnx/graph.js';
import { gather, transpose } from '../../onnx/operators/layout.js';
import { type LstmState, lstm } from '../../onnx/operators/recurrence.js';
import type { Parameter } from '../../onnx/parameters.js';
import { crossAttention, readout } from './cross-attention.js';
import { type Memory, norm, normParameters, type Parameters, WIDTH } from './layers.js';

export const lstmDecoderParameters: readonly Parameter[] = [
  ...normParameters('lstm.norm'),
  { name: 'lstm.weight', dims: [1, 4 * WIDTH, WIDTH], fanIn: WIDTH },
  { name: 'lstm.recurrent', dims: [1, 4 * WIDTH, WIDTH], fanIn: WIDTH },
  { name: 'lstm.bias', dims: [1, 8 * WIDTH], fanIn: WIDTH },
];

/**
 * The report's decoder (a): embedding, layer norm, LSTM, cross-attention block.
 *
 * @param tokens int64 [B, L]
 * @param start zero unless given
 * @returns logits [B, L, 35], the state that the next step needs, and what the cross-attention block gets, [B, L, 200]
 */
export function lstmDecoder(
  tokens: Value,
  cross: Memory,
  p: Parameters,
  { start, keyMask }: { start?: LstmState; keyMask?: Value | undefined } = {},
): { logits: Value; state: LstmState; read: Value } {
  const embedded = norm(gather(p.embedding!, tokens), p, 'lstm.norm');
  const { sequence, end } = lstm(
    transpose(embedded, [1, 0, 2]),
    p['lstm.weight']!,
    p['lstm.recurrent']!,
    p['lstm.bias']!,
    start ?? zeroState(tokens),
  );
  const read = transpose(sequence, [1, 0, 2]);
  return { logits: readout(crossAttention(read, cross, p, keyMask), p), state: end, read };
}

function zeroState({ graph, dims: [batch] }: Value): LstmState {
  const dims = [1, batch!, WIDTH];
  const zeros = graph.constant({ type: 'float32', data: new Float32Array(batch! * WIDTH), dims });
  return { hidden: zeros, cell: zeros };
}
