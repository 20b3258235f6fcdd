import type { Node, Value } from '../graph.js';

/**
 * Appends the vector-Jacobian product of one operator: from the gradients of its outputs (undefined for an output
 * that the loss does not depend on) to those of its inputs, in order. Inputs that have none are left out.
 */
export type Derivative = (node: Node, gradients: readonly (Value | undefined)[]) => readonly Value[];

export type Derivatives = Readonly<Record<string, Derivative>>;
