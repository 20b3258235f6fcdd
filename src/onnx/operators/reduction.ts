import type { Value } from '../graph.js';
import { describe, frontAxis } from '../shape.js';

/** Sums over the axes; they stay as dimensions of 1 with `keepDims`. */
export function reduceSum(x: Value, axes: readonly number[], keepDims = false): Value {
  return reduce('ReduceSum', x, axes, keepDims);
}

/** Means over the axes; they stay as dimensions of 1 with `keepDims`. */
export function reduceMean(x: Value, axes: readonly number[], keepDims = false): Value {
  return reduce('ReduceMean', x, axes, keepDims);
}

function reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const gone = axes.map((axis) => frontAxis(x, axis));
  const kept = x.dims.map((dim, axis) => (gone.includes(axis) ? 1 : dim));
  const dims = keepDims ? kept : kept.filter((_, axis) => !gone.includes(axis));
  return x.graph.apply(op, [x, x.graph.integers(gone)], dims, { keepdims: Number(keepDims) });
}

export function softmax(x: Value, axis = -1): Value {
  return x.graph.apply('Softmax', [x], x.dims, { axis: frontAxis(x, axis) });
}

export function logSoftmax(x: Value, axis = -1): Value {
  return x.graph.apply('LogSoftmax', [x], x.dims, { axis: frontAxis(x, axis) });
}

/** Normalises the last axis to mean 0 and variance 1, then scales and shifts it. */
export function layerNormalization(x: Value, weight: Value, bias: Value, epsilon = 1e-5): Value {
  const last = x.dims.at(-1);
  for (const parameter of [weight, bias])
    if (parameter.dims.length !== 1 || parameter.dims[0] !== last)
      throw new RangeError(
        `layerNormalization of ${describe(x)}: ${describe(parameter)}, expected [${last}]`,
      );
  const statistics = { dims: [...x.dims.slice(0, -1), 1], type: x.type };
  const results = [{ dims: x.dims, type: x.type }, statistics, statistics];
  return x.graph.applyMany('LayerNormalization', [x, weight, bias], results, {
    axis: -1,
    epsilon: { float: epsilon },
  })[0]!;
}
