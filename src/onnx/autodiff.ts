import { convolution } from './derivatives/convolution.js';
import type { Derivatives } from './derivatives/derivative.js';
import { elementwise } from './derivatives/elementwise.js';
import { layout } from './derivatives/layout.js';
import { product } from './derivatives/product.js';
import { recurrence } from './derivatives/recurrence.js';
import { reduction } from './derivatives/reduction.js';
import type { Value } from './graph.js';
import { add } from './operators/arithmetic.js';
import { describe } from './shape.js';

const derivatives: Derivatives = {
  ...elementwise,
  ...reduction,
  ...layout,
  ...product,
  ...convolution,
  ...recurrence,
};

/**
 * Appends the backward pass of a scalar to its graph (reverse-mode differentiation).
 *
 * @returns the gradient of `loss` by each of `parameters`, of the same dimensions
 * @throws RangeError when `loss` is no scalar or does not depend on a parameter
 * @throws TypeError naming the node when an operator on the way has no derivative
 */
export function gradients(loss: Value, parameters: readonly Value[]): Value[] {
  if (loss.dims.length > 0) throw new RangeError(`gradients of ${describe(loss)}: expected a scalar`);
  const { graph } = loss;

  const dependent = new Set<Value>(parameters);
  const path = graph.nodes.filter(({ inputs, outputs }) => {
    const reached = inputs.some((input) => dependent.has(input));
    if (reached) for (const output of outputs) dependent.add(output);
    return reached;
  });

  const gradient = new Map<Value, Value>([[loss, graph.scalar(1)]]);
  for (const node of path.reverse()) {
    if (!node.outputs.some((output) => gradient.has(output))) continue;
    const derivative = Object.hasOwn(derivatives, node.op) ? derivatives[node.op] : undefined;
    if (!derivative) throw new TypeError(`node ${node.name}: operator ${node.op} has no derivative here`);
    const found = derivative(
      node,
      node.outputs.map((output) => gradient.get(output)),
    );
    found.forEach((part, i) => {
      const input = node.inputs[i]!;
      if (!dependent.has(input)) return;
      const sum = gradient.get(input);
      gradient.set(input, sum ? add(sum, part) : part);
    });
  }

  return parameters.map((parameter) => {
    const found = gradient.get(parameter);
    if (!found) throw new RangeError(`${describe(loss)} does not depend on ${describe(parameter)}`);
    return found;
  });
}
