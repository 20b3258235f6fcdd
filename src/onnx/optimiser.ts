import type { Value } from './graph.js';
import { add, div, mul, scale, sqrt, sub } from './operators/arithmetic.js';

/** The parameters, and what an optimiser keeps beside them between steps; all of one shape. */
export interface OptimiserState {
  parameters: Value;
  moments: readonly Value[];
}

/** A rule that appends one step of descent to a graph. */
export interface Optimiser {
  /** Names of what it keeps beside the parameters; zero at first. */
  readonly moments: readonly string[];
  /**
   * @param learningRate scalar
   * @param step scalar, 1 at the first step
   */
  update(state: OptimiserState, gradient: Value, learningRate: Value, step: Value): OptimiserState;
}

/**
 * Stochastic gradient descent without momentum.
 *
 * @param l2 adds this times the parameters to their gradient
 */
export function sgd({ l2 = 0 } = {}): Optimiser {
  return {
    moments: [],
    update({ parameters }, gradient, learningRate) {
      const whole = l2 === 0 ? gradient : add(gradient, scale(parameters, l2));
      return { parameters: sub(parameters, mul(whole, learningRate)), moments: [] };
    },
  };
}

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), defaults as in PyTorch. */
export function adamw({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = {}): Optimiser {
  return {
    moments: ['mean', 'square'],
    update({ parameters, moments: [oldMean, oldSquare] }, gradient, learningRate, step) {
      const { graph } = parameters;
      const one = graph.scalar(1);
      const correction = (beta: number) => sub(one, graph.apply('Pow', [graph.scalar(beta), step], []));
      const mean = add(scale(oldMean!, beta1), scale(gradient, 1 - beta1));
      const square = add(scale(oldSquare!, beta2), scale(mul(gradient, gradient), 1 - beta2));
      const deviation = add(sqrt(div(square, correction(beta2))), graph.scalar(epsilon));
      const change = mul(div(div(mean, correction(beta1)), deviation), learningRate);
      const decayed = mul(parameters, sub(one, scale(learningRate, weightDecay)));
      return { parameters: sub(decayed, change), moments: [mean, square] };
    },
  };
}
