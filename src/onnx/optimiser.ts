import type { Value } from './graph.js';
import { add, div, mul, scale, sqrt, sub } from './operators/arithmetic.js';

/** Stochastic gradient descent without momentum: the parameters after one step. */
export function sgd(parameters: Value, gradient: Value, learningRate: Value): Value {
  return sub(parameters, mul(gradient, learningRate));
}

/** What AdamW keeps between steps, all of the parameters' shape. */
export interface AdamWState {
  parameters: Value;
  /** Running mean of the gradient. */
  mean: Value;
  /** Running mean of its square. */
  square: Value;
}

export interface AdamWOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay?: number;
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), defaults as in PyTorch.
 *
 * @param learningRate scalar
 * @param step scalar, 1 at the first step: corrects the bias of the running means
 * @returns the state after one step
 */
export function adamw(
  { parameters, mean, square }: AdamWState,
  gradient: Value,
  learningRate: Value,
  step: Value,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 }: AdamWOptions = {},
): AdamWState {
  const { graph } = parameters;
  const one = graph.scalar(1);
  const bias = (beta: number) => sub(one, graph.apply('Pow', [graph.scalar(beta), step], []));
  const newMean = add(scale(mean, beta1), scale(gradient, 1 - beta1));
  const newSquare = add(scale(square, beta2), scale(mul(gradient, gradient), 1 - beta2));
  const deviation = add(sqrt(div(newSquare, bias(beta2))), graph.scalar(epsilon));
  const update = div(div(newMean, bias(beta1)), deviation);
  const decayed = mul(parameters, sub(one, scale(learningRate, weightDecay)));
  return { parameters: sub(decayed, mul(update, learningRate)), mean: newMean, square: newSquare };
}
