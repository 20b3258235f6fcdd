import { DYNAMIC, Graph, type Value } from '../../onnx/graph.js';
import { writeModel } from '../../onnx/model.js';
import { scale } from '../../onnx/operators/arithmetic.js';
import { transpose } from '../../onnx/operators/layout.js';
import { matmul } from '../../onnx/operators/product.js';

/** What a graph of attention is written for; the length stays open. */
export interface GraphShape {
  heads: number;
  headDim: number;
  isCausal: boolean;
}

/** First version of the ONNX operator set with an operator Attention. */
export const ATTENTION_OPSET = 23;

function attentionGraph(dims: readonly number[], body: (q: Value, k: Value, v: Value) => Value): Graph {
  const graph = new Graph();
  const [q, k, v] = ['q', 'k', 'v'].map((name) => graph.input(name, dims));
  graph.output('output', body(q!, k!, v!));
  return graph;
}

/** softmax(QKᵀ/√D)·V in its three operators, over [heads, L, D]. */
export function decomposedModel({ heads, headDim }: GraphShape): Uint8Array {
  return writeModel(
    attentionGraph([heads, DYNAMIC, headDim], (q, k, v) => {
      const scores = scale(matmul(q, transpose(k, [0, 2, 1])), 1 / Math.sqrt(headDim));
      return matmul(q.graph.apply('Softmax', [scores], scores.dims, { axis: -1 }), v);
    }),
  );
}

/**
 * The fused operator of ONNX Runtime, over [1, L, heads·D].
 * @see https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MultiHeadAttention
 */
export function multiHeadAttentionModel({ heads, headDim, isCausal }: GraphShape): Uint8Array {
  const attributes = { num_heads: heads, unidirectional: Number(isCausal) };
  return writeModel(
    attentionGraph([1, DYNAMIC, heads * headDim], (q, k, v) =>
      q.graph.apply('com.microsoft.MultiHeadAttention', [q, k, v], q.dims, attributes),
    ),
  );
}

/**
 * The operator of the ONNX standard, over [1, heads, L, D].
 * @see https://onnx.ai/onnx/operators/onnx__Attention.html
 */
export function standardAttentionModel({ heads, headDim, isCausal }: GraphShape): Uint8Array {
  const attributes = { is_causal: Number(isCausal) };
  const graph = attentionGraph([1, heads, DYNAMIC, headDim], (q, k, v) =>
    q.graph.apply('Attention', [q, k, v], q.dims, attributes),
  );
  return writeModel(graph, {}, ATTENTION_OPSET);
}

/** ONNX's number of the type int32, for Cast. */
export const INT32 = 6;

/**
 * The operator of ONNX Runtime for groups of heads, over [1, L, heads·D], of a prompt: it is causal.
 * @see https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.GroupQueryAttention
 */
export function groupQueryAttentionModel({ heads, headDim }: GraphShape): Uint8Array {
  return writeModel(
    attentionGraph([1, DYNAMIC, heads * headDim], (q, k, v) => {
      const { graph } = q;
      const integer = (value: bigint) =>
        graph.constant({ type: 'int64', data: BigInt64Array.of(value), dims: [] });
      // The length of the keys, and for each batch that of its keys less one.
      const shape = graph.apply('Shape', [k], [3], {}, 'int64');
      const length = graph.apply('Gather', [shape, integer(1n)], []);
      const last = graph.apply(
        'Sub',
        [graph.apply('Gather', [shape, graph.integers([1])], [1]), integer(1n)],
        [1],
      );
      const [lengths, total] = [last, length].map((value) =>
        graph.apply('Cast', [value], value.dims, { to: INT32 }),
      );
      const none: Value = { graph, name: '', type: 'float32', dims: [] };
      const results = [q, k, v].map(({ dims, type }) => ({ dims, type }));
      const attributes = { num_heads: heads, kv_num_heads: heads };
      const operands = [q, k, v, none, none, lengths!, total!];
      return graph.applyMany('com.microsoft.GroupQueryAttention', operands, results, attributes)[0]!;
    }),
  );
}
