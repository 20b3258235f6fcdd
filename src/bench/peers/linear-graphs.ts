import { featureDim } from 'hw2-engine';
import { DYNAMIC, Graph, type Value } from '../../onnx/graph.js';
import { writeModel } from '../../onnx/model.js';
import { div, mul, scale } from '../../onnx/operators/arithmetic.js';
import { concat, slice, split, transpose } from '../../onnx/operators/layout.js';
import { matmul } from '../../onnx/operators/product.js';
import type { GraphShape } from './exact-graphs.js';

/** The strongest linear graphs are those of orders 1 and 2: the features of higher ones are products of products. */
export type GraphOrder = 1 | 2;

/** A 1 before or after the last axis. */
function withOne(x: Value, before: number, after: number): Value {
  const { graph, dims } = x;
  const inputs = [x, graph.integers([before, after]), graph.scalar(1), graph.integers([dims.length - 1])];
  return graph.apply('Pad', inputs, dims.with(-1, dims.at(-1)! + 1));
}

/**
 * Features 1, x and, for order 2, each product x_i·x_j once. The products are taken circulant by circulant, x times
 * x rotated by s: vectors of full length, where a gather of index pairs would move single numbers.
 *
 * @param square factor of the squares x_i², whose weight in exp is ½
 */
function features(x: Value, order: GraphOrder, square: number): Value {
  const headDim = x.dims.at(-1)!;
  const linear = withOne(x, 1, 0);
  if (order === 1) return linear;
  const squares = mul(x, x);
  const parts = [linear, square === 1 ? squares : scale(squares, square)];
  const twice = concat([x, x], -1);
  for (let s = 1; 2 * s < headDim; s++) parts.push(mul(x, slice(twice, -1, s, s + headDim)));
  const half = headDim / 2;
  if (Number.isInteger(half)) parts.push(mul(slice(x, -1, 0, half), slice(x, -1, half, headDim)));
  return concat(parts, -1);
}

function linearModel(
  dims: readonly number[],
  headDim: number,
  order: GraphOrder,
  attend: (queryFeatures: Value, keyFeatures: Value, values: Value) => Value,
): Uint8Array {
  const graph = new Graph();
  const [q, k, v] = ['q', 'k', 'v'].map((name) => graph.input(name, dims));
  const queryFeatures = features(scale(q!, 1 / Math.sqrt(headDim)), order, 0.5);
  // The last column of the values is 1, and gives the denominator.
  const sums = attend(queryFeatures, features(k!, order, 1), withOne(v!, 0, 1));
  const [numerator, denominator] = split(sums, [headDim, 1], -1);
  graph.output('output', div(numerator!, denominator!));
  return writeModel(graph);
}

/** φ(Q)·(φ(K)ᵀ·[V 1]) in plain matrix products, over [heads, L, D]; not causal. */
export function featureProductModel({ heads, headDim }: GraphShape, order: GraphOrder): Uint8Array {
  return linearModel([heads, DYNAMIC, headDim], headDim, order, (q, k, v) =>
    matmul(q, matmul(transpose(k, [0, 2, 1]), v)),
  );
}

/**
 * The recurrent operator of ONNX Runtime over the same features, causal by nature; one head, [1, L, D].
 * @see https://onnx.ai/onnx/operators/onnx__LinearAttention.html, which took it over
 */
export function linearAttentionModel({ headDim }: GraphShape, order: GraphOrder): Uint8Array {
  const attributes = { q_num_heads: 1, kv_num_heads: 1, update_rule: 'linear', scale: { float: 1 } };
  return linearModel([1, DYNAMIC, headDim], headDim, order, (q, k, v) => {
    const state = [1, 1, featureDim(headDim, order), headDim + 1];
    const results = [v.dims, state].map((dims) => ({ dims, type: v.type }));
    return q.graph.applyMany('com.microsoft.LinearAttention', [q, k, v], results, attributes)[0]!;
  });
}
