import type { Node, Value } from '../graph.js';
import { exp, mul, scale, sub } from '../operators/arithmetic.js';
import { expand, reshape } from '../operators/layout.js';
import { reduceMean, reduceSum } from '../operators/reduction.js';
import { integersOf, sizeOf } from '../shape.js';
import { sumTo } from './broadcast.js';
import type { Derivatives } from './derivative.js';

export const reduction: Derivatives = {
  ReduceSum: (node, [d]) => [stretch(node, d!)],
  ReduceMean: (node, [d]) => {
    const share = sizeOf(node.outputs[0]!) / sizeOf(node.inputs[0]!);
    return [stretch(node, scale(d!, share))];
  },
  Softmax: ({ outputs: [y], attributes: { axis } }, [d]) => {
    const weighted = mul(d!, y!);
    return [sub(weighted, mul(y!, reduceSum(weighted, [axis as number], true)))];
  },
  LogSoftmax: ({ outputs: [y], attributes: { axis } }, [d]) => [
    sub(d!, mul(exp(y!), reduceSum(d!, [axis as number], true))),
  ],
  LayerNormalization: ({ inputs: [x, weight], outputs: [, mean, inverseDeviation] }, [d]) => {
    const normal = mul(sub(x!, mean!), inverseDeviation!);
    const dNormal = mul(d!, weight!);
    const centred = sub(dNormal, reduceMean(dNormal, [-1], true));
    const along = mul(normal, reduceMean(mul(dNormal, normal), [-1], true));
    const dx = mul(sub(centred, along), inverseDeviation!);
    return [dx, sumTo(mul(d!, normal), weight!.dims), sumTo(d!, weight!.dims)];
  },
};

/** The gradient of a reduction's result, repeated over what was reduced. */
function stretch({ inputs: [x, axes] }: Node, gradient: Value): Value {
  const reduced = integersOf(axes!);
  const kept = x!.dims.map((dim, axis) => (reduced.includes(axis) ? 1 : dim));
  return expand(reshape(gradient, kept), x!.dims);
}
