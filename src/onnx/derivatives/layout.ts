import type { Value } from '../graph.js';
import { concat, expand, oneHot, pad, reshape, split, transpose } from '../operators/layout.js';
import { gemm } from '../operators/product.js';
import { integersOf, sizeOf } from '../shape.js';
import { sumTo } from './broadcast.js';
import type { Derivatives } from './derivative.js';

export const layout: Derivatives = {
  Reshape: ({ inputs: [x] }, [d]) => [reshape(d!, x!.dims)],
  Flatten: ({ inputs: [x] }, [d]) => [reshape(d!, x!.dims)],
  Expand: ({ inputs: [x] }, [d]) => [sumTo(d!, x!.dims)],
  Transpose: ({ attributes: { perm } }, [d]) => {
    const permutation = perm as readonly number[];
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    return [transpose(d!, inverse)];
  },
  Concat: ({ inputs, attributes: { axis } }, [d]) => {
    const along = axis as number;
    const lengths = inputs.map(({ dims }) => dims[along]!);
    return split(d!, lengths, along);
  },
  Split: ({ outputs, attributes: { axis } }, gradients) => {
    const parts = outputs.map((output, i) => gradients[i] ?? zeros(output));
    return [concat(parts, axis as number)];
  },
  Slice: ({ inputs: [x, start, end, axis] }, [d]) => {
    const along = integersOf(axis!)[0]!;
    return [pad(d!, along, integersOf(start!)[0]!, x!.dims[along]! - integersOf(end!)[0]!)];
  },
  Pad: ({ inputs: [, amounts, , axis] }, [d]) => {
    const [before, after] = integersOf(amounts!);
    return [pad(d!, integersOf(axis!)[0]!, -before!, -after!)];
  },
  // A product with one-hot rows: its order of additions does not depend on threads, as that of a scatter would.
  Gather: ({ inputs: [table, indices] }, [d]) => {
    const [rows, width] = table!.dims;
    const count = sizeOf(indices!);
    const selected = oneHot(reshape(indices!, [count]), rows!);
    return [gemm(selected, reshape(d!, [count, width!]), undefined, { transposeA: true })];
  },
};

function zeros({ graph, dims }: Value): Value {
  return expand(graph.scalar(0), dims);
}
