import type { Value } from '../graph.js';

export function relu(x: Value): Value {
  return x.graph.apply('Relu', [x], x.dims);
}

export function sigmoid(x: Value): Value {
  return x.graph.apply('Sigmoid', [x], x.dims);
}

export function tanh(x: Value): Value {
  return x.graph.apply('Tanh', [x], x.dims);
}

/** x · Φ(x) with the exact normal distribution function Φ, not its tanh approximation. */
export function gelu(x: Value): Value {
  return x.graph.apply('Gelu', [x], x.dims);
}

/** The error function. */
export function erf(x: Value): Value {
  return x.graph.apply('Erf', [x], x.dims);
}

/** -1, 0 or 1. */
export function sign(x: Value): Value {
  return x.graph.apply('Sign', [x], x.dims);
}
