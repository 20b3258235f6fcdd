import type { Graph, Value } from '../../onnx/graph.js';
import { add } from '../../onnx/operators/arithmetic.js';
import { concat, firstRows, gather } from '../../onnx/operators/layout.js';
import type { Parameter } from '../../onnx/parameters.js';
import { PROTOCOL_TOKENS } from '../text.js';
import { crossAttention, readout } from './cross-attention.js';
import {
  attend,
  attentionParameters,
  type Memory,
  memoryOf,
  norm,
  type Parameters,
  WIDTH,
} from './layers.js';

export const attentionDecoderParameters: readonly Parameter[] = [
  { name: 'positions', dims: [PROTOCOL_TOKENS, WIDTH], fanIn: WIDTH },
  ...attentionParameters('self'),
];

/** Keys and values of the tokens before, and where in the transcript the next one stands, int64 [B, 1]. */
export interface AttentionPast {
  readonly memory: Memory;
  readonly position: Value;
}

/**
 * The report's decoder (b): embedding and learned positions, causal self-attention, cross-attention block.
 *
 * @param tokens int64 [B, L]; one of them, L = 1, after a past
 * @returns logits [B, L, 35], the keys and values that the next step needs, and what the cross-attention block gets, [B, L, 200]
 */
export function attentionDecoder(
  tokens: Value,
  cross: Memory,
  p: Parameters,
  { past, keyMask }: { past?: AttentionPast; keyMask?: Value | undefined } = {},
): { logits: Value; memory: Memory; read: Value } {
  const embedded = gather(p.embedding!, tokens);
  const positions = past ? gather(p.positions!, past.position) : firstRows(p.positions!, tokens, 1);
  const x = add(embedded, positions);
  const normal = norm(x, p, 'self.norm');
  const own = memoryOf(normal, p, 'self');
  const memory = past ? joined(past.memory, own) : own;
  const mask = past ? undefined : causalMask(tokens.graph, tokens.dims[1]!);
  const read = add(x, attend(normal, memory, p, 'self', mask));
  return { logits: readout(crossAttention(read, cross, p, keyMask), p), memory, read };
}

function joined(before: Memory, next: Memory): Memory {
  return {
    key: concat([before.key, next.key], 2),
    value: concat([before.value, next.value], 2),
  };
}

/** [L, L]: large negative numbers where the key comes after the query. */
function causalMask(graph: Graph, length: number): Value {
  const data = new Float32Array(length * length);
  for (let query = 0; query < length; query++)
    data.fill(-1e9, query * length + query + 1, (query + 1) * length);
  return graph.constant({ type: 'float32', data, dims: [length, length] });
}
