import type { Value } from '../graph.js';
import { reshape, transpose } from '../operators/layout.js';
import { gemm, matmul } from '../operators/product.js';
import { sizeOf } from '../shape.js';
import { sumTo } from './broadcast.js';
import type { Derivatives } from './derivative.js';

export const product: Derivatives = {
  Gemm: ({ inputs: [a, b, c], attributes: { transA, transB } }, [d]) => {
    const transposeA = transA === 1;
    const transposeB = transB === 1;
    const da = transposeA
      ? gemm(b!, d!, undefined, { transposeA: transposeB, transposeB: true })
      : gemm(d!, b!, undefined, { transposeB: !transposeB });
    const db = transposeB
      ? gemm(d!, a!, undefined, { transposeA: true, transposeB: transposeA })
      : gemm(a!, d!, undefined, { transposeA: !transposeA });
    return c ? [da, db, sumTo(d!, c.dims)] : [da, db];
  },
  MatMul: ({ inputs: [a, b] }, [d]) => {
    const da = sumTo(matmul(d!, transposeLast(b!)), a!.dims);
    // One matrix for the whole batch, as a layer's weight: its gradient is one product over all rows at once.
    const db =
      b!.dims.length === 2
        ? gemm(asMatrix(a!), asMatrix(d!), undefined, { transposeA: true })
        : sumTo(matmul(transposeLast(a!), d!), b!.dims);
    return [da, db];
  },
};

function transposeLast(x: Value): Value {
  const axes = [...x.dims.keys()];
  const [row, column] = axes.splice(-2);
  return transpose(x, [...axes, column!, row!]);
}

function asMatrix(x: Value): Value {
  const width = x.dims.at(-1)!;
  return reshape(x, [sizeOf(x) / width, width]);
}
