import { erf, sign } from '../operators/activation.js';
import { add, div, exp, mul, neg, scale, sub } from '../operators/arithmetic.js';
import { sumTo } from './broadcast.js';
import type { Derivatives } from './derivative.js';

export const elementwise: Derivatives = {
  Add: ({ inputs: [a, b] }, [d]) => [sumTo(d!, a!.dims), sumTo(d!, b!.dims)],
  Sub: ({ inputs: [a, b] }, [d]) => [sumTo(d!, a!.dims), neg(sumTo(d!, b!.dims))],
  Mul: ({ inputs: [a, b] }, [d]) => [sumTo(mul(d!, b!), a!.dims), sumTo(mul(d!, a!), b!.dims)],
  Div: ({ inputs: [a, b], outputs: [y] }, [d]) => {
    const da = div(d!, b!);
    return [sumTo(da, a!.dims), neg(sumTo(mul(da, y!), b!.dims))];
  },
  Neg: (_, [d]) => [neg(d!)],
  Exp: ({ outputs: [y] }, [d]) => [mul(d!, y!)],
  Sqrt: ({ outputs: [y] }, [d]) => [div(scale(d!, 0.5), y!)],

  // The sign of the result is 1 where the input passed and 0 where it did not.
  Relu: ({ outputs: [y] }, [d]) => [mul(d!, sign(y!))],
  Sigmoid: ({ outputs: [y] }, [d]) => [mul(d!, sub(y!, mul(y!, y!)))],
  Tanh: ({ outputs: [y] }, [d]) => [mul(d!, sub(y!.graph.scalar(1), mul(y!, y!)))],
  Gelu: ({ inputs: [x] }, [d]) => {
    const distribution = scale(add(erf(scale(x!, Math.SQRT1_2)), x!.graph.scalar(1)), 0.5);
    const density = scale(exp(scale(mul(x!, x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [mul(d!, add(distribution, mul(x!, density)))];
  },
};
