import type { Value } from '../graph.js';
import { broadcast } from '../shape.js';

export function add(a: Value, b: Value): Value {
  return a.graph.apply('Add', [a, b], broadcast(a, b));
}

export function sub(a: Value, b: Value): Value {
  return a.graph.apply('Sub', [a, b], broadcast(a, b));
}

export function mul(a: Value, b: Value): Value {
  return a.graph.apply('Mul', [a, b], broadcast(a, b));
}

export function div(a: Value, b: Value): Value {
  return a.graph.apply('Div', [a, b], broadcast(a, b));
}

/** The tensor times a constant. */
export function scale(x: Value, factor: number): Value {
  return mul(x, x.graph.scalar(factor));
}

export function neg(x: Value): Value {
  return x.graph.apply('Neg', [x], x.dims);
}

export function exp(x: Value): Value {
  return x.graph.apply('Exp', [x], x.dims);
}

export function sqrt(x: Value): Value {
  return x.graph.apply('Sqrt', [x], x.dims);
}
